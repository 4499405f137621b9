/** Longhorn: volumes copied over several machines. */
import type { Homelab } from "../../config/homelab.ts";
import type { FootprintWorkload } from "../footprint.ts";
import { componentVersion } from "../versions.ts";
import { pinnedChart, type Component } from "./component.ts";
import { classesOf, renderClasses, usesStorage } from "./storage-class.ts";

const AT = ["platform", "storage"];
const NAMESPACE = "longhorn-system";

const NODE_DOWN_POLICY = "delete-both-statefulset-and-deployment-pod";

/** More copies than one for each of Longhorn's own helpers only in a cluster that can spread them. */
function helperCount(homelab: Homelab): number {
  return Math.min(3, Math.max(1, Object.values(homelab.machines).filter((machine) => machine.roles.includes("worker")).length));
}

export const longhorn: Component = {
  name: "longhorn",
  summary: "volumes copied over several machines",
  at: AT,
  isUsed: (homelab) => usesStorage(homelab, "longhorn"),
  install: () => "chart",
  objects: (homelab) => renderClasses(homelab, "longhorn", "longhorn"),
  charts(homelab) {
    const count = helperCount(homelab);
    const copies = Math.max(...classesOf(homelab, "longhorn").map((storageClass) => storageClass.replicas));
    return [pinnedChart("longhorn", AT, NAMESPACE, {
      // Our own StorageClass says which class is the default.
      persistence: { defaultClass: false, defaultClassReplicaCount: copies },
      csi: { attacherReplicaCount: count, provisionerReplicaCount: count, resizerReplicaCount: count, snapshotterReplicaCount: count },
      defaultSettings: {
        defaultReplicaCount: copies,
        // A pod on a machine that is down is deleted, so that its volume can be attached elsewhere: the default leaves it stuck for ever.
        nodeDownPodDeletionPolicy: NODE_DOWN_POLICY,
      },
    })];
  },
  footprint(homelab) {
    const version = componentVersion("longhorn").app;
    const count = helperCount(homelab);
    const deployment = (name: string, image: string, replicas: number): FootprintWorkload => ({ kind: "Deployment", namespace: NAMESPACE, name, replicas, labels: { app: name }, serviceAccount: "longhorn-service-account", containers: [{ name, image }] });
    return {
      workloads: [
        { kind: "DaemonSet", namespace: NAMESPACE, name: "longhorn-manager", labels: { app: "longhorn-manager" }, serviceAccount: "longhorn-service-account", containers: [{ name: "longhorn-manager", image: `longhornio/longhorn-manager:${version}`, ports: [{ name: "manager", port: 9500 }], ready: { path: "/v1/healthz", port: 9501 } }] },
        { kind: "DaemonSet", namespace: NAMESPACE, name: "longhorn-csi-plugin", labels: { app: "longhorn-csi-plugin" }, serviceAccount: "longhorn-service-account", containers: [{ name: "longhorn-csi-plugin", image: `longhornio/longhorn-manager:${version}` }] },
        { kind: "DaemonSet", namespace: NAMESPACE, name: "engine-image-ei-kubernest", labels: { "longhorn.io/component": "engine-image" }, serviceAccount: "longhorn-service-account", containers: [{ name: "engine-image", image: `longhornio/longhorn-engine:${version}` }] },
        // Longhorn makes one instance manager pod a node and reserves 12 % of its cores for it: a quarter core on a four-core machine.
        { kind: "DaemonSet", namespace: NAMESPACE, name: "instance-manager", labels: { "longhorn.io/component": "instance-manager" }, serviceAccount: "longhorn-service-account", containers: [{ name: "instance-manager", image: `longhornio/longhorn-instance-manager:${version}`, cpu: "480m" }] },
        deployment("longhorn-driver-deployer", `longhornio/longhorn-manager:${version}`, 1),
        deployment("longhorn-ui", `longhornio/longhorn-ui:${version}`, 1),
        deployment("csi-attacher", "longhornio/csi-attacher:v4.10.0", count),
        deployment("csi-provisioner", "longhornio/csi-provisioner:v5.3.0", count),
        deployment("csi-resizer", "longhornio/csi-resizer:v1.14.0", count),
        deployment("csi-snapshotter", "longhornio/csi-snapshotter:v8.4.0", count),
      ],
      objects: [
        // As the manager makes it of the chart's value.
        { apiVersion: "longhorn.io/v1beta2", kind: "Setting", metadata: { name: "node-down-pod-deletion-policy", namespace: NAMESPACE }, value: NODE_DOWN_POLICY },
        { apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", metadata: { name: "driver.longhorn.io" }, spec: { attachRequired: true, podInfoOnMount: true, fsGroupPolicy: "ReadWriteOnceWithFSType" } },
      ],
    };
  },
  crds: ["longhorn"],
};
