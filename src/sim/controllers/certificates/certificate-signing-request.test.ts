import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";
import { request as httpsRequest } from "node:https";
import * as x509 from "@peculiar/x509";
import { beforeEach, describe, expect, test } from "vitest";
import { certificateAuthority } from "../../../adapters/certificate-authority.ts";
import { realClock } from "../../../adapters/real-clock.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { UserInfo } from "../../api/registry/request.ts";
import { parseSigningRequest } from "../../api/signing-request.ts";
import { Cluster } from "../../cluster.ts";

const TYPE = "certificates.k8s.io/certificatesigningrequests";
const PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const HOUR_MS = 3_600_000;
const nowMs = realClock.now();

let cluster: Cluster;
let authority: ReturnType<typeof certificateAuthority>;
beforeEach(() => {
  authority = certificateAuthority("test", nowMs - HOUR_MS, nowMs + 1000 * 24 * HOUR_MS);
  cluster = new Cluster({
    version: "v1.36.3",
    seed: "certificates",
    startMs: nowMs,
    machines: [],
    network: { podCidrs: ["10.42.0.0/16"], serviceCidrs: ["10.96.0.0/16"], dnsDomain: "cluster.local" },
    apiAddresses: ["192.0.2.1"],
    apiPort: 6443,
    certificates: authority,
    hasMetricsServer: false,
    log: () => {},
  });
  cluster.run(1000);
});

async function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
}

async function pem(subject: string, keys: webcrypto.CryptoKeyPair, names: x509.JsonGeneralNames = []): Promise<string> {
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
  const extensions = names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [];
  const made = await x509.Pkcs10CertificateRequestGenerator.create({ name: subject, keys: keys as unknown as RequestKeys, signingAlgorithm: { name: "ECDSA", hash: "SHA-256" }, extensions });
  return Buffer.from(`${made.toString("pem")}\n`).toString("base64");
}

type RequestKeys = Parameters<typeof x509.Pkcs10CertificateRequestGenerator.create>[0]["keys"];

interface Wish {
  subject?: string;
  signerName?: string;
  usages?: readonly string[];
  expirationSeconds?: number;
  names?: x509.JsonGeneralNames;
  keys?: webcrypto.CryptoKeyPair;
  user?: UserInfo;
}

const ADMIN: UserInfo = { name: "admin", groups: ["system:masters", "system:authenticated"] };

async function send(method: string, path: string, body: object, user = ADMIN, contentType = "application/json"): Promise<KubeObject & { code?: number; message?: string }> {
  const answer = await cluster.handler({ method, path, query: new URLSearchParams(), headers: { accept: "application/json", "content-type": contentType }, body: Buffer.from(JSON.stringify(body)), user });
  return JSON.parse(String(answer.body)) as KubeObject;
}

async function ask(name: string, { subject = "CN=ana,O=cooks", signerName = "kubernetes.io/kube-apiserver-client", usages = ["client auth"], expirationSeconds, names, keys, user }: Wish = {}): Promise<KubeObject & { message?: string }> {
  const request = await pem(subject, keys ?? (await keyPair()), names);
  return send("POST", PATH, { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: { name }, spec: { request, signerName, usages, ...(expirationSeconds ? { expirationSeconds } : {}) } }, user);
}

/** As `kubectl certificate approve|deny` does. */
async function judge(name: string, type: "Approved" | "Denied", user = ADMIN): Promise<KubeObject & { message?: string }> {
  const request = cluster.client.get(TYPE, undefined, name)!;
  return send("PUT", `${PATH}/${name}/approval`, { ...request, status: { conditions: [{ type, status: "True", reason: `Kubectl${type === "Approved" ? "Approve" : "Deny"}`, message: "by hand" }] } }, user);
}

const found = (name: string): KubeObject | undefined => cluster.client.get(TYPE, undefined, name);
const issued = (name: string): X509Certificate => new X509Certificate(Buffer.from(found(name)!.status.certificate as string, "base64"));
const conditions = (name: string): unknown => found(name)!.status?.conditions;

describe("a request that somebody approves", () => {
  test("is signed, and its certificate is a way in", async () => {
    const keys = await keyPair();
    await ask("ana", { keys, expirationSeconds: 86_400 });
    cluster.run(1000);
    expect(found("ana")!.status?.certificate).toBeUndefined();
    await judge("ana", "Approved");
    cluster.run(1000);
    const certificate = issued("ana");
    expect(certificate.subject).toBe("CN=ana\nO=cooks");
    expect(certificate.checkIssued(new X509Certificate(authority.authority))).toBe(true);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    // Five minutes early, and they count: more than eight hours is not short.
    expect(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)).toBe(86_400_000);

    const { port } = await cluster.listen(realClock, "127.0.0.1", 0, 1);
    const key = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64")}\n-----END PRIVATE KEY-----\n`;
    const body = await new Promise<string>((resolve, reject) => {
      const sent = httpsRequest({ host: "127.0.0.1", port, path: "/apis/authentication.k8s.io/v1/selfsubjectreviews", method: "POST", ca: authority.authority, cert: certificate.toString(), key, headers: { "content-type": "application/json" } }, (message) => {
        let text = "";
        message.on("data", (chunk) => (text += String(chunk)));
        message.on("end", () => resolve(text));
      });
      sent.on("error", reject);
      sent.end('{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}');
    });
    await cluster.close();
    expect(JSON.parse(body)).toMatchObject({ status: { userInfo: { username: "ana", groups: ["cooks", "system:authenticated"] } } });
  });

  test("for a shorter time than it lasts is not cut shorter still, and the least is ten minutes", async () => {
    await ask("short", { expirationSeconds: 600 });
    await judge("short", "Approved");
    cluster.run(1000);
    expect(Date.parse(issued("short").validTo) - Date.parse(issued("short").validFrom)).toBe(900_000);
  });

  test("keeps its names", async () => {
    await ask("serving", { subject: "O=system:nodes,CN=system:node:pi1", signerName: "kubernetes.io/kubelet-serving", usages: ["digital signature", "server auth"], names: [{ type: "dns", value: "pi1" }, { type: "ip", value: "192.0.2.7" }] });
    await judge("serving", "Approved");
    cluster.run(1000);
    expect(issued("serving").subjectAltName).toBe("DNS:pi1, IP Address:192.0.2.7");
  });

  test.each([
    [{ usages: ["server auth"] }, "invalid usage for client certificate: server auth"],
    [{ usages: ["digital signature"] }, "missing required usage for client certificate: client auth"],
    [{ signerName: "kubernetes.io/kubelet-serving", usages: ["digital signature", "server auth"] }, "subject organization is not system:nodes"],
    [{ signerName: "kubernetes.io/kubelet-serving", subject: "O=system:nodes,CN=system:node:pi1", usages: ["digital signature", "server auth"] }, "DNS or IP subjectAltName is required"],
    [{ signerName: "kubernetes.io/kube-apiserver-client-kubelet", subject: "O=system:nodes,CN=system:node:pi1", usages: ["client auth"] }, "usages did not match [client auth digital signature key encipherment]"],
    [{ signerName: "kubernetes.io/kube-apiserver-client-kubelet", subject: "O=system:nodes,CN=pi1", usages: ["digital signature", "client auth"] }, "subject common name does not begin with system:node:"],
  ])("fails when its signer does not sign such a thing (%#)", async (wish, message) => {
    await ask("x", wish);
    await judge("x", "Approved");
    cluster.run(1000);
    expect(conditions("x")).toMatchObject([{ type: "Approved" }, { type: "Failed", status: "True", reason: "SignerValidationFailure", message }]);
    expect(found("x")!.status.certificate).toBeUndefined();
  });

  test("is left alone when its signer is somebody else's, or it is denied", async () => {
    await ask("theirs", { signerName: "maison.example/door" });
    await judge("theirs", "Approved");
    await ask("no");
    await judge("no", "Denied");
    cluster.run(60_000);
    expect(conditions("theirs")).toHaveLength(1);
    expect(found("theirs")!.status.certificate).toBeUndefined();
    expect(found("no")!.status.certificate).toBeUndefined();
  });
});

describe("a kubelet's request", () => {
  const kubelet = { subject: "O=system:nodes,CN=system:node:pi9", signerName: "kubernetes.io/kube-apiserver-client-kubelet", usages: ["digital signature", "client auth"], user: { name: "system:node:pi9", groups: ["system:nodes", "system:authenticated"] } };
  const grant = (role: string): void => {
    cluster.client.create("rbac.authorization.k8s.io/clusterrolebindings", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "auto" }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role }, subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:nodes" }] } as unknown as KubeObject);
  };
  const asAdmin = async (): Promise<void> => {
    cluster.client.create("rbac.authorization.k8s.io/clusterrolebindings", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "ask" }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:node-bootstrapper" }, subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:nodes" }] } as unknown as KubeObject);
    await ask("pi9", kubelet);
    cluster.run(1000);
  };

  test("is approved and signed where RBAC says so", async () => {
    grant("system:certificates.k8s.io:certificatesigningrequests:selfnodeclient");
    await asAdmin();
    expect(conditions("pi9")).toMatchObject([{ type: "Approved", status: "True", reason: "AutoApproved", message: "Auto approving self kubelet client certificate after SubjectAccessReview." }]);
    expect(issued("pi9").subject).toBe("O=system:nodes\nCN=system:node:pi9");
  });

  test("waits for somebody where it does not", async () => {
    await asAdmin();
    expect(conditions("pi9")).toBeUndefined();
  });
});

describe("who may", () => {
  const ana = { name: "ana", groups: ["system:authenticated"] };
  beforeEach(() => {
    const rules = [{ apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests", "certificatesigningrequests/approval"], verbs: ["*"] }];
    cluster.client.create("rbac.authorization.k8s.io/clusterroles", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "judge" }, rules } as unknown as KubeObject);
    cluster.client.create("rbac.authorization.k8s.io/clusterrolebindings", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "judge" }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "judge" }, subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "ana" }] } as unknown as KubeObject);
  });

  test("approve is said by signer", async () => {
    await ask("x");
    expect((await judge("x", "Approved", ana)).message).toBe('certificatesigningrequests.certificates.k8s.io "x" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"');
    const role = cluster.client.get("rbac.authorization.k8s.io/clusterroles", undefined, "judge")!;
    cluster.client.update("rbac.authorization.k8s.io/clusterroles", { ...role, rules: [...(role["rules"] as object[]), { apiGroups: ["certificates.k8s.io"], resources: ["signers"], resourceNames: ["kubernetes.io/*"], verbs: ["approve"] }] });
    expect((await judge("x", "Approved", ana)).status.conditions).toHaveLength(1);
  });

  test("nobody asks for the masters' group", async () => {
    expect((await ask("x", { subject: "CN=x,O=system:masters" })).message).toBe('certificatesigningrequests.certificates.k8s.io "x" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed');
  });

  test("a signature must be that of the key", async () => {
    const request = await pem("CN=x", await keyPair());
    expect(parseSigningRequest(request)).not.toHaveProperty("signatureProblem");
    const text = Buffer.from(request, "base64").toString();
    const body = Buffer.from(text.replace(/-----[^-]+-----/g, ""), "base64");
    body[body.length - 1]! ^= 1;
    const forged = Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${body.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`).toString("base64");
    expect(parseSigningRequest(forged).signatureProblem).toBe("x509: ECDSA verification failure");
    const refused = await send("POST", PATH, { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: { name: "x" }, spec: { request: forged, signerName: "maison.example/door", usages: ["client auth"] } });
    expect(refused).toMatchObject({ code: 422, reason: "Invalid", message: expect.stringMatching(/^CertificateSigningRequest.certificates.k8s.io "x" is invalid: spec.request: Invalid value: .*: x509: ECDSA verification failure$/) as string });
  });
});

describe("a request that nobody could sign is refused, as upstream does", () => {
  test.each<[Wish, RegExp]>([
    [{ usages: ["client auth", "door opening"] }, /spec\.usages\[1\]: Unsupported value: "door opening": supported values: "any", "cert sign", .*"timestamping"$/],
    [{ usages: ["client auth", "client auth"] }, /spec\.usages\[1\]: Duplicate value: "client auth"$/],
    [{ signerName: "kubernetes.io/legacy-unknown" }, /spec\.signerName: Invalid value: "kubernetes\.io\/legacy-unknown": the legacy signerName is not allowed via this API version$/],
  ])("%o", async (wish, message) => {
    expect(await ask("refused", wish)).toMatchObject({ code: 422, reason: "Invalid", message: expect.stringMatching(message) as string });
    cluster.run(1000);
  });
});

test("requests are cleaned away: done ones after an hour, pending ones after a day", async () => {
  await ask("pending");
  await ask("denied");
  await judge("denied", "Denied");
  await ask("issued");
  await judge("issued", "Approved");
  const names = (): string[] => cluster.client.list(TYPE).map(({ metadata }) => metadata.name).sort();
  cluster.run(HOUR_MS - 60_000);
  expect(names()).toEqual(["denied", "issued", "pending"]);
  cluster.run(2 * HOUR_MS);
  expect(names()).toEqual(["pending"]);
  cluster.run(24 * HOUR_MS);
  expect(names()).toEqual([]);
}, 60_000);
