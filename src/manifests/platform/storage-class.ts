/** StorageClasses of the homelab, each with its provisioner's own parameters. */
import type { IStorageClass } from "kubernetes-models/storage.k8s.io/v1/StorageClass";
import type { Homelab, StorageClass, StorageKind } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { isBundled } from "./component.ts";

export const DEFAULT_CLASS_ANNOTATION = "storageclass.kubernetes.io/is-default-class";

/** The class that k3s itself makes. */
export function isBundledClass(homelab: Homelab, storageClass: StorageClass): boolean {
  return storageClass.kind === "local-path" && storageClass.name === "local-path" && isBundled(homelab, "local-storage");
}

/** A site part's address where the class names one, else the address as it is written. */
function serverAddress(homelab: Homelab, server: string | undefined): string {
  return server === undefined ? "" : own(homelab.site, server)?.address ?? server;
}

function provisioner(homelab: Homelab, storageClass: StorageClass): Pick<IStorageClass, "provisioner" | "parameters" | "volumeBindingMode" | "allowVolumeExpansion" | "mountOptions"> {
  switch (storageClass.kind) {
    case "local-path":
      return { provisioner: "rancher.io/local-path", volumeBindingMode: "WaitForFirstConsumer", parameters: storageClass.path === undefined ? undefined : { nodePath: storageClass.path } };
    case "nfs":
      // hard: an application waits for the server instead of losing writes; noresvport lets a mount survive a changed source port.
      return { provisioner: "nfs.csi.k8s.io", volumeBindingMode: "Immediate", allowVolumeExpansion: true, parameters: { server: serverAddress(homelab, storageClass.server), share: storageClass.share ?? "/" }, mountOptions: ["nfsvers=4.1", "hard", "noresvport"] };
    case "longhorn":
      return { provisioner: "driver.longhorn.io", volumeBindingMode: "Immediate", allowVolumeExpansion: true, parameters: { numberOfReplicas: String(storageClass.replicas), staleReplicaTimeout: "30", fsType: "ext4" } };
    case "ceph":
      return {
        provisioner: "rook-ceph.rbd.csi.ceph.com", volumeBindingMode: "Immediate", allowVolumeExpansion: true,
        parameters: {
          clusterID: "rook-ceph", pool: storageClass.name, imageFormat: "2", imageFeatures: "layering", "csi.storage.k8s.io/fstype": "ext4",
          "csi.storage.k8s.io/provisioner-secret-name": "rook-csi-rbd-provisioner", "csi.storage.k8s.io/provisioner-secret-namespace": "rook-ceph",
          "csi.storage.k8s.io/controller-expand-secret-name": "rook-csi-rbd-provisioner", "csi.storage.k8s.io/controller-expand-secret-namespace": "rook-ceph",
          "csi.storage.k8s.io/node-stage-secret-name": "rook-csi-rbd-node", "csi.storage.k8s.io/node-stage-secret-namespace": "rook-ceph",
        },
      };
    case "linstor":
      return { provisioner: "linstor.csi.linbit.com", volumeBindingMode: "WaitForFirstConsumer", allowVolumeExpansion: true, parameters: { "linstor.csi.linbit.com/storagePool": "pool", "linstor.csi.linbit.com/placementCount": String(storageClass.replicas), "csi.storage.k8s.io/fstype": "ext4" } };
  }
}

/** The classes of one kind that we make; `all` also gives the bundled one, for rehearsals. */
export function renderClasses(homelab: Homelab, kind: StorageKind, component: string): RenderedObject[] {
  return classesOf(homelab, kind).filter((storageClass) => !isBundledClass(homelab, storageClass)).map((storageClass) =>
    rendered<IStorageClass>(["platform", "storage", "classes", storageClass.name], {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: storageClass.name, labels: componentLabels(component), annotations: homelab.platform.storage.default === storageClass.name ? { [DEFAULT_CLASS_ANNOTATION]: "true" } : undefined },
      reclaimPolicy: storageClass.reclaim,
      ...provisioner(homelab, storageClass),
    }));
}

export function classesOf(homelab: Homelab, kind: StorageKind): StorageClass[] {
  return Object.values(homelab.platform.storage.classes).filter((storageClass) => storageClass.kind === kind);
}

export function usesStorage(homelab: Homelab, kind: StorageKind): boolean {
  return classesOf(homelab, kind).length > 0;
}
