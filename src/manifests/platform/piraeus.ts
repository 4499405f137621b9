/** LINSTOR by Piraeus: volumes mirrored by DRBD. */
import type { Homelab } from "../../config/homelab.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { componentVersion } from "../versions.ts";
import { pinnedChart, type Component } from "./component.ts";
import { renderClasses, usesStorage } from "./storage-class.ts";

const AT = ["platform", "storage"];
const NAMESPACE = "piraeus-datastore";
const POOL_DIRECTORY = "/var/lib/linstor-pools/pool";

function render(homelab: Homelab): RenderedObject[] {
  const labels = componentLabels("piraeus");
  const machines = Object.values(homelab.machines).filter((machine) => machine.disks.some((disk) => disk.use === "storage" && disk.device !== undefined));
  const devices = [...new Set(machines.flatMap((machine) => machine.disks.filter((disk) => disk.use === "storage").flatMap((disk) => disk.device ?? [])))];
  return [
    rendered(AT, { apiVersion: "piraeus.io/v1", kind: "LinstorCluster", metadata: { name: "linstorcluster", labels }, spec: {} }),
    rendered(AT, {
      apiVersion: "piraeus.io/v1", kind: "LinstorSatelliteConfiguration", metadata: { name: "storage-pool", labels },
      spec: {
        storagePools: [devices.length === 0
          ? { name: "pool", fileThinPool: { directory: POOL_DIRECTORY } }
          : { name: "pool", lvmThinPool: { volumeGroup: "vg1", thinPool: "thin" }, source: { hostDevices: devices } }],
      },
    }),
    ...renderClasses(homelab, "linstor", "piraeus"),
  ];
}

export const piraeus: Component = {
  name: "piraeus",
  summary: "LINSTOR: volumes mirrored by DRBD",
  at: AT,
  isUsed: (homelab) => usesStorage(homelab, "linstor"),
  install: () => "chart",
  objects: render,
  charts: () => [pinnedChart("piraeus", AT, NAMESPACE, { installCRDs: true }, "piraeus")],
  footprint: () => {
    const version = componentVersion("piraeus").app;
    const labels = (component: string) => ({ "app.kubernetes.io/name": "piraeus-datastore", "app.kubernetes.io/instance": "linstorcluster", "app.kubernetes.io/component": component });
    return {
      workloads: [
        { kind: "Deployment", namespace: NAMESPACE, name: "piraeus-operator-controller-manager", labels: { "app.kubernetes.io/name": "piraeus-datastore", "app.kubernetes.io/component": "piraeus-operator" }, serviceAccount: "piraeus-operator", containers: [{ name: "manager", image: `quay.io/piraeusdatastore/piraeus-operator:${version}` }] },
        { kind: "Deployment", namespace: NAMESPACE, name: "linstor-controller", labels: labels("linstor-controller"), serviceAccount: "linstor-controller", containers: [{ name: "linstor-controller", image: "quay.io/piraeusdatastore/piraeus-server:v1.32.3", ports: [{ name: "api", port: 3370 }], ready: { path: "/health", port: 3370 } }] },
        { kind: "DaemonSet", namespace: NAMESPACE, name: "linstor-satellite", labels: labels("linstor-satellite"), serviceAccount: "satellite", containers: [{ name: "linstor-satellite", image: "quay.io/piraeusdatastore/piraeus-server:v1.32.3", ports: [{ name: "linstor", port: 3366 }], ready: { tcp: 3366 } }, { name: "drbd-reactor", image: "quay.io/piraeusdatastore/drbd-reactor:v1.9.0" }] },
        { kind: "Deployment", namespace: NAMESPACE, name: "linstor-csi-controller", labels: labels("linstor-csi-controller"), serviceAccount: "linstor-csi-controller", containers: [{ name: "linstor-csi", image: "quay.io/piraeusdatastore/piraeus-csi:v1.10.2" }] },
        { kind: "DaemonSet", namespace: NAMESPACE, name: "linstor-csi-node", labels: labels("linstor-csi-node"), serviceAccount: "linstor-csi-node", containers: [{ name: "linstor-csi", image: "quay.io/piraeusdatastore/piraeus-csi:v1.10.2" }] },
        { kind: "DaemonSet", namespace: NAMESPACE, name: "ha-controller", labels: labels("ha-controller"), serviceAccount: "ha-controller", containers: [{ name: "ha-controller", image: "quay.io/piraeusdatastore/piraeus-ha-controller:v1.3.1", ports: [{ name: "healthz", port: 8000 }], ready: { path: "/healthz", port: 8000 } }] },
      ],
      objects: [{ apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", metadata: { name: "linstor.csi.linbit.com" }, spec: { attachRequired: true, podInfoOnMount: true, storageCapacity: true, fsGroupPolicy: "ReadWriteOnceWithFSType" } }],
    };
  },
  crds: ["piraeus"],
};
