/** A second, independent client: Kubernetes' own JavaScript library lists, watches and applies. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CoreV1Api, KubeConfig, KubernetesObjectApi, PatchStrategy, Watch, type V1ConfigMap } from "@kubernetes/client-node";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EMBEDDED_FACTOR, startEmbeddedCluster, type EmbeddedCluster } from "./embedded-cluster.ts";

const NAMESPACE = `client-library-${process.pid}`;

describe("@kubernetes/client-node", () => {
  let cluster: EmbeddedCluster | undefined;
  let directory: string;
  const config = new KubeConfig();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "kubernest-client-"));
    let file = process.env["KUBERNEST_TEST_KUBECONFIG"];
    if (file === undefined) {
      cluster = await startEmbeddedCluster({ factor: EMBEDDED_FACTOR });
      file = join(directory, "kubeconfig");
      await cluster.writeKubeconfig(file);
    }
    config.loadFromFile(file);
    await config.makeApiClient(CoreV1Api).createNamespace({ body: { metadata: { name: NAMESPACE } } });
  });

  afterAll(async () => {
    await config.makeApiClient(CoreV1Api).deleteNamespace({ name: NAMESPACE });
    await cluster?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const configMap = (value: string): V1ConfigMap => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: NAMESPACE, labels: { by: "library" } }, data: { key: value } });

  it("lists nodes", async () => {
    const { items } = await config.makeApiClient(CoreV1Api).listNode();
    expect(items.map((node) => node.metadata?.name)).toEqual(expect.arrayContaining(["pi1", "pi2", "pi3"]));
  });

  it("applies, and watches what it applied", async () => {
    const seen: string[] = [];
    let end: () => void = () => {};
    const complete = new Promise<void>((resolve) => (end = resolve));
    const request = await new Watch(config).watch(
      `/api/v1/namespaces/${NAMESPACE}/configmaps`,
      { labelSelector: "by=library" },
      (type, object: V1ConfigMap) => {
        seen.push(`${type} ${object.data?.["key"]}`);
        if (type === "DELETED") end();
      },
      () => end(),
    );
    const objects = KubernetesObjectApi.makeApiClient(config);
    const created = await objects.patch(configMap("one"), undefined, undefined, "library", true, PatchStrategy.ServerSideApply);
    expect(created.metadata?.managedFields?.map((entry) => `${entry.manager} ${entry.operation}`)).toEqual(["library Apply"]);
    await objects.patch(configMap("two"), undefined, undefined, "library", true, PatchStrategy.ServerSideApply);
    const api = config.makeApiClient(CoreV1Api);
    const { items } = await api.listNamespacedConfigMap({ namespace: NAMESPACE, labelSelector: "by=library" });
    expect(items.map((item) => item.data)).toEqual([{ key: "two" }]);
    await api.deleteNamespacedConfigMap({ name: "a", namespace: NAMESPACE });
    await complete;
    request.abort();
    expect(seen).toEqual(["ADDED one", "MODIFIED two", "DELETED two"]);
  });

  it("gets the API's own errors", async () => {
    const reading = config.makeApiClient(CoreV1Api).readNamespacedConfigMap({ name: "absent", namespace: NAMESPACE });
    await expect(reading).rejects.toMatchObject({ code: 404 });
  });
});
