import { createHash, X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startEmbeddedCluster, type EmbeddedCluster } from "./conformance/embedded-cluster.ts";

let cluster: EmbeddedCluster;
beforeAll(async () => {
  cluster = await startEmbeddedCluster({ factor: 1 });
});
afterAll(() => cluster.close());

it("names the certificate that somebody came with", async () => {
  const { url, ca, certificate, key } = cluster.target;
  const body = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" });
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), ca, cert: certificate, key });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => resolve(Buffer.concat(chunks).toString())).on("error", reject);
    socket.write(`POST /apis/authentication.k8s.io/v1/selfsubjectreviews HTTP/1.1\r\nhost: home\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  });
  const digest = createHash("sha256").update(new X509Certificate(certificate!).raw).digest("hex");
  expect(answer).toContain(`"extra":{"authentication.kubernetes.io/credential-id":["X509SHA256=${digest}"]}`);
});
