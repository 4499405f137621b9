/**
 * What drivers say of the room that they have: a CSIStorageCapacity for each class and node, which the scheduler asks before it lets a volume be made there
 * (external-provisioner with `--enable-capacity`). Only for drivers whose CSIDriver has `storageCapacity`.
 */
import { fnv32a } from "../../../lib/fnv32.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { hostsOf, STORAGE_DRIVERS } from "../../storage/drivers.ts";
import type { Reconciler, Upkeep } from "../reconciler.ts";
import type { Node, Pod } from "../shapes.ts";
import { CLASSES, type StorageClass } from "./volume-shape.ts";

const CAPACITIES = "storage.k8s.io/csistoragecapacities";
const HOSTNAME = "kubernetes.io/hostname";
/** `--capacity-poll-interval`. */
const POLL_MS = 60_000;
/** Until the driver runs somewhere. */
const RETRY_MS = 5_000;

export const csiCapacityController: Reconciler = {
  name: "csi-capacity",
  watches: [{ type: CLASSES }],
  sync(name, { client }): Upkeep | undefined {
    const storageClass = client.get<StorageClass>(CLASSES, undefined, name);
    const driver = storageClass === undefined ? undefined : STORAGE_DRIVERS[storageClass.provisioner];
    if (storageClass === undefined || driver === undefined || client.get("storage.k8s.io/csidrivers", undefined, storageClass.provisioner)?.["spec"]?.storageCapacity !== true) return undefined;
    const namespace = client.list<Pod>("pods", { labels: driver.podLabels })[0]?.metadata.namespace;
    const hosts = hostsOf(driver, client);
    if (namespace === undefined || hosts.length === 0) return { upkeepMs: RETRY_MS };
    for (const host of hosts.sort()) {
      const node = client.get<Node>("nodes", undefined, host);
      const capacity = node?.status?.capacity?.["ephemeral-storage"];
      if (capacity === undefined) continue;
      const key = `csisc-${fnv32a(`${name}/${host}`).toString(16).padStart(8, "0")}`;
      if (client.get(CAPACITIES, namespace, key) !== undefined) continue;
      const object: KubeObject = { apiVersion: "storage.k8s.io/v1", kind: "CSIStorageCapacity", metadata: { name: key, namespace }, storageClassName: name, nodeTopology: { matchLabels: { [HOSTNAME]: node?.metadata.labels?.[HOSTNAME] ?? host } }, capacity };
      client.create(CAPACITIES, object);
    }
    return { upkeepMs: POLL_MS };
  },
};
