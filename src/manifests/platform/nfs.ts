/** Volumes as directories of an NFS export, by the CSI driver. */
import { componentVersion } from "../versions.ts";
import { pinnedChart, type Component } from "./component.ts";
import { renderClasses, usesStorage } from "./storage-class.ts";

const AT = ["platform", "storage"];
const SMALL = { cpu: "10m", memory: "20Mi" };

export const nfs: Component = {
  name: "csi-driver-nfs",
  summary: "volumes as directories of an NFS server",
  at: AT,
  isUsed: (homelab) => usesStorage(homelab, "nfs"),
  install: () => "chart",
  objects: (homelab) => renderClasses(homelab, "nfs", "csi-driver-nfs"),
  charts: () => [pinnedChart("nfs", AT, "kube-system", {}, "csi-driver-nfs")],
  footprint: () => {
    const image = `registry.k8s.io/sig-storage/nfsplugin:${componentVersion("nfs").app}`;
    const labels = (app: string) => ({ app, "app.kubernetes.io/name": "csi-driver-nfs", "app.kubernetes.io/instance": "csi-driver-nfs" });
    return {
      workloads: [
        {
          kind: "Deployment", namespace: "kube-system", name: "csi-nfs-controller", labels: labels("csi-nfs-controller"), serviceAccount: "csi-nfs-controller-sa", hostNetwork: true, tolerates: "control-plane", priorityClass: "system-cluster-critical",
          containers: [
            { name: "csi-provisioner", image: "registry.k8s.io/sig-storage/csi-provisioner:v5.3.0", ...SMALL, memoryLimit: "400Mi" },
            { name: "csi-resizer", image: "registry.k8s.io/sig-storage/csi-resizer:v1.14.0", ...SMALL, memoryLimit: "400Mi" },
            { name: "csi-snapshotter", image: "registry.k8s.io/sig-storage/csi-snapshotter:v8.3.0", ...SMALL, memoryLimit: "200Mi" },
            { name: "liveness-probe", image: "registry.k8s.io/sig-storage/livenessprobe:v2.17.0", ...SMALL, memoryLimit: "100Mi" },
            { name: "nfs", image, ...SMALL, memoryLimit: "200Mi" },
          ],
        },
        {
          kind: "DaemonSet", namespace: "kube-system", name: "csi-nfs-node", labels: labels("csi-nfs-node"), serviceAccount: "csi-nfs-node-sa", hostNetwork: true, tolerates: "all", priorityClass: "system-cluster-critical",
          containers: [
            { name: "liveness-probe", image: "registry.k8s.io/sig-storage/livenessprobe:v2.17.0", ...SMALL, memoryLimit: "100Mi" },
            { name: "node-driver-registrar", image: "registry.k8s.io/sig-storage/csi-node-driver-registrar:v2.15.0", ...SMALL, memoryLimit: "100Mi" },
            { name: "nfs", image, ...SMALL, memoryLimit: "300Mi" },
          ],
        },
      ],
      objects: [{ apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", metadata: { name: "nfs.csi.k8s.io" }, spec: { attachRequired: false, volumeLifecycleModes: ["Persistent"], fsGroupPolicy: "File" } }],
    };
  },
};
