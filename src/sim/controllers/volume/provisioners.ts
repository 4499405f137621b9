/** What is known of storage by its provisioner's name: where its volumes live, who can use them at once, how they look. */
import type { Claim } from "../shapes.ts";
import type { PersistentVolume, StorageClass } from "./volume-shape.ts";

export interface Provisioner {
  /** Labels of its pods; where such pods exist, one must be ready for anything to be made. */
  podLabels: Readonly<Record<string, string>>;
  /** The volume is a directory of one node: it can be used there only. */
  isNodeLocal: boolean;
  /** The volume is attached to a node before it is mounted (VolumeAttachment). */
  isAttachable: boolean;
  mayGrow: boolean;
  /** From asked to made. */
  provisionMs: number;
  source(volumeName: string, claim: Claim, storageClass: StorageClass): Partial<PersistentVolume["spec"]>;
}

function csi(driver: string, podLabels: Record<string, string>, isAttachable: boolean): Provisioner {
  return {
    podLabels,
    isNodeLocal: false,
    isAttachable,
    mayGrow: true,
    provisionMs: 2_000,
    source: (volumeName, _claim, { parameters = {} }) => ({
      csi: {
        driver,
        volumeHandle: volumeName,
        fsType: isAttachable ? "ext4" : undefined,
        volumeAttributes: Object.fromEntries(Object.entries(parameters).filter(([key]) => !key.startsWith("csi.storage.k8s.io/"))),
      },
    }),
  };
}

function directory(base: string, podLabels: Record<string, string>, provisionMs: number): Provisioner {
  return {
    podLabels,
    isNodeLocal: true,
    isAttachable: false,
    mayGrow: false,
    provisionMs,
    // local-path names the directory after volume, namespace and claim.
    source: (volumeName, { metadata }) => ({ hostPath: { path: `${base}/${volumeName}_${metadata.namespace}_${metadata.name}`, type: "DirectoryOrCreate" } }),
  };
}

function nfs(podLabels: Record<string, string>): Provisioner {
  return {
    podLabels,
    isNodeLocal: false,
    isAttachable: false,
    mayGrow: true,
    provisionMs: 1_000,
    source: (volumeName, { metadata }, { parameters = {} }) => ({
      nfs: { server: parameters["server"] ?? "nfs-server", path: `${parameters["share"] ?? parameters["path"] ?? "/exports"}/${metadata.namespace}-${metadata.name}-${volumeName}` },
    }),
  };
}

export const PROVISIONERS: Readonly<Record<string, Provisioner>> = {
  // k3s makes a helper pod per volume: seconds, not milliseconds.
  "rancher.io/local-path": directory("/var/lib/rancher/k3s/storage", { app: "local-path-provisioner" }, 3_000),
  "openebs.io/local": directory("/var/openebs/local", { "openebs.io/component-name": "openebs-localpv-provisioner" }, 3_000),
  "k8s-sigs.io/nfs-subdir-external-provisioner": nfs({ app: "nfs-subdir-external-provisioner" }),
  "cluster.local/nfs-subdir-external-provisioner": nfs({ app: "nfs-subdir-external-provisioner" }),
  "nfs.csi.k8s.io": csi("nfs.csi.k8s.io", { app: "csi-nfs-controller" }, false),
  "smb.csi.k8s.io": csi("smb.csi.k8s.io", { app: "csi-smb-controller" }, false),
  "driver.longhorn.io": csi("driver.longhorn.io", { app: "csi-provisioner" }, true),
  "rook-ceph.rbd.csi.ceph.com": csi("rook-ceph.rbd.csi.ceph.com", { app: "csi-rbdplugin-provisioner" }, true),
  "rook-ceph.cephfs.csi.ceph.com": csi("rook-ceph.cephfs.csi.ceph.com", { app: "csi-cephfsplugin-provisioner" }, false),
  "linstor.csi.linbit.com": csi("linstor.csi.linbit.com", { "app.kubernetes.io/component": "linstor-csi-controller" }, true),
  "csi.proxmox.sinextra.dev": csi("csi.proxmox.sinextra.dev", { "app.kubernetes.io/name": "proxmox-csi-plugin" }, true),
};
