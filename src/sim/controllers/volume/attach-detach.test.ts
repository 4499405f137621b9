import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import { OUT_OF_SERVICE } from "../node/node-taints.ts";
import type { Node, Pod } from "../shapes.ts";
import { addNode } from "../testing/pod-runner.ts";
import { eventsAbout } from "../testing/workloads.ts";
import { timingsFor } from "../timings.ts";
import { attachDetachController } from "./attach-detach.ts";

let cluster: TestCluster;
const attachedTo = (): string[] => cluster.client.list("storage.k8s.io/volumeattachments").map(({ spec, status }) => `${spec.nodeName}${status?.attached ? "" : " (pending)"}`);

function pod(name: string, nodeName: string, isRunning = true): void {
  const { client } = cluster;
  client.create("pods", { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default" }, spec: { nodeName, containers: [{ name: "web", image: "ghcr.io/example/web:1" }], volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] } });
  if (!isRunning) return;
  const created = client.get<Pod>("pods", "default", name)!;
  client.updateStatus<Pod>("pods", { ...created, status: { ...created.status, phase: "Running", containerStatuses: [{ name: "web", image: "", imageID: "", ready: true, restartCount: 0, state: { running: { startedAt: "2026-01-01T00:00:00Z" } } } as never] } });
}

function silence(name: string, mounted: boolean): void {
  const node = cluster.client.get<Node>("nodes", undefined, name)!;
  const volumesInUse = mounted ? ["kubernetes.io/csi/driver.longhorn.io^vol-1"] : [];
  cluster.client.updateStatus<Node>("nodes", { ...node, status: { ...node.status, volumesInUse, conditions: [{ type: "Ready", status: "Unknown", lastTransitionTime: "2026-01-01T00:00:00Z" }] } });
}

beforeEach(() => {
  cluster = createTestCluster();
  const { client } = cluster;
  addNode(client, "pi1");
  addNode(client, "pi2");
  client.create("persistentvolumeclaims", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace: "default" }, spec: { accessModes: ["ReadWriteOnce"], volumeName: "pvc-1", storageClassName: "longhorn", resources: { requests: { storage: "1Gi" } } } });
  client.create("persistentvolumes", { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "pvc-1" }, spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "longhorn", csi: { driver: "driver.longhorn.io", volumeHandle: "vol-1" }, claimRef: { namespace: "default", name: "data" } } });
  cluster.start(attachDetachController(timingsFor(36)));
  pod("one", "pi1");
  cluster.run(5_000);
});

describe("an attachable volume", () => {
  it("is attached to the node of its pod", () => {
    expect(attachedTo()).toEqual(["pi1"]);
    expect(cluster.client.list("storage.k8s.io/volumeattachments")[0]!.metadata.name).toMatch(/^csi-[0-9a-f]{64}$/);
    expect(cluster.client.get<Node>("nodes", undefined, "pi1")!.status!.volumesAttached).toEqual([{ name: "kubernetes.io/csi/driver.longhorn.io^vol-1", devicePath: "" }]);
    expect(eventsAbout(cluster.client, "Pod", "one")[0]).toBe('SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "pvc-1" ');
  });

  it("is attached by whoever finds it begun: control loops that start anew know nothing of it", () => {
    const [attachment] = cluster.client.list("storage.k8s.io/volumeattachments");
    cluster.client.updateStatus("storage.k8s.io/volumeattachments", { ...attachment!, status: { attached: false } });
    expect(attachedTo()).toEqual(["pi1 (pending)"]);
    cluster.run(5_000);
    expect(attachedTo()).toEqual(["pi1"]);
  });

  it("moves with its pod", () => {
    cluster.client.delete("pods", "default", "one", { gracePeriodSeconds: 0 });
    pod("two", "pi2");
    cluster.run(5_000);
    expect(attachedTo()).toEqual(["pi2"]);
  });

  it("stays on a dead node for as long as the pod object is there, whatever time passes", () => {
    silence("pi1", true);
    cluster.client.delete("pods", "default", "one");
    pod("two", "pi2", false);
    cluster.run(3_600_000);
    expect(attachedTo()).toEqual(["pi1"]);
    expect(eventsAbout(cluster.client, "Pod", "two")[0]).toMatch(/^FailedAttachVolume: Multi-Attach error for volume "pvc-1" Volume is already used by pod\(s\) one/);
  });

  it("is taken from a dead node six minutes after the pod was deleted by force", () => {
    silence("pi1", true);
    cluster.client.delete("pods", "default", "one", { gracePeriodSeconds: 0 });
    pod("two", "pi2", false);
    cluster.run(350_000);
    expect(attachedTo()).toEqual(["pi1"]);
    expect(eventsAbout(cluster.client, "Pod", "two")[0]).toMatch(/Volume is already exclusively attached to one node and can't be attached to another/);
    cluster.run(20_000);
    expect(attachedTo()).toEqual(["pi2"]);
  });

  it("is taken at once from a node that is out of service", () => {
    silence("pi1", true);
    cluster.client.delete("pods", "default", "one", { gracePeriodSeconds: 0 });
    cluster.client.patch("nodes", undefined, "pi1", { spec: { taints: [{ key: OUT_OF_SERVICE, effect: "NoExecute" }] } });
    pod("two", "pi2", false);
    cluster.run(5_000);
    expect(attachedTo()).toEqual(["pi2"]);
  });
});

describe("an attachment that somebody else made", () => {
  it("stays, whether its volume exists or not", () => {
    const { client } = cluster;
    for (const [name, persistentVolumeName] of [["mine", "nowhere"], ["mine-too", "pvc-1"]]) {
      client.create("storage.k8s.io/volumeattachments", { apiVersion: "storage.k8s.io/v1", kind: "VolumeAttachment", metadata: { name: name! }, spec: { attacher: "driver.longhorn.io", nodeName: "pi2", source: { persistentVolumeName } } });
    }
    cluster.run(60_000);
    expect(attachedTo().sort()).toEqual(["pi1", "pi2 (pending)", "pi2 (pending)"]);
  });
});

describe("an attachment that somebody else takes away", () => {
  const takeAway = (): void => {
    const { client } = cluster;
    client.delete("storage.k8s.io/volumeattachments", undefined, client.list("storage.k8s.io/volumeattachments")[0]!.metadata.name);
  };

  // The cluster has run for 5 s: the first look is at 60 s.
  it("counts as attached until the next look, each minute (attach-detach-reconcile-sync-period); then the next pod has its volume", () => {
    silence("pi1", true);
    cluster.client.delete("pods", "default", "one", { gracePeriodSeconds: 0 });
    pod("two", "pi2", false);
    takeAway();
    cluster.run(50_000);
    expect(attachedTo()).toEqual([]);
    expect(eventsAbout(cluster.client, "Pod", "two")[0]).toMatch(/^FailedAttachVolume: Multi-Attach error/);
    cluster.run(7_000);
    expect(attachedTo()).toEqual(["pi2"]);
    expect(cluster.client.get<Node>("nodes", undefined, "pi1")!.status!.volumesAttached).toBeUndefined();
  });

  it("is made again then where its pod is still there", () => {
    takeAway();
    cluster.run(50_000);
    expect(attachedTo()).toEqual([]);
    cluster.run(7_000);
    expect(attachedTo()).toEqual(["pi1"]);
  });
});
