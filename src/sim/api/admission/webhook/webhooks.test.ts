import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../../objects/kube-object.ts";
import { createWebhookCluster, patchOf, webhookConfiguration, type WebhookCluster } from "../../../testing/webhook-cluster.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const VALIDATING = "admissionregistration.k8s.io/validatingwebhookconfigurations";
const MUTATING = "admissionregistration.k8s.io/mutatingwebhookconfigurations";

const configMap = (name: string, data: object = { a: "b" }, metadata: object = {}): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data });
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function withHooks(kind: "Validating" | "Mutating", hooks: readonly object[], options: Parameters<typeof createWebhookCluster>[0] = {}): WebhookCluster {
  const made = createWebhookCluster(options);
  made.cluster.client.create(kind === "Validating" ? VALIDATING : MUTATING, webhookConfiguration(kind, "hooks", hooks));
  return made;
}

describe("a webhook with a url", () => {
  test("is asked before anything is written, and its warnings reach the caller", async () => {
    const { calls, request, cluster } = withHooks("Validating", [{}]);
    const answer = request("POST", CONFIG_MAPS, configMap("x"), { query: "fieldManager=me&fieldValidation=Strict" });
    expect(calls).toHaveLength(1);
    expect(cluster.client.get("configmaps", "default", "x")).toBeUndefined();
    expect(calls[0]).toMatchObject({ url: "https://192.0.2.9/check?timeout=10s", timeoutMs: 10_000 });
    expect(calls[0]!.request).toMatchObject({
      kind: { group: "", version: "v1", kind: "ConfigMap" },
      requestResource: { group: "", version: "v1", resource: "configmaps" },
      name: "x",
      namespace: "default",
      operation: "CREATE",
      userInfo: { username: "admin" },
      object: { metadata: { managedFields: [{ manager: "me" }] } },
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1", fieldManager: "me", fieldValidation: "Strict" },
    });
    calls[0]!.review({ allowed: true, warnings: ["take care"] });
    const { code, body, warnings } = await answer;
    expect({ code, warnings }).toEqual({ code: 201, warnings: ["take care"] });
    // What was written is what the webhook saw.
    expect(body).toEqual({ ...(calls[0]!.request.object as KubeObject), metadata: { ...(calls[0]!.request.object as KubeObject).metadata, resourceVersion: body.metadata.resourceVersion } });
  });

  test("sees the name that was generated, and that name is kept", async () => {
    const { calls, request } = withHooks("Validating", [{}]);
    const answer = request("POST", CONFIG_MAPS, { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "x-" } });
    calls[0]!.review({ allowed: true });
    expect((await answer).body.metadata).toMatchObject({ name: calls[0]!.request["name"], uid: (calls[0]!.request.object as KubeObject).metadata.uid });
    expect(calls).toHaveLength(1);
  });

  test.each([
    [{ allowed: false }, 400, "without explanation", undefined],
    [{ allowed: false, status: { message: "no", code: 422, reason: "Invalid" } }, 422, ": no", "Invalid"],
    [{ allowed: false, status: { reason: "Gone" } }, 400, ": Gone", "Gone"],
  ])("refuses in its own words (%j)", async (response, code, text, reason) => {
    const { calls, request } = withHooks("Validating", [{}]);
    const answer = request("POST", CONFIG_MAPS, configMap("x"));
    calls[0]!.review(response);
    expect((await answer).body).toMatchObject({ code, message: `admission webhook "a.maison.example" denied the request${text.startsWith(":") ? "" : " "}${text}`, ...(reason ? { reason } : {}) });
  });

  test("that cannot be reached refuses by its policy, or is passed over", async () => {
    for (const [failurePolicy, code] of [["Fail", 500], ["Ignore", 201]] as const) {
      const { calls, request } = withHooks("Validating", [{ failurePolicy }]);
      const answer = request("POST", CONFIG_MAPS, configMap("x"));
      calls[0]!.answer({ error: "dial tcp 192.0.2.9:443: connect: connection refused" });
      const { body } = await answer;
      expect((await answer).code).toBe(code);
      if (failurePolicy === "Fail") {
        const why = 'failed calling webhook "a.maison.example": failed to call webhook: Post "https://192.0.2.9/check?timeout=10s": dial tcp 192.0.2.9:443: connect: connection refused';
        expect(body).toMatchObject({ message: `Internal error occurred: ${why}`, reason: "InternalError", details: { causes: [{ message: why }] } });
      }
    }
  });

  test("is asked again about what has changed while it was asked", async () => {
    const { calls, request, cluster } = withHooks("Validating", [{ rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["UPDATE"] }], objectSelector: { matchLabels: { mine: "yes" } } }]);
    await request("POST", CONFIG_MAPS, configMap("x"));
    const answer = request("PATCH", `${CONFIG_MAPS}/x`, { metadata: { labels: { mine: "yes" } } }, { contentType: "application/merge-patch+json" });
    cluster.client.patch("configmaps", "default", "x", { data: { other: "1" } });
    calls.shift()!.review({ allowed: true });
    await settled();
    expect(calls[0]!.request.object).toMatchObject({ data: { a: "b", other: "1" } });
    calls[0]!.review({ allowed: true });
    expect((await answer).body).toMatchObject({ data: { a: "b", other: "1" }, metadata: { labels: { mine: "yes" } } });
  });

  test("does not lose a stated resourceVersion", async () => {
    const { calls, request, cluster } = withHooks("Validating", [{ rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["UPDATE"] }], matchConditions: [{ name: "by-people", expression: "request.userInfo.username == 'admin'" }] }]);
    const { body } = await request("POST", CONFIG_MAPS, configMap("x"));
    const answer = request("PUT", `${CONFIG_MAPS}/x`, { ...body, data: { a: "c" } });
    cluster.client.patch("configmaps", "default", "x", { data: { other: "1" } });
    calls[0]!.review({ allowed: true });
    expect((await answer).body).toMatchObject({ code: 409, reason: "Conflict" });
  });

  test("without side effects on a dry run is asked", async () => {
    const { calls, request } = withHooks("Validating", [{ sideEffects: "NoneOnDryRun" }]);
    const answer = request("POST", CONFIG_MAPS, configMap("x"), { query: "dryRun=All" });
    expect(calls[0]!.request["dryRun"]).toBe(true);
    calls[0]!.review({ allowed: true });
    expect((await answer).code).toBe(201);
  });

  test("deletes a collection one by one and answers with all of it", async () => {
    const { calls, request, cluster } = withHooks("Validating", [{ rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["DELETE"] }], objectSelector: { matchLabels: { guarded: "yes" } } }]);
    for (const name of ["x", "y", "z"]) await request("POST", CONFIG_MAPS, configMap(name, {}, { labels: { mine: "yes", ...(name === "y" ? { guarded: "yes" } : {}) } }));
    const answer = request("DELETE", CONFIG_MAPS, undefined, { query: "labelSelector=mine" });
    expect(cluster.client.get("configmaps", "default", "z")).toBeUndefined();
    calls[0]!.review({ allowed: true });
    expect(((await answer).body["items"] as KubeObject[]).map(({ metadata }) => metadata.name).sort()).toEqual(["x", "y", "z"]);
  });
});

describe("what a webhook is asked about", () => {
  const asks = async (hook: object, method = "POST", path = CONFIG_MAPS, body: object = configMap("x", {}, { labels: { a: "1" } })): Promise<boolean> => {
    const { calls, request } = withHooks("Validating", [hook]);
    void request(method, path, body);
    await settled();
    return calls.length > 0;
  };

  test.each([
    ["another group", { rules: [{ apiGroups: ["apps"], apiVersions: ["*"], resources: ["*"], operations: ["*"] }] }, false],
    ["another operation", { rules: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["DELETE"] }] }, false],
    ["only subresources", { rules: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["configmaps/*"], operations: ["*"] }] }, true],
    ["cluster scope", { rules: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["*"], scope: "Cluster" }] }, false],
    ["namespaced scope", { rules: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["*"], scope: "Namespaced" }] }, true],
    ["labels of the namespace", { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } } }, true],
    ["labels of another namespace", { namespaceSelector: { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["default"] }] } }, false],
    ["labels of the object", { objectSelector: { matchLabels: { a: "1" } } }, true],
    ["other labels", { objectSelector: { matchLabels: { a: "2" } } }, false],
    ["a condition that holds", { matchConditions: [{ name: "c", expression: "object.metadata.name == 'x' && !('system:nodes' in request.userInfo.groups)" }] }, true],
    ["a condition that does not", { matchConditions: [{ name: "c", expression: "object.metadata.name == 'y'" }] }, false],
    ["a condition that fails, passed over", { failurePolicy: "Ignore", matchConditions: [{ name: "c", expression: "object.spec.nothing == 1" }] }, false],
  ])("%s", async (_what, hook, isAsked) => {
    expect(await asks(hook)).toBe(isAsked);
  });

  test("a condition that fails refuses", async () => {
    const { request } = withHooks("Validating", [{ matchConditions: [{ name: "c", expression: "object.spec.nothing == 1" }] }]);
    expect((await request("POST", CONFIG_MAPS, configMap("x"))).body).toMatchObject({ code: 403, message: 'configmaps "x" is forbidden: expression \'object.spec.nothing == 1\' resulted in error: no such key: spec' });
  });

  test("never the configurations of webhooks and policies", async () => {
    const { calls, request } = withHooks("Validating", [{ rules: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["*"] }] }]);
    expect((await request("DELETE", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/hooks")).code).toBe(200);
    expect(calls.filter(({ request: { resource } }) => (resource as { group: string }).group === "admissionregistration.k8s.io")).toEqual([]);
  });

  test("the same in another version, in the version its rule names", async () => {
    const hpa = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata: { name: "x" }, spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" }, maxReplicas: 3, metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } }] } };
    const rules = [{ apiGroups: ["autoscaling"], apiVersions: ["v1"], resources: ["horizontalpodautoscalers"], operations: ["CREATE"] }];
    const path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
    const { calls, request } = withHooks("Validating", [{ rules, matchPolicy: "Equivalent" }]);
    void request("POST", path, hpa);
    expect(calls[0]!.request).toMatchObject({ kind: { version: "v1" }, requestKind: { version: "v2" }, object: { apiVersion: "autoscaling/v1", spec: { targetCPUUtilizationPercentage: 70 } } });
    expect(await asks({ rules, matchPolicy: "Exact" }, "POST", path, hpa)).toBe(false);
  });

  test("a Scale and an Eviction as what they are", async () => {
    const { calls, request } = withHooks("Validating", [{ rules: [{ apiGroups: ["apps", ""], apiVersions: ["v1"], resources: ["deployments/scale", "pods/eviction"], operations: ["*"] }] }]);
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "x", image: "nginx" }] } };
    await request("POST", "/apis/apps/v1/namespaces/default/deployments", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec: { replicas: 1, selector: { matchLabels: { a: "b" } }, template } });
    void request("PUT", "/apis/apps/v1/namespaces/default/deployments/d/scale", { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "d", namespace: "default" }, spec: { replicas: 2 } });
    expect(calls.shift()!.request).toMatchObject({ kind: { group: "autoscaling", kind: "Scale" }, resource: { resource: "deployments" }, subResource: "scale", operation: "UPDATE", object: { kind: "Scale", spec: { replicas: 2 } }, oldObject: { spec: { replicas: 1 } } });
    await request("POST", "/api/v1/namespaces/default/pods", { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: template.spec });
    const answer = request("POST", "/api/v1/namespaces/default/pods/p/eviction", { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p", namespace: "default" } });
    expect(calls[0]!.request).toMatchObject({ kind: { group: "policy", kind: "Eviction" }, resource: { resource: "pods" }, subResource: "eviction", operation: "CREATE", object: { kind: "Eviction" } });
    calls[0]!.review({ allowed: false, status: { message: "not this one" } });
    expect((await answer).body.message).toBe('admission webhook "a.maison.example" denied the request: not this one');
  });
});

describe("mutating webhooks", () => {
  test("change the object one after the other", async () => {
    const { calls, request } = withHooks("Mutating", [{}, { clientConfig: { url: "https://192.0.2.9/second" } }]);
    const answer = request("POST", CONFIG_MAPS, configMap("x"));
    calls.shift()!.review(patchOf([{ op: "add", path: "/metadata/labels", value: { first: "1" } }, { op: "add", path: "/nowhere", value: 1 }]));
    await settled();
    expect(calls[0]!.request.object!.metadata.labels).toEqual({ first: "1" });
    calls.shift()!.review(patchOf([{ op: "add", path: "/metadata/labels/second", value: "2" }]));
    const { body } = await answer;
    expect(body.metadata.labels).toEqual({ first: "1", second: "2" });
    // What webhooks add belongs to nobody.
    expect(JSON.stringify(body.metadata.managedFields)).not.toContain("first");
    expect(body["nowhere"]).toBeUndefined();
  });

  test("are asked again when they want to see what later ones changed", async () => {
    const { calls, request, answers } = withHooks("Mutating", [{ reinvocationPolicy: "IfNeeded" }, { clientConfig: { url: "https://192.0.2.9/second" } }]);
    const seen: unknown[] = [];
    answers.set("/check", ({ request: { object } }) => {
      seen.push(object!.metadata.labels);
      return { allowed: true };
    });
    answers.set("/second", () => patchOf([{ op: "add", path: "/metadata/labels", value: { second: "2" } }]));
    expect((await request("POST", CONFIG_MAPS, configMap("x"))).body.metadata.labels).toEqual({ second: "2" });
    expect(seen).toEqual([undefined, { second: "2" }]);
    expect(calls).toEqual([]);
  });

  test.each([
    [patchOf([{ op: "add", path: "/none/x", value: 1 }]), 'Internal error occurred: add operation does not apply: doc is missing path: "/none/x": missing value'],
    [patchOf([{ op: "add", path: "/data", value: 5 }]), "Internal error occurred: json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string"],
    [{ allowed: true, patchType: "JSONPatch" }, 'Internal error occurred: failed calling webhook "a.maison.example": received invalid webhook response: webhook returned response.patchType but not response.patch'],
    [{ allowed: true, uid: "x" }, /failed calling webhook "a.maison.example": received invalid webhook response: expected response.uid="[0-9a-f-]{36}", got "x"$/],
  ])("say what is wrong with an answer (%#)", async (response, message) => {
    const { calls, request } = withHooks("Mutating", [{}]);
    const answer = request("POST", CONFIG_MAPS, configMap("x"));
    calls[0]!.review(response);
    const { body } = await answer;
    expect(body.message).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  });
});

describe("in virtual time", () => {
  test("a webhook with a url is refused by name where it is made", async () => {
    const { request } = createWebhookCluster({ isVirtual: true });
    const path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    expect((await request("POST", path, webhookConfiguration("Validating", "mine", [{}]))).body).toMatchObject({
      code: 403,
      message: 'validatingwebhookconfigurations.admissionregistration.k8s.io "mine" is forbidden: webhooks with a url are not called in virtual time, which cannot wait for them and stay the same every time: "a.maison.example"',
    });
    expect((await request("POST", path, webhookConfiguration("Validating", "theirs", [{ clientConfig: { service: { namespace: "default", name: "x" } } }]))).code).toBe(201);
  });
});
