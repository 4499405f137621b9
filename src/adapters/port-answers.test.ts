import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it } from "vitest";
import { portAnswers } from "./port-answers.ts";

it("tells a port that something listens on from one that nothing does", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(await portAnswers("127.0.0.1", port, 5_000)).toBe(true);
  server.close();
  await once(server, "close");
  expect(await portAnswers("127.0.0.1", port, 5_000)).toBe(false);
});
