import { once } from "node:events";
import { createServer, type Server } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { certificateAuthority } from "./certificate-authority.ts";
import { httpsWebhookTransport } from "./https-webhook-transport.ts";
import { realClock } from "./real-clock.ts";

const DAY_MS = 86_400_000;
const nowMs = realClock.now();
const authority = certificateAuthority("test", nowMs - DAY_MS, nowMs + DAY_MS);
let server: Server;
let url: string;

beforeAll(async () => {
  const leaf = authority.issue({ commonName: "hook", names: ["127.0.0.1"], use: "server", notBeforeMs: nowMs - DAY_MS, notAfterMs: nowMs + DAY_MS });
  server = createServer({ cert: leaf.certificate, key: leaf.key }, (message, response) => {
    let body = "";
    message.on("data", (chunk) => (body += String(chunk)));
    message.on("end", () => {
      if (message.url!.startsWith("/slow")) return;
      if (message.url!.startsWith("/close")) message.socket.destroy();
      else if (message.url!.startsWith("/moved")) response.writeHead(302, { location: "https://127.0.0.1:1/x" }).end();
      else response.end(JSON.stringify({ method: message.method, url: message.url, type: message.headers["content-type"], agent: message.headers["user-agent"], body }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const call = (target: string, options: { caBundle?: string; timeoutMs?: number } = {}): ReturnType<typeof httpsWebhookTransport.call> => httpsWebhookTransport.call({ url: target, caBundle: authority.authority, body: '{"a":1}', timeoutMs: 5000, ...options });

test("posts JSON to a server that its authority vouches for", async () => {
  const reply = await call(`${url}/x?timeout=5s`);
  expect(reply).toMatchObject({ status: 200 });
  expect(JSON.parse((reply as { body: string }).body)).toEqual({ method: "POST", url: "/x?timeout=5s", type: "application/json", agent: "kube-apiserver-admission", body: '{"a":1}' });
});

test("says what went wrong as Go does", async () => {
  const other = certificateAuthority("other", nowMs - DAY_MS, nowMs + DAY_MS);
  expect(await call(url, { caBundle: other.authority })).toEqual({ error: "tls: failed to verify certificate: x509: certificate signed by unknown authority" });
  expect(await call("https://127.0.0.1:1/")).toEqual({ error: "dial tcp 127.0.0.1:1: connect: connection refused" });
  expect(await call(`${url}/moved`)).toEqual({ url: "https://127.0.0.1:1/x", error: "dial tcp 127.0.0.1:1: connect: connection refused" });
  expect(await call(`${url}/close`)).toEqual({ error: "EOF" });
  expect(await call(`${url}/slow`, { timeoutMs: 50 })).toEqual({ error: "context deadline exceeded" });
  expect(await call(`https://localhost:${new URL(url).port}/`)).toEqual({ error: "tls: failed to verify certificate: x509: certificate is valid for 127.0.0.1, not localhost" });
  const plain = createTcpServer((socket) => socket.end("hello there\n")).listen(0, "127.0.0.1");
  await once(plain, "listening");
  expect(await call(`https://127.0.0.1:${(plain.address() as AddressInfo).port}/`)).toEqual({ error: "tls: first record does not look like a TLS handshake" });
  plain.close();
});
