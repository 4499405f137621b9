import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import type { Claim } from "../shapes.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { eventsAbout, podTemplate } from "../testing/workloads.ts";
import { persistentVolumeController } from "./persistent-volume.ts";
import { claimProtectionController, volumeProtectionController } from "./protection.ts";
import { provisionerController } from "./provisioner.ts";
import type { PersistentVolume } from "./volume-shape.ts";

let cluster: TestCluster;
const claim = (name = "data"): Claim => cluster.client.get<Claim>("persistentvolumeclaims", "default", name)!;
const volumes = (): readonly PersistentVolume[] => cluster.client.list<PersistentVolume>("persistentvolumes");

function createClaim(spec: object = {}, name = "data"): void {
  cluster.client.create("persistentvolumeclaims", {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
  });
}

function createVolume(name: string, storage: string, spec: object = {}): void {
  cluster.client.create("persistentvolumes", {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: { capacity: { storage }, accessModes: ["ReadWriteOnce"], hostPath: { path: `/mnt/${name}` }, ...spec },
  });
}

function createClass(name: string, provisioner: string, extra: object = {}): void {
  cluster.client.create("storage.k8s.io/storageclasses", { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name }, provisioner, ...extra });
}

beforeEach(() => {
  cluster = createTestCluster();
  addNode(cluster.client, "pi1");
  for (const reconciler of [persistentVolumeController, provisionerController(), claimProtectionController, volumeProtectionController]) cluster.start(reconciler);
});

describe("static binding", () => {
  it("takes the smallest volume that suits, and releases it with the claim", () => {
    createVolume("large", "10Gi");
    createVolume("small", "2Gi");
    createVolume("tiny", "500Mi");
    createClaim();
    cluster.run(1_000);
    expect(claim().spec.volumeName).toBe("small");
    expect(claim().status).toMatchObject({ phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "2Gi" } });
    expect(claim().metadata.annotations).toMatchObject({ "pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes" });
    expect(cluster.client.get<PersistentVolume>("persistentvolumes", undefined, "small")).toMatchObject({ spec: { claimRef: { namespace: "default", name: "data", uid: claim().metadata.uid } }, status: { phase: "Bound" } });
    cluster.client.delete("persistentvolumeclaims", "default", "data");
    cluster.run(1_000);
    // Retain, the default of a hand-made volume: its data is kept for a person to look at.
    expect(cluster.client.get<PersistentVolume>("persistentvolumes", undefined, "small")!.status?.phase).toBe("Released");
    createClaim({}, "next");
    cluster.run(1_000);
    expect(claim("next").spec.volumeName).toBe("large");
  });

  it("waits, and says so, when there is none", () => {
    createClaim({ storageClassName: "" });
    cluster.run(1_000);
    expect(claim().status?.phase).toBe("Pending");
    expect(eventsAbout(cluster.client, "PersistentVolumeClaim", "data")[0]).toMatch(/^FailedBinding: no persistent volumes available for this claim and no storage class is set/);
    createVolume("late", "1Gi");
    cluster.run(1_000);
    expect(claim().status?.phase).toBe("Bound");
  });

  it("loses a claim whose volume is taken away", () => {
    createVolume("only", "1Gi");
    createClaim();
    cluster.run(1_000);
    cluster.client.patch("persistentvolumes", undefined, "only", { metadata: { finalizers: null } });
    cluster.client.patch("persistentvolumes", undefined, "only", { spec: { claimRef: null } });
    cluster.run(1_000);
    expect(claim().status?.phase).toBe("Bound");
  });
});

describe("local-path", () => {
  beforeEach(() => createClass("local-path", "rancher.io/local-path", { volumeBindingMode: "WaitForFirstConsumer", reclaimPolicy: "Delete" }));

  it("makes the volume on the node that the scheduler chose, and for that node only", () => {
    createClaim({ storageClassName: "local-path" });
    cluster.run(10_000);
    expect(claim().status?.phase).toBe("Pending");
    expect(eventsAbout(cluster.client, "PersistentVolumeClaim", "data")[0]).toMatch(/^WaitForFirstConsumer: waiting for first consumer to be created before binding/);
    cluster.client.patch("persistentvolumeclaims", "default", "data", { metadata: { annotations: { "volume.kubernetes.io/selected-node": "pi1" } } });
    cluster.run(10_000);
    const name = `pvc-${claim().metadata.uid}`;
    expect(claim()).toMatchObject({ spec: { volumeName: name }, status: { phase: "Bound", capacity: { storage: "1Gi" } } });
    expect(volumes()[0]).toMatchObject({
      metadata: { name, annotations: { "pv.kubernetes.io/provisioned-by": "rancher.io/local-path", "local.path.provisioner/selected-node": "pi1" } },
      spec: {
        storageClassName: "local-path",
        persistentVolumeReclaimPolicy: "Delete",
        hostPath: { path: `/var/lib/rancher/k3s/storage/${name}_default_data`, type: "DirectoryOrCreate" },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["pi1"] }] }] } },
      },
    });
    expect(eventsAbout(cluster.client, "PersistentVolumeClaim", "data").slice(-2)).toEqual([
      'Provisioning: External provisioner is provisioning volume for claim "default/data"',
      `ProvisioningSucceeded: Successfully provisioned volume ${name}`,
    ]);
  });

  it("deletes the volume with the claim, but not while a pod uses it", () => {
    runPods(cluster);
    createClaim({ storageClassName: "local-path" });
    cluster.client.patch("persistentvolumeclaims", "default", "data", { metadata: { annotations: { "volume.kubernetes.io/selected-node": "pi1" } } });
    const { containers } = podTemplate("web").spec as { containers: object[] };
    cluster.client.create("pods", { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "default" }, spec: { containers, volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] } });
    cluster.run(10_000);
    cluster.client.delete("persistentvolumeclaims", "default", "data");
    cluster.run(60_000);
    expect(claim().metadata.deletionTimestamp).toBeDefined();
    cluster.client.delete("pods", "default", "web");
    cluster.run(60_000);
    expect(claim()).toBeUndefined();
    expect(volumes()).toEqual([]);
  });
});

describe("a shared class", () => {
  it("provisions at once and grows", () => {
    createClass("nfs", "nfs.csi.k8s.io", { allowVolumeExpansion: true, parameters: { server: "nas.maison.example", share: "/volume1" } });
    createClaim({ storageClassName: "nfs", accessModes: ["ReadWriteMany"] });
    cluster.run(10_000);
    expect(claim().status?.phase).toBe("Bound");
    expect(volumes()[0]!.spec.csi).toMatchObject({ driver: "nfs.csi.k8s.io", volumeAttributes: { server: "nas.maison.example" } });
    cluster.client.patch("persistentvolumeclaims", "default", "data", { spec: { resources: { requests: { storage: "5Gi" } } } });
    cluster.run(10_000);
    expect(claim().status?.capacity).toEqual({ storage: "5Gi" });
    expect(volumes()[0]!.spec.capacity).toEqual({ storage: "5Gi" });
  });

  it("does nothing for a provisioner that nobody runs", () => {
    createClass("cloud", "ebs.csi.aws.com");
    createClaim({ storageClassName: "cloud" });
    cluster.run(60_000);
    expect(claim().status?.phase).toBe("Pending");
    expect(eventsAbout(cluster.client, "PersistentVolumeClaim", "data")[0]).toMatch(/^ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com'/);
  });
});
