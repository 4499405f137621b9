/** Requests that are passed on into the cluster: what admission is asked about them, and what comes back. */
import { PassThrough } from "node:stream";
import type { IncomingMessage } from "node:http";
import { beforeAll, describe, expect, test } from "vitest";
import { createWebhookCluster, webhookConfiguration, type WebhookCluster } from "../../testing/webhook-cluster.ts";
import { testPod } from "../../scheduler/test-objects.ts";
import { upgradeHandler } from "./upgrade.ts";

const POD = "/api/v1/namespaces/default/pods/web";
const CONNECT_RULE = { apiGroups: [""], apiVersions: ["v1"], resources: ["pods/*", "services/proxy", "nodes/proxy"], operations: ["CONNECT"] };

async function withPod(hooks: readonly object[] = []): Promise<WebhookCluster> {
  const made = createWebhookCluster({ machines: 1 });
  const { client } = made.cluster;
  client.create("pods", { ...testPod("web", { nodeName: "pi1", containers: [{ name: "app", image: "nginx:1.29", ports: [{ containerPort: 80 }] }] }), metadata: { name: "web", namespace: "default", labels: { app: "web" } } });
  client.create("services", { apiVersion: "v1", kind: "Service", metadata: { name: "front", namespace: "default" }, spec: { selector: { app: "web" }, ports: [{ name: "http", port: 8080, targetPort: 80 }] } });
  await made.run(20_000, 5_000);
  if (hooks.length > 0) client.create("admissionregistration.k8s.io/validatingwebhookconfigurations", webhookConfiguration("Validating", "hooks", hooks.map((hook) => ({ rules: [CONNECT_RULE], ...hook }))));
  return made;
}

/** A connection that leaves HTTP; resolves with what was written to it first. */
function upgrade({ cluster }: WebhookCluster, path: string, query = "", method = "GET", user = { name: "admin", groups: ["system:masters"] }): Promise<string> {
  const handler = upgradeHandler({ registry: cluster.registry, openPort: () => () => "closed" });
  const wire = new PassThrough();
  const socket = Object.assign(new PassThrough(), { write: (text: string) => wire.write(text), end: (text?: string) => wire.end(text) });
  handler({ method, path, query: new URLSearchParams(query), headers: { upgrade: "SPDY/3.1" }, body: Buffer.alloc(0), user }, socket, Buffer.alloc(0), {} as IncomingMessage);
  return new Promise((resolve) => wire.once("data", (data: Buffer) => resolve(data.toString())));
}

describe("a webhook for CONNECT", () => {
  test("is asked about an exec, with what is to be run, and refuses it", async () => {
    const made = await withPod([{}]);
    const answer = upgrade(made, `${POD}/exec`, "command=sh&command=-c&command=ls&container=app&stdin=true&tty=true&stdout=true&stderr=false");
    expect(made.calls[0]!.request).toEqual({
      uid: expect.any(String) as string,
      kind: { group: "", version: "v1", kind: "PodExecOptions" },
      resource: { group: "", version: "v1", resource: "pods" },
      subResource: "exec",
      requestKind: { group: "", version: "v1", kind: "PodExecOptions" },
      requestResource: { group: "", version: "v1", resource: "pods" },
      requestSubResource: "exec",
      name: "web",
      namespace: "default",
      operation: "CONNECT",
      userInfo: { username: "admin", groups: ["system:masters"] },
      object: { kind: "PodExecOptions", apiVersion: "v1", stdin: true, stdout: true, tty: true, container: "app", command: ["sh", "-c", "ls"] },
      oldObject: null,
      dryRun: false,
      options: null,
    });
    made.calls[0]!.review({ allowed: false, status: { message: "nobody enters", code: 403 } });
    const text = await answer;
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(text).toContain('admission webhook \\"a.maison.example\\" denied the request: nobody enters');
  });

  test("lets a port-forward through, with its warnings", async () => {
    const made = await withPod([{}]);
    const answer = upgrade(made, `${POD}/portforward`, "", "POST");
    expect(made.calls[0]!.request).toMatchObject({ subResource: "portforward", object: { kind: "PodPortForwardOptions", apiVersion: "v1" } });
    made.calls[0]!.review({ allowed: true, warnings: ["seen"] });
    expect(await answer).toBe('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: portforward.k8s.io\r\nWarning: 299 - "seen"\r\n\r\n');
  });

  test("is asked about a proxy by any method, and its path", async () => {
    const made = await withPod([{}]);
    const answer = made.request("GET", `${POD}/proxy/a/b`, undefined, { query: "x=1" }).catch((error: unknown) => error);
    expect(made.calls[0]!.request).toMatchObject({ operation: "CONNECT", subResource: "proxy", object: { kind: "PodProxyOptions", apiVersion: "v1", path: "/a/b" } });
    made.calls[0]!.review({ allowed: false });
    expect(await answer).toMatchObject({ code: 400, body: { message: 'admission webhook "a.maison.example" denied the request without explanation' } });
  });

  test("is not asked where its rules name other subresources, and selects no object by labels", async () => {
    const made = await withPod([{ rules: [{ ...CONNECT_RULE, resources: ["pods/attach"] }] }, { objectSelector: { matchLabels: { app: "web" } } }]);
    expect(await upgrade(made, `${POD}/portforward`)).toMatch(/^HTTP\/1\.1 101 /);
    expect(made.calls).toEqual([]);
  });

  test("is asked before anybody looks whether the pod is there", async () => {
    const made = await withPod([{}]);
    const answer = upgrade(made, "/api/v1/namespaces/default/pods/nobody/exec", "command=ls");
    made.calls[0]!.review({ allowed: true });
    expect(await answer).toContain('pods \\"nobody\\" not found');
  });
});

test("a ValidatingAdmissionPolicy judges a CONNECT", async () => {
  const made = await withPod();
  made.cluster.client.create("admissionregistration.k8s.io/validatingadmissionpolicies", {
    apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata: { name: "no-shell" },
    spec: { failurePolicy: "Fail", matchConstraints: { resourceRules: [CONNECT_RULE] }, validations: [{ expression: "request.subResource != 'exec' || object.command[0] != 'sh'", message: "no shell" }] },
  });
  made.cluster.client.create("admissionregistration.k8s.io/validatingadmissionpolicybindings", {
    apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicyBinding", metadata: { name: "no-shell" }, spec: { policyName: "no-shell", validationActions: ["Deny"] },
  });
  await made.run(1_000);
  expect(await upgrade(made, `${POD}/exec`, "command=sh")).toContain("ValidatingAdmissionPolicy 'no-shell' with binding 'no-shell' denied request: no shell");
  expect(await upgrade(made, `${POD}/exec`, "command=ls")).toMatch(/^HTTP\/1\.1 501 /);
});

describe("without an upgrade", () => {
  let made: WebhookCluster;
  beforeAll(async () => {
    made = await withPod();
  });

  test.each([
    ["GET", `${POD}/exec`, 400, "Upgrade request required"],
    ["POST", `${POD}/portforward`, 400, "Upgrade request required"],
    ["PUT", `${POD}/exec`, 405, "the server does not allow this method on the requested resource"],
    ["GET", "/api/v1/namespaces/default/pods/nobody/attach", 404, 'pods "nobody" not found'],
    ["POST", `${POD}/exec?container=other`, 400, "container other is not valid for pod web"],
    ["POST", `${POD}/exec?dryRun=All`, 400, "dryRun is not supported"],
    ["GET", `${POD}:81/proxy/`, 503, /^error trying to reach service: dial tcp 10\.42\.1\.\d+:81: connect: connection refused$/],
    ["GET", "/api/v1/namespaces/default/services/front:81/proxy/", 503, 'no service port 81 found for service "front"'],
    ["GET", "/api/v1/namespaces/default/services/front/proxy/", 503, 'no endpoints available for service "front"'],
    ["GET", "/api/v1/namespaces/default/services/ftp:front:http/proxy/", 400, 'invalid service request "ftp:front:http"'],
    ["GET", "/api/v1/nodes/pi1/proxy/healthz", 501, /^proxy is not possible here/],
  ])("%s %s: %i", async (method, target, code, message) => {
    const [path, query = ""] = target.split("?") as [string, string?];
    const { body, code: got } = await made.request(method, path, undefined, { query });
    expect([got, body.message]).toEqual([code, typeof message === "string" ? message : expect.stringMatching(message)]);
  });

  test.each(["pods/web", "pods/web:80", "services/front:http", "services/front:8080", "services/http:front:http"])("a proxy of %s answers for the pod", async (what) => {
    const { cluster } = made;
    const base = { method: "GET", query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0), user: { name: "admin", groups: ["system:masters"] } };
    const answer = await cluster.handler({ ...base, path: `/api/v1/namespaces/default/${what}/proxy/` });
    expect(answer.code).toBe(200);
    expect(String(answer.body)).toContain("web");
    const moved = await cluster.handler({ ...base, path: `/api/v1/namespaces/default/${what}/proxy` });
    expect([moved.code, moved.headers["location"]]).toEqual([301, `/api/v1/namespaces/default/${what}/proxy/`]);
  });

  test("an exec by GET needs the right to create one too", async () => {
    const { client } = made.cluster;
    client.create("rbac.authorization.k8s.io/roles", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "look", namespace: "default" }, rules: [{ apiGroups: [""], resources: ["pods/exec"], verbs: ["get"] }] });
    client.create("rbac.authorization.k8s.io/rolebindings", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name: "look", namespace: "default" }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "look" }, subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "ada" }] });
    expect(await upgrade(made, `${POD}/exec`, "command=ls", "GET", { name: "ada", groups: ["system:authenticated"] })).toContain('User \\"ada\\" cannot create resource \\"pods/exec\\" in API group \\"\\" in the namespace \\"default\\"');
  });
});
