/** Ceph by Rook: volumes from the storage disks of several machines. */
import type { Homelab, Machine } from "../../config/homelab.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { FootprintWorkload } from "../footprint.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { componentVersion } from "../versions.ts";
import { nodes, pinnedChart, type Component } from "./component.ts";
import { classesOf, renderClasses, usesStorage } from "./storage-class.ts";

const AT = ["platform", "storage"];
const NAMESPACE = "rook-ceph";
const CEPH_IMAGE = "quay.io/ceph/ceph:v19.2.3";

/** What each daemon asks for. A store daemon sizes its cache by its memory; 2 GiB is the least that Ceph's documentation calls workable. */
const RESOURCES = { mon: { cpu: "250m", memory: "512Mi" }, mgr: { cpu: "250m", memory: "512Mi" }, osd: { cpu: "500m", memory: "2Gi" } };

function storageMachines(homelab: Homelab): Machine[] {
  return Object.values(homelab.machines).filter((machine) => machine.disks.some((disk) => disk.use === "storage"));
}

/** Monitors need a majority: three, or one where there are fewer machines. */
function monCount(homelab: Homelab): number {
  return nodes(homelab).length >= 3 ? 3 : 1;
}

function render(homelab: Homelab): RenderedObject[] {
  const labels = componentLabels("rook-ceph");
  const disks = storageMachines(homelab);
  const cluster: KubeObject = {
    apiVersion: "ceph.rook.io/v1",
    kind: "CephCluster",
    metadata: { name: "rook-ceph", namespace: NAMESPACE, labels },
    spec: {
      cephVersion: { image: CEPH_IMAGE },
      dataDirHostPath: "/var/lib/rook",
      mon: { count: monCount(homelab), allowMultiplePerNode: false },
      mgr: { count: monCount(homelab) > 1 ? 2 : 1, allowMultiplePerNode: false },
      dashboard: { enabled: false },
      crashCollector: { disable: true },
      resources: { mon: { requests: RESOURCES.mon }, mgr: { requests: RESOURCES.mgr }, osd: { requests: RESOURCES.osd } },
      storage: disks.length === 0
        ? { useAllNodes: true, useAllDevices: true }
        : {
          useAllNodes: false,
          useAllDevices: false,
          nodes: disks.map((machine) => {
            const named = machine.disks.filter((disk) => disk.use === "storage" && disk.device !== undefined);
            return { name: machine.hostname, ...(named.length > 0 ? { devices: named.map((disk) => ({ name: disk.device ?? "" })) } : { useAllDevices: true }) };
          }),
        },
    },
  };
  const pools = classesOf(homelab, "ceph").map((storageClass) => rendered(["platform", "storage", "classes", storageClass.name], {
    apiVersion: "ceph.rook.io/v1",
    kind: "CephBlockPool",
    metadata: { name: storageClass.name, namespace: NAMESPACE, labels },
    spec: { failureDomain: "host", replicated: { size: storageClass.replicas, requireSafeReplicaSize: storageClass.replicas > 1 } },
  }));
  return [rendered(AT, cluster), ...pools, ...renderClasses(homelab, "ceph", "rook-ceph")];
}

export const rookCeph: Component = {
  name: "rook-ceph",
  summary: "Ceph: volumes from the storage disks of several machines",
  at: AT,
  isUsed: (homelab) => usesStorage(homelab, "ceph"),
  install: () => "chart",
  objects: render,
  charts: () => [pinnedChart("rook-ceph", AT, NAMESPACE, {})],
  footprint(homelab) {
    const version = componentVersion("rook-ceph").app;
    const daemon = (name: string, app: string, requests: { cpu: string; memory: string }, extra: Record<string, string>): FootprintWorkload => ({ kind: "Deployment", namespace: NAMESPACE, name, labels: { app, rook_cluster: NAMESPACE, ...extra }, containers: [{ name: app.replace("rook-ceph-", ""), image: CEPH_IMAGE, ...requests }] });
    // As `allowMultiplePerNode: false` has it.
    const apart = (workload: FootprintWorkload): FootprintWorkload => ({ ...workload, apart: { app: workload.labels["app"] ?? "" } });
    const letter = (index: number) => String.fromCharCode(97 + index);
    const osds = storageMachines(homelab).flatMap((machine) => machine.disks.filter((disk) => disk.use === "storage").map(() => machine.hostname));
    return {
      workloads: [
        { kind: "Deployment", namespace: NAMESPACE, name: "rook-ceph-operator", labels: { app: "rook-ceph-operator" }, serviceAccount: "rook-ceph-system", containers: [{ name: "rook-ceph-operator", image: `docker.io/rook/ceph:${version}`, cpu: "200m", memory: "128Mi", memoryLimit: "512Mi" }] },
        ...Array.from({ length: monCount(homelab) }, (_, index) => apart(daemon(`rook-ceph-mon-${letter(index)}`, "rook-ceph-mon", RESOURCES.mon, { mon: letter(index) }))),
        ...Array.from({ length: monCount(homelab) > 1 ? 2 : 1 }, (_, index) => apart(daemon(`rook-ceph-mgr-${letter(index)}`, "rook-ceph-mgr", RESOURCES.mgr, { mgr: letter(index) }))),
        ...osds.map((hostname, index) => ({ ...daemon(`rook-ceph-osd-${index}`, "rook-ceph-osd", RESOURCES.osd, { "ceph-osd-id": String(index) }), nodeSelector: { "kubernetes.io/hostname": hostname } })),
        { kind: "DaemonSet", namespace: NAMESPACE, name: "csi-rbdplugin", labels: { app: "csi-rbdplugin" }, serviceAccount: "rook-csi-rbd-plugin-sa", hostNetwork: true, priorityClass: "system-node-critical", containers: [{ name: "driver-registrar", image: "registry.k8s.io/sig-storage/csi-node-driver-registrar:v2.15.0", cpu: "50m", memory: "128Mi" }, { name: "csi-rbdplugin", image: "quay.io/cephcsi/cephcsi:v3.15.0", cpu: "250m", memory: "512Mi" }] },
        { kind: "Deployment", namespace: NAMESPACE, name: "csi-rbdplugin-provisioner", replicas: Math.min(2, nodes(homelab).length), labels: { app: "csi-rbdplugin-provisioner" }, serviceAccount: "rook-csi-rbd-provisioner-sa", priorityClass: "system-cluster-critical", containers: [{ name: "csi-provisioner", image: "registry.k8s.io/sig-storage/csi-provisioner:v5.3.0", cpu: "100m", memory: "128Mi" }, { name: "csi-rbdplugin", image: "quay.io/cephcsi/cephcsi:v3.15.0", cpu: "250m", memory: "512Mi" }] },
      ],
      objects: [{ apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", metadata: { name: "rook-ceph.rbd.csi.ceph.com" }, spec: { attachRequired: true, fsGroupPolicy: "File" } }],
    };
  },
  crds: ["rook-ceph"],
};
