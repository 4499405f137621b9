import { beforeEach, describe, expect, test } from "vitest";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { createTestCluster } from "../../testing/harness.ts";
import type { SimClient } from "../client.ts";
import type { ApiError } from "../status.ts";

let client: SimClient;
beforeEach(() => {
  client = createTestCluster().client;
});

const pod = (name: string, spec: object = {}): KubeObject =>
  ({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default" }, spec: { containers: [{ name: "x", image: "nginx" }], ...spec } }) as KubeObject;
const configMap = (name: string, namespace = "default", data?: object): KubeObject => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, ...(data ? { data } : {}) }) as KubeObject;

function refusal(write: () => unknown): ApiError["status"] {
  try {
    write();
  } catch (error) {
    return (error as ApiError).status;
  }
  throw new Error("was let in");
}

describe("NamespaceLifecycle", () => {
  test("a namespace must exist", () => {
    expect(refusal(() => client.create("configmaps", configMap("a", "nope")))).toMatchObject({ code: 404, message: 'namespaces "nope" not found' });
  });
});

describe("pods", () => {
  test("get an account, its token, tolerations and a priority", () => {
    const made = client.create("pods", pod("p"));
    expect(made.spec.serviceAccountName).toBe("default");
    expect(made.spec.volumes[0].name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(made.spec.volumes[0].projected.sources).toHaveLength(3);
    expect(made.spec.containers[0].volumeMounts).toEqual([{ name: made.spec.volumes[0].name, readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }]);
    expect(made.spec.tolerations.map(({ key, tolerationSeconds }: { key: string; tolerationSeconds: number }) => [key, tolerationSeconds])).toEqual([
      ["node.kubernetes.io/not-ready", 300],
      ["node.kubernetes.io/unreachable", 300],
    ]);
    expect(made.spec).toMatchObject({ priority: 0, preemptionPolicy: "PreemptLowerPriority" });
  });

  test.each([
    [{ serviceAccountName: "no" }, 'pods "p" is forbidden: error looking up service account default/no: serviceaccount "no" not found'],
    [{ priorityClassName: "no" }, 'pods "p" is forbidden: no PriorityClass with name no was found'],
    [{ runtimeClassName: "no" }, 'pods "p" is forbidden: pod rejected: RuntimeClass "no" not found'],
  ])("%j is refused", (spec, message) => {
    expect(refusal(() => client.create("pods", pod("p", spec)))).toMatchObject({ code: 403, reason: "Forbidden", message });
  });
});

test("PodTopologyLabels: a bound pod has the zone and the region of its node, and the same generation as before", () => {
  const labels = { "topology.kubernetes.io/zone": "attic", "topology.kubernetes.io/region": "home", other: "not-copied" };
  client.create("nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "pi1", labels } } as KubeObject);
  const made = client.create("pods", pod("p"));
  client.bind("default", "p", "pi1");
  const bound = client.get("pods", "default", "p")!;
  expect(bound.spec.nodeName).toBe("pi1");
  expect(bound.metadata.labels).toEqual({ "topology.kubernetes.io/zone": "attic", "topology.kubernetes.io/region": "home" });
  expect(bound.metadata.generation).toBe(1);
  expect(bound.metadata.managedFields).toEqual(made.metadata.managedFields);
  expect(client.create("pods", pod("q", { nodeName: "pi1" })).metadata.labels).toEqual(bound.metadata.labels);
});

test("LimitRanger sets defaults and refuses what is beyond a limit", () => {
  const limits = [{ type: "Container", default: { memory: "64Mi" }, max: { memory: "128Mi" } }];
  client.create("limitranges", { apiVersion: "v1", kind: "LimitRange", metadata: { name: "l", namespace: "default" }, spec: { limits } } as KubeObject);
  expect(client.create("pods", pod("a")).spec.containers[0].resources).toEqual({ limits: { memory: "64Mi" }, requests: { memory: "64Mi" } });
  const greedy = pod("b", { containers: [{ name: "x", image: "a", resources: { limits: { memory: "1Gi" } } }] });
  expect(refusal(() => client.create("pods", greedy)).message).toBe('pods "b" is forbidden: maximum memory usage per Container is 128Mi, but limit is 1Gi');
});

test("PodSecurity refuses what a namespace's level forbids", () => {
  client.patch("namespaces", undefined, "default", { metadata: { labels: { "pod-security.kubernetes.io/enforce": "baseline" } } });
  expect(refusal(() => client.create("pods", pod("p", { hostNetwork: true }))).message).toBe('pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)');
  client.create("pods", pod("fine"));
});

test("ResourceQuota counts, writes its status, and refuses what is too much", () => {
  client.create("resourcequotas", { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "q", namespace: "default" }, spec: { hard: { pods: "1" } } } as KubeObject);
  client.create("pods", pod("a"));
  expect(client.get("resourcequotas", "default", "q")!.status).toEqual({ hard: { pods: "1" }, used: { pods: "1" } });
  expect(refusal(() => client.create("pods", pod("b")))).toMatchObject({ code: 403, message: 'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1' });
});

describe("admission policies", () => {
  const GROUP = "admissionregistration.k8s.io";
  function install(kind: "Validating" | "Mutating", spec: object, binding: object = {}): void {
    const apiVersion = `${GROUP}/v1`;
    const matchConstraints = { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }] };
    const lower = kind.toLowerCase();
    client.create(`${GROUP}/${lower}admissionpolicies`, { apiVersion, kind: `${kind}AdmissionPolicy`, metadata: { name: "p" }, spec: { matchConstraints, ...spec } } as KubeObject);
    client.create(`${GROUP}/${lower}admissionpolicybindings`, { apiVersion, kind: `${kind}AdmissionPolicyBinding`, metadata: { name: "b" }, spec: { policyName: "p", ...binding } } as KubeObject);
  }

  test("a rule that does not hold refuses, with its reason", () => {
    install("Validating", { variables: [{ name: "n", expression: "size(object.data)" }], validations: [{ expression: "variables.n < 2", reason: "Forbidden", messageExpression: "'has ' + string(variables.n)" }] }, { validationActions: ["Deny"] });
    client.create("configmaps", configMap("one", "default", { a: "" }));
    expect(refusal(() => client.create("configmaps", configMap("two", "default", { a: "", b: "" })))).toMatchObject({
      code: 403,
      reason: "Forbidden",
      message: `configmaps "two" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: has 2`,
    });
  });

  test("an error refuses too, unless the policy ignores failures", () => {
    install("Validating", { validations: [{ expression: "object.data.a == 'x'" }] }, { validationActions: ["Deny"] });
    expect(refusal(() => client.create("configmaps", configMap("c", "default", { b: "" }))).message).toContain("denied request: expression 'object.data.a == 'x'' resulted in error: no such key: a");
    client.patch(`${GROUP}/validatingadmissionpolicies`, undefined, "p", { spec: { failurePolicy: "Ignore" } });
    client.create("configmaps", configMap("c", "default", { b: "" }));
  });

  test("mutations are applied", () => {
    install("Mutating", {
      reinvocationPolicy: "Never",
      mutations: [
        { patchType: "ApplyConfiguration", applyConfiguration: { expression: 'Object{metadata: Object.metadata{labels: {"a": "b"}}}' } },
        { patchType: "JSONPatch", jsonPatch: { expression: '[JSONPatch{op: "add", path: "/metadata/labels/c", value: object.metadata.labels.a + "2"}]' } },
      ],
    });
    expect(client.create("configmaps", configMap("c")).metadata.labels).toEqual({ a: "b", c: "b2" });
  });
});
