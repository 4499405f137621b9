import { createServer, connect } from "node:tls";
import { X509Certificate } from "node:crypto";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { certificateAuthority } from "./certificate-authority.ts";

const DAY_MS = 86_400_000;
const nowMs = Date.now();
const authority = certificateAuthority("kubernest-test", nowMs - DAY_MS, nowMs + 3650 * DAY_MS);

describe("certificate authority", () => {
  it("signs leaves that verify against it and name what was asked", () => {
    const pair = authority.issue({ commonName: "kube-apiserver", names: ["localhost", "gazette.maison.example", "127.0.0.1", "::1"], use: "server", notBeforeMs: nowMs, notAfterMs: nowMs + 365 * DAY_MS });
    const leaf = new X509Certificate(pair.certificate);
    const root = new X509Certificate(authority.authority);
    expect(root.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.checkHost("gazette.maison.example")).toBe("gazette.maison.example");
    expect(leaf.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(leaf.checkIP("::1")).toBeDefined();
    expect(leaf.checkHost("other.maison.example")).toBeUndefined();
  });

  it("serves TLS and is trusted, and tells who a client is", async () => {
    const server = authority.issue({ commonName: "server", names: ["localhost"], use: "server", notBeforeMs: nowMs - 1000, notAfterMs: nowMs + DAY_MS });
    const client = authority.issue({ commonName: "kubernetes-admin", organisations: ["system:masters"], use: "client", notBeforeMs: nowMs - 1000, notAfterMs: nowMs + DAY_MS });
    const seen = await new Promise<string>((resolve, reject) => {
      const listener = createServer({ cert: server.certificate, key: server.key, ca: authority.authority, requestCert: true }, (socket) => {
        const { subject } = socket.getPeerCertificate();
        socket.end(`${socket.authorized} ${subject.CN} ${subject.O}`);
      });
      listener.listen(0, "127.0.0.1", () => {
        const { port } = listener.address() as AddressInfo;
        const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca: authority.authority, cert: client.certificate, key: client.key });
        let text = "";
        socket.on("data", (data) => (text += data.toString()));
        socket.on("end", () => listener.close(() => resolve(text)));
        socket.on("error", reject);
      });
    });
    expect(seen).toBe("true kubernetes-admin system:masters");
  });
});
