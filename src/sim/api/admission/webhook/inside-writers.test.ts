import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../../objects/kube-object.ts";
import { createWebhookCluster, patchOf, webhookConfiguration, type WebhookCluster } from "../../../testing/webhook-cluster.ts";

const VALIDATING = "admissionregistration.k8s.io/validatingwebhookconfigurations";
const MUTATING = "admissionregistration.k8s.io/mutatingwebhookconfigurations";
const PODS = [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }];
const EVERYTHING = [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"], operations: ["*"] }];

function deployment(name: string, replicas: number, namespace = "default"): KubeObject {
  const labels = { app: name };
  const container = { name: "x", image: "nginx", readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 }, ports: [{ containerPort: 80 }] };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } } } } as unknown as KubeObject;
}

const pods = ({ cluster }: WebhookCluster, app: string): readonly KubeObject[] => cluster.client.list("pods", { labels: { app } });
const ready = (made: WebhookCluster, name: string, namespace = "default"): number => (made.cluster.client.get("apps/deployments", namespace, name)?.status?.readyReplicas as number | undefined) ?? 0;
const events = ({ cluster }: WebhookCluster, reason: string): string[] => cluster.client.list("events").filter((event) => event["reason"] === reason).map((event) => String(event["message"]));

describe("a controller's write that a webhook is asked about", () => {
  test("waits for the answer, makes no failure of it, and makes each pod once", async () => {
    const made = createWebhookCluster({ machines: 2 });
    made.cluster.client.create(VALIDATING, webhookConfiguration("Validating", "hooks", [{ rules: PODS }]));
    made.cluster.client.create("apps/deployments", deployment("web", 3));
    await made.run(20_000);
    expect(pods(made, "web")).toEqual([]);
    expect(made.calls).toHaveLength(1);
    expect(made.calls[0]!.request["userInfo"]).toMatchObject({ groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"] });
    const asked = made.calls.shift()!;
    asked.review({ allowed: true });
    made.answers.set("/check", () => ({ allowed: true }));
    await made.run(30_000);
    expect(pods(made, "web")).toHaveLength(3);
    expect(pods(made, "web").map(({ metadata }) => metadata.name)).toContain(asked.request["name"]);
    expect(ready(made, "web")).toBe(3);
    expect(events(made, "FailedCreate")).toEqual([]);
  });

  test("is refused as over HTTP", async () => {
    const made = createWebhookCluster({ machines: 1 });
    made.answers.set("/check", () => ({ allowed: false, status: { message: "no pods today" } }));
    made.cluster.client.create(VALIDATING, webhookConfiguration("Validating", "hooks", [{ rules: PODS }]));
    made.cluster.client.create("apps/deployments", deployment("web", 1));
    await made.run(5000);
    expect(events(made, "FailedCreate")).toContain('Error creating: admission webhook "a.maison.example" denied the request: no pods today');
    const [set] = made.cluster.client.list("apps/replicasets");
    expect(set!.status.conditions).toMatchObject([{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: 'admission webhook "a.maison.example" denied the request: no pods today' }]);
  });

  test("carries what a mutating webhook adds", async () => {
    const made = createWebhookCluster({ machines: 1 });
    made.answers.set("/check", () => patchOf([{ op: "add", path: "/metadata/labels/injected", value: "yes" }, { op: "add", path: "/spec/containers/-", value: { name: "sidecar", image: "nginx:1" } }]));
    made.cluster.client.create(MUTATING, webhookConfiguration("Mutating", "hooks", [{ rules: PODS }]));
    made.cluster.client.create("apps/deployments", deployment("web", 2));
    await made.run(30_000);
    expect(pods(made, "web").map(({ metadata, spec }) => [metadata.labels!["injected"], spec.containers.length, spec.containers[1].terminationMessagePath])).toEqual(Array(2).fill(["yes", 2, "/dev/termination-log"]));
    expect(ready(made, "web")).toBe(2);
  });

  test("that everything is asked about, slowly, does not stop the cluster", async () => {
    const made = createWebhookCluster({ machines: 2 });
    made.answers.set("/check", () => ({ allowed: true }));
    made.cluster.client.create(VALIDATING, webhookConfiguration("Validating", "hooks", [{ rules: EVERYTHING }]));
    await made.run(1000);
    await made.request("POST", "/apis/apps/v1/namespaces/default/deployments", deployment("web", 2));
    await made.run(120_000, 250);
    expect(ready(made, "web")).toBe(2);
    // Leases and statuses went through: nobody took the machines for dead.
    for (const node of made.cluster.client.list("nodes")) expect(node.spec.taints).toBeUndefined();
    const lease = made.cluster.client.get("coordination.k8s.io/leases", "kube-node-lease", "pi1")!;
    expect(made.cluster.loop.now() - Date.parse(lease.spec.renewTime as string)).toBeLessThan(12_000);
    expect(made.cluster.client.list("events").length).toBeGreaterThan(3);
  });
});

describe("a webhook behind a Service", () => {
  const reference = { namespace: "guard", name: "guard", port: 443, path: "/validate" };
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: "guard", namespace: "guard" }, spec: { selector: { app: "guard" }, ports: [{ port: 443, targetPort: 80 }] } } as unknown as KubeObject;
  const withGuard = (version: string, hook: object = {}): WebhookCluster => {
    const made = createWebhookCluster({ machines: 2, version });
    made.cluster.client.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "guard" } });
    made.cluster.run(1000);
    made.cluster.client.create(VALIDATING, webhookConfiguration("Validating", "hooks", [{ failurePolicy: "Fail", clientConfig: { service: reference }, ...hook }]));
    return made;
  };
  const problem = async (made: WebhookCluster): Promise<string | undefined> => {
    const { code, body } = await made.request("POST", "/api/v1/namespaces/default/configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "x-" } });
    return code === 201 ? undefined : body.message;
  };
  const failed = (why: string): string => `Internal error occurred: failed calling webhook "a.maison.example": failed to call webhook: Post "https://guard.guard.svc:443/validate?timeout=10s": ${why}`;

  test.each([
    ["v1.36.1+k3s1", () => 'no endpoints available for service "guard"'],
    ["v1.36.3", (made: WebhookCluster) => `dial tcp ${made.cluster.client.get("services", "guard", "guard")!.spec.clusterIP}:443: connect: connection refused`],
  ])("%s: passes while a pod of it is ready", async (version, withoutEndpoints) => {
    const made = withGuard(version);
    expect(await problem(made)).toBe(failed('service "guard" not found'));
    made.cluster.client.create("services", service);
    await made.run(2000);
    expect(await problem(made)).toBe(failed(withoutEndpoints(made)));
    made.cluster.client.create("apps/deployments", deployment("guard", 1, "guard"));
    await made.run(30_000);
    expect(ready(made, "guard", "guard")).toBe(1);
    expect(await problem(made)).toBeUndefined();
    // The machine is off, and its pod still counts as ready for a while.
    const [pod] = pods(made, "guard");
    made.cluster.agents.machine(pod!.spec.nodeName as string)!.powerOff();
    expect(await problem(made)).toBe(failed("context deadline exceeded"));
  });

  test("is passed over where its policy says so", async () => {
    expect(await problem(withGuard("v1.36.3", { failurePolicy: "Ignore" }))).toBeUndefined();
  });

  test("wants a port that the Service has", async () => {
    const made = withGuard("v1.36.3", { clientConfig: { service: { ...reference, port: 8443 } } });
    made.cluster.client.create("services", service);
    expect(await problem(made)).toContain('no service port 8443 found for service "guard"');
  });

  test("that guards its own pods is never up again once it is down, until somebody lets them pass", async () => {
    const made = createWebhookCluster({ machines: 2, version: "v1.36.1+k3s1" });
    made.cluster.client.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "guard" } });
    made.cluster.client.create("services", service);
    made.cluster.run(1000);
    made.cluster.client.create("apps/deployments", deployment("guard", 2, "guard"));
    await made.run(30_000);
    expect(ready(made, "guard", "guard")).toBe(2);
    made.cluster.client.create(VALIDATING, webhookConfiguration("Validating", "hooks", [{ failurePolicy: "Fail", rules: PODS, clientConfig: { service: reference } }]));
    // One pod less is made up for while the other answers.
    made.cluster.client.delete("pods", "guard", pods(made, "guard")[0]!.metadata.name);
    await made.run(30_000);
    expect(ready(made, "guard", "guard")).toBe(2);
    // All of it goes down at once, as when every machine is drained.
    made.cluster.client.patch("apps/deployments", "guard", "guard", { spec: { replicas: 0 } });
    await made.run(30_000, 1000);
    made.cluster.client.patch("apps/deployments", "guard", "guard", { spec: { replicas: 2 } });
    await made.run(600_000, 1000);
    expect(pods(made, "guard")).toEqual([]);
    expect(events(made, "FailedCreate")).toContain(`Error creating: ${failed('no endpoints available for service "guard"')}`);
    made.cluster.client.update(VALIDATING, { ...made.cluster.client.get(VALIDATING, undefined, "hooks")!, ...webhookConfiguration("Validating", "hooks", [{ failurePolicy: "Ignore", rules: PODS, clientConfig: { service: reference } }]) });
    await made.run(1_100_000, 1000);
    expect(ready(made, "guard", "guard")).toBe(2);
  });
});
