import { expect, it } from "vitest";
import { httpKubeTransport } from "./http-kube-transport.ts";

it("can be closed twice, as by an interruption and at the end", async () => {
  const transport = httpKubeTransport({ server: "https://127.0.0.1:1", authority: "", timeoutMs: 1_000, connectionsMax: 1 });
  await transport.close();
  await expect(transport.close()).resolves.not.toThrow();
});
