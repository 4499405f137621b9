/** A volume that is attached before it is mounted: without the controller's word nothing is mounted. */
import { beforeEach, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../testing/harness.ts";
import type { Pod } from "./pod.ts";
import { PodVolumes } from "./pod-volumes.ts";

let cluster: TestCluster;
const pod: Pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "default", uid: "1" }, spec: { nodeName: "pi2", containers: [{ name: "web", image: "nginx" }], volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] } } as never;
const mount = (): unknown => new PodVolumes(pod, cluster.client, { local: new Map(), shared: new Map() }, () => ({}) as never).mount();

function volume(driver: string): void {
  const { client } = cluster;
  client.create("persistentvolumeclaims", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace: "default" }, spec: { accessModes: ["ReadWriteOnce"], volumeName: "pvc-1", storageClassName: "x", resources: { requests: { storage: "1Gi" } } } });
  const claim = client.get("persistentvolumeclaims", "default", "data")!;
  client.updateStatus("persistentvolumeclaims", { ...claim, status: { phase: "Bound" } });
  client.create("persistentvolumes", { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "pvc-1" }, spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "x", csi: { driver, volumeHandle: "vol-1" }, claimRef: { namespace: "default", name: "data" } } });
}

function attach(nodeName: string): void {
  const { client } = cluster;
  client.create("storage.k8s.io/volumeattachments", { apiVersion: "storage.k8s.io/v1", kind: "VolumeAttachment", metadata: { name: `csi-${nodeName}` }, spec: { attacher: "driver.longhorn.io", nodeName, source: { persistentVolumeName: "pvc-1" } } });
  client.updateStatus("storage.k8s.io/volumeattachments", { ...client.get("storage.k8s.io/volumeattachments", undefined, `csi-${nodeName}`)!, status: { attached: true } });
}

beforeEach(() => {
  cluster = createTestCluster();
});

it("is waited for while it is attached elsewhere, and mounted once it is attached here", () => {
  volume("driver.longhorn.io");
  expect(mount()).toMatchObject({ isWait: true });
  attach("pi1");
  expect(mount()).toMatchObject({ isWait: true });
  attach("pi2");
  expect(mount()).toBeUndefined();
});

it("of a driver that attaches nothing is mounted at once", () => {
  volume("nfs.csi.k8s.io");
  expect(mount()).toBeUndefined();
});
