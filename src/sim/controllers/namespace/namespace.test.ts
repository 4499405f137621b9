import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import { defaultServiceAccountController } from "../service-account/default-service-account.ts";
import { rootCaPublisher } from "../service-account/root-ca-publisher.ts";
import { tokenSecretController } from "../service-account/token-secrets.ts";
import type { Condition } from "../shapes.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { names, podTemplate } from "../testing/workloads.ts";
import { namespaceController } from "./namespace.ts";

let cluster: TestCluster;
const CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

beforeEach(() => {
  cluster = createTestCluster();
  addNode(cluster.client, "pi1");
  cluster.start(namespaceController);
  cluster.start(defaultServiceAccountController);
  cluster.start(rootCaPublisher(CA));
  cluster.start(tokenSecretController({ ca: CA, issueToken: ({ serviceAccount, secretName }) => `token-of-${serviceAccount}-in-${secretName}` }));
  cluster.client.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "gazette" } });
  cluster.run(1_000);
});

const conditions = (): string[] => (cluster.client.get("namespaces", undefined, "gazette")!.status.conditions as Condition[]).map(({ type, status, message }) => `${type}=${status}: ${message}`);

describe("a namespace", () => {
  it("gets its service account and root certificate, also after they were deleted", () => {
    const objects = (): string[] => [...names(cluster.client.list("serviceaccounts", { namespace: "gazette" })), ...names(cluster.client.list("configmaps", { namespace: "gazette" }))];
    expect(objects()).toEqual(["default", "kube-root-ca.crt"]);
    cluster.client.delete("serviceaccounts", "gazette", "default");
    cluster.client.delete("configmaps", "gazette", "kube-root-ca.crt");
    cluster.run(1_000);
    expect(objects()).toEqual(["default", "kube-root-ca.crt"]);
    expect(cluster.client.get("configmaps", "gazette", "kube-root-ca.crt")!.data).toEqual({ "ca.crt": CA });
  });

  it("goes when all in it is gone, pods first", () => {
    const stop = runPods(cluster);
    cluster.client.create("pods", { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "gazette" }, spec: podTemplate("web").spec });
    cluster.client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "page", namespace: "gazette" } });
    cluster.run(5_000);
    stop();
    cluster.client.delete("namespaces", undefined, "gazette");
    expect(cluster.client.get("namespaces", undefined, "gazette")!.status.phase).toBe("Terminating");
    cluster.run(6_000);
    // The pod hangs: nothing else is touched.
    expect(cluster.client.get("pods", "gazette", "web")!.metadata.deletionTimestamp).toBeDefined();
    expect(cluster.client.get("configmaps", "gazette", "page")).toBeDefined();
    cluster.client.delete("pods", "gazette", "web", { gracePeriodSeconds: 0 });
    cluster.run(30_000);
    expect(cluster.client.get("namespaces", undefined, "gazette")).toBeUndefined();
  });

  it("says what keeps it", () => {
    cluster.client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "page", namespace: "gazette", finalizers: ["example.test/hold"] } });
    cluster.client.delete("namespaces", undefined, "gazette");
    cluster.run(60_000);
    expect(conditions()).toEqual([
      "NamespaceDeletionDiscoveryFailure=False: All resources successfully discovered",
      "NamespaceDeletionGroupVersionParsingFailure=False: All legacy kube types successfully parsed",
      "NamespaceDeletionContentFailure=False: All content successfully deleted, may be waiting on finalization",
      "NamespaceContentRemaining=True: Some resources are remaining: configmaps. has 1 resource instances",
      "NamespaceFinalizersRemaining=True: Some content in the namespace has finalizers remaining: example.test/hold in 1 resource instances",
    ]);
    cluster.client.patch("configmaps", "gazette", "page", { metadata: { finalizers: null } });
    cluster.run(30_000);
    expect(cluster.client.get("namespaces", undefined, "gazette")).toBeUndefined();
  });
});

describe("a token Secret", () => {
  it("is filled, and goes with its account", () => {
    cluster.client.create("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot", namespace: "gazette" } });
    cluster.client.create("secrets", {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "robot-token", namespace: "gazette", annotations: { "kubernetes.io/service-account.name": "robot" } },
      type: "kubernetes.io/service-account-token",
    });
    cluster.run(1_000);
    const data = cluster.client.get("secrets", "gazette", "robot-token")!.data as Record<string, string>;
    expect(Buffer.from(data["token"]!, "base64").toString()).toBe("token-of-robot-in-robot-token");
    expect(Object.keys(data).sort()).toEqual(["ca.crt", "namespace", "token"]);
    cluster.client.delete("serviceaccounts", "gazette", "robot");
    cluster.run(1_000);
    expect(cluster.client.get("secrets", "gazette", "robot-token")).toBeUndefined();
  });
});
