import { beforeEach, describe, expect, it } from "vitest";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { customResourceDefinitionController } from "../../api/extensions/custom-resource-definition.ts";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import { garbageCollector } from "../garbage-collector/garbage-collector.ts";
import type { Condition } from "../shapes.ts";
import { statefulSetController } from "../stateful-set/stateful-set.ts";
import { customKind } from "../testing/custom-kind.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { names } from "../testing/workloads.ts";
import { certificatesController } from "./certificates.ts";
import { helmChartController } from "./helm-chart.ts";
import { mariaDbController } from "./maria-db.ts";
import { readyKindsController } from "./ready-kinds.ts";

let cluster: TestCluster;
const ready = (type: string, namespace: string | undefined, name: string): string => {
  const found = (cluster.client.get(type, namespace, name)!["status"]?.conditions as Condition[] | undefined)?.find((condition) => condition.type === "Ready");
  return `${found?.status} ${found?.reason}: ${found?.message}`;
};
const secretText = (name: string, key: string): string => Buffer.from((cluster.client.get("secrets", "default", name)!["data"] as Record<string, string>)[key]!, "base64").toString();

function create(type: string, object: Partial<KubeObject> & { apiVersion: string; kind: string }, name: string, namespace: string | undefined = "default"): void {
  cluster.client.create(type, { ...object, metadata: { name, ...(namespace ? { namespace } : {}) } });
}

beforeEach(() => {
  cluster = createTestCluster();
  addNode(cluster.client, "pi1");
  addNode(cluster.client, "pi2");
  for (const reconciler of [
    customResourceDefinitionController(cluster.registry.types),
    garbageCollector(),
    statefulSetController(),
    certificatesController((hosts) => ({ crt: `certificate for ${hosts.join(" ")}`, key: "key" }), "authority"),
    helmChartController(),
    readyKindsController(),
    mariaDbController(),
  ]) cluster.start(reconciler);
  runPods(cluster);
});

describe("cert-manager", () => {
  beforeEach(() => {
    customKind(cluster, "cert-manager.io", "v1", "Certificate", "certificates");
    customKind(cluster, "cert-manager.io", "v1", "ClusterIssuer", "clusterissuers", "Cluster");
  });
  const certificate = { apiVersion: "cert-manager.io/v1", kind: "Certificate", spec: { secretName: "shop-tls", dnsNames: ["shop.maison.example"], issuerRef: { kind: "ClusterIssuer", name: "letsencrypt" } } };

  it("issues a Secret when the issuer is there, and again when the Secret is lost", () => {
    create("cert-manager.io/certificates", certificate, "shop");
    cluster.run(30_000);
    expect(ready("cert-manager.io/certificates", "default", "shop")).toBe("False DoesNotExist: Issuing certificate as Secret does not exist");
    create("cert-manager.io/clusterissuers", { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", spec: { acme: { server: "https://acme.example/directory", email: "me@maison.example" } } }, "letsencrypt", "");
    cluster.run(30_000);
    expect(ready("cert-manager.io/clusterissuers", undefined, "letsencrypt")).toBe("True ACMEAccountRegistered: The ACME account was registered with the ACME server");
    expect(ready("cert-manager.io/certificates", "default", "shop")).toBe("True Ready: Certificate is up to date and has not expired");
    expect(cluster.client.get("secrets", "default", "shop-tls")!["type"]).toBe("kubernetes.io/tls");
    expect(secretText("shop-tls", "tls.crt")).toBe("certificate for shop.maison.example");
    cluster.client.delete("secrets", "default", "shop-tls");
    cluster.run(30_000);
    expect(cluster.client.get("secrets", "default", "shop-tls")).toBeDefined();
    expect(cluster.client.get("cert-manager.io/certificates", "default", "shop")!["status"].revision).toBe(2);
  });

  it("signs with a local authority as soon as that has its own certificate, whatever came first", () => {
    cluster.client.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "cert-manager" } });
    create("cert-manager.io/clusterissuers", { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", spec: { ca: { secretName: "local-ca" } } }, "local-ca", "");
    create("cert-manager.io/certificates", { ...certificate, spec: { ...certificate.spec, issuerRef: { kind: "ClusterIssuer", name: "local-ca" } } }, "shop");
    cluster.run(10_000);
    expect(ready("cert-manager.io/clusterissuers", undefined, "local-ca")).toMatch(/^False ErrGetKeyPair: .*"local-ca" not found$/);
    create("cert-manager.io/clusterissuers", { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", spec: { selfSigned: {} } }, "self-signed", "");
    create("cert-manager.io/certificates", { ...certificate, spec: { isCA: true, commonName: "local CA", secretName: "local-ca", issuerRef: { kind: "ClusterIssuer", name: "self-signed" } } }, "local-ca", "cert-manager");
    cluster.run(10_000);
    expect(ready("cert-manager.io/clusterissuers", undefined, "local-ca")).toBe("True KeyPairVerified: Signing CA verified");
    expect(ready("cert-manager.io/certificates", "default", "shop")).toBe("True Ready: Certificate is up to date and has not expired");
  });

  it("renews when two thirds of the time have passed", () => {
    create("cert-manager.io/clusterissuers", { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", spec: { selfSigned: {} } }, "letsencrypt", "");
    create("cert-manager.io/certificates", { ...certificate, spec: { ...certificate.spec, duration: "3h" } }, "shop");
    cluster.run(2 * 3_600_000 + 60_000);
    expect(cluster.client.get("cert-manager.io/certificates", "default", "shop")!["status"]).toMatchObject({ revision: 2, notBefore: expect.stringMatching(/^2026-01-01T02:00/), notAfter: expect.stringMatching(/^2026-01-01T05:00/) });
  });
});

describe("the MariaDB operator", () => {
  const db = (spec: object): void => {
    customKind(cluster, "k8s.mariadb.com", "v1alpha1", "MariaDB", "mariadbs");
    create("k8s.mariadb.com/mariadbs", {
      apiVersion: "k8s.mariadb.com/v1alpha1",
      kind: "MariaDB",
      spec: {
        image: "docker.io/library/mariadb:11.8",
        replicas: 1,
        rootPasswordSecretKeyRef: { name: "passwords", key: "root", generate: true },
        passwordSecretKeyRef: { name: "passwords", key: "app", generate: true },
        database: "shop",
        username: "shop",
        connection: { secretName: "shop-db", secretTemplate: { format: "mysql://{{ .Username }}:{{ .Password }}@{{ .Host }}:{{ .Port }}/{{ .Database }}", key: "uri", hostKey: "host" } },
        storage: { size: "1Gi" },
        ...spec,
      },
    }, "main");
    cluster.run(30_000);
  };

  it("makes passwords, a connection and a pod with a claim", () => {
    db({});
    expect(ready("k8s.mariadb.com/mariadbs", "default", "main")).toBe("True StatefulSetReady: Running");
    expect(secretText("shop-db", "uri")).toBe(`mysql://shop:${secretText("passwords", "app")}@main.default.svc.cluster.local:3306/shop`);
    expect(secretText("passwords", "root")).not.toBe(secretText("passwords", "app"));
    expect(names(cluster.client.list("persistentvolumeclaims"))).toEqual(["storage-main-0"]);
  });

  it("moves the primary to a pod that is ready", () => {
    db({ replicas: 2, replication: { enabled: true, primary: { autoFailover: true } } });
    const selector = (): string => cluster.client.get("services", "default", "main-primary")!["spec"].selector["statefulset.kubernetes.io/pod-name"] as string;
    expect(selector()).toBe("main-0");
    cluster.client.delete("pods", "default", "main-0");
    cluster.run(100);
    expect(selector()).toBe("main-1");
    cluster.run(30_000);
    expect(cluster.client.get("k8s.mariadb.com/mariadbs", "default", "main")!["status"]).toMatchObject({ currentPrimary: "main-1", currentPrimaryPodIndex: 1 });
    expect(ready("k8s.mariadb.com/mariadbs", "default", "main")).toBe("True StatefulSetReady: Running");
  });
});

describe("kinds that only become ready", () => {
  it("wait for their controller, where the cluster shows its pods", () => {
    customKind(cluster, "source.toolkit.fluxcd.io", "v1", "GitRepository", "gitrepositories");
    cluster.client.create("pods", { apiVersion: "v1", kind: "Pod", metadata: { name: "source", namespace: "default", labels: { app: "source-controller" } }, spec: { nodeSelector: { no: "node" }, containers: [{ name: "manager", image: "ghcr.io/example/source:1" }] } });
    create("source.toolkit.fluxcd.io/gitrepositories", { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", spec: { url: "https://git.maison.example/home", ref: { branch: "main" } } }, "home");
    cluster.run(60_000);
    expect(ready("source.toolkit.fluxcd.io/gitrepositories", "default", "home")).toBe("undefined undefined: undefined");
    cluster.client.delete("pods", "default", "source");
    cluster.run(60_000);
    expect(ready("source.toolkit.fluxcd.io/gitrepositories", "default", "home")).toMatch(/^True Succeeded: stored artifact for revision 'main@sha1:/);
  });

  it("include k3s' charts", () => {
    customKind(cluster, "helm.cattle.io", "v1", "HelmChart", "helmcharts");
    create("helm.cattle.io/helmcharts", { apiVersion: "helm.cattle.io/v1", kind: "HelmChart", spec: { chart: "metallb" } }, "metallb");
    cluster.run(60_000);
    expect(cluster.client.get("helm.cattle.io/helmcharts", "default", "metallb")!["status"]).toMatchObject({ jobName: "helm-install-metallb", conditions: [{ type: "JobCreated", status: "True" }, { type: "Failed", status: "False" }] });
  });
});
