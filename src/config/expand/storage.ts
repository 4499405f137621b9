/** Storage classes. */
import type { z } from "zod";
import type { Storage, StorageClass, StorageKind } from "../homelab.ts";
import type { platform as platformSchema } from "../schema/platform.ts";
import { mapNamed, type Expansion } from "./expansion.ts";

type StorageInput = NonNullable<z.input<typeof platformSchema>["storage"]>;
type ClassInput = Exclude<NonNullable<Exclude<StorageInput, string>["classes"]>[string], string>;

export interface StorageContext {
  readonly distribution: "k3s" | "kubeadm";
  /** Machines that run pods, and so can hold copies. */
  readonly workerCount: number;
}

/** Copies that each kind keeps: their own defaults. */
const COPIES: Readonly<Record<StorageKind, number>> = { "local-path": 1, nfs: 1, longhorn: 3, ceph: 3, linstor: 2 };

export function expandStorage(written: StorageInput | undefined, context: StorageContext, e: Expansion): Storage {
  const path = ["platform", "storage"];
  const input = typeof written === "string" ? { default: written, classes: { [written]: { kind: written } } } : (written ?? {});
  const standard = { "local-path": { kind: "local-path" as const } };
  if (input.classes === undefined) e.note([...path, "classes", "local-path", "kind"], "local-path", context.distribution === "k3s" ? "k3s brings it" : "it needs nothing but the machines' own disks");
  const classes = mapNamed<ClassInput | string, StorageClass>(input.classes ?? standard, (name, one) => expandClass(name, typeof one === "string" ? { kind: one as StorageKind } : one, context, e));
  const first = Object.keys(classes)[0] ?? "local-path";
  return { default: e.or([...path, "default"], input.default, first, Object.keys(classes).length > 1 ? "the first class" : "the only class"), classes };
}

function expandClass(name: string, input: ClassInput, context: StorageContext, e: Expansion): StorageClass {
  const path = ["platform", "storage", "classes", name];
  const copies = Math.max(1, Math.min(COPIES[input.kind], context.workerCount));
  const isCopying = COPIES[input.kind] > 1;
  const localPath = context.distribution === "k3s" ? "/var/lib/rancher/k3s/storage" : "/opt/local-path-provisioner";
  return {
    name,
    kind: input.kind,
    path: input.kind === "local-path" ? e.or([...path, "path"], input.path, localPath, "the provisioner's own default") : undefined,
    server: input.server,
    share: input.share,
    replicas: isCopying ? e.or([...path, "replicas"], input.replicas, copies, copies < COPIES[input.kind] ? `there are ${context.workerCount} machines to hold copies` : `${input.kind}'s own default`) : 1,
    reclaim: e.or<StorageClass["reclaim"]>([...path, "reclaim"], input.reclaim, "Delete", "the provisioners' own default"),
  };
}
