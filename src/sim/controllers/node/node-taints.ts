/** Taints that follow a node's conditions, and how the node controllers swap them (`node_lifecycle_controller.go`, `pkg/controller/util/node`). */
import { rfc3339 } from "../../../lib/rfc3339.ts";
import type { ControllerContext, Reconciler } from "../reconciler.ts";
import type { Node, Taint } from "../shapes.ts";

export const NOT_READY = "node.kubernetes.io/not-ready";
export const UNREACHABLE = "node.kubernetes.io/unreachable";
export const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";

/** condition → status → taint. */
const TAINT_OF_CONDITION: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: "node.kubernetes.io/memory-pressure" },
  DiskPressure: { True: "node.kubernetes.io/disk-pressure" },
  NetworkUnavailable: { True: "node.kubernetes.io/network-unavailable" },
  PIDPressure: { True: "node.kubernetes.io/pid-pressure" },
};
const OURS = new Set([UNSCHEDULABLE, ...Object.values(TAINT_OF_CONDITION).flatMap((byStatus) => Object.values(byStatus))]);

export const hasTaint = (node: Node | undefined, key: string, effect: Taint["effect"]): boolean =>
  node?.spec.taints?.some((taint) => taint.key === key && taint.effect === effect) ?? false;

/** Removes and adds in one write; added taints carry the time. True when something changed. */
export function swapTaints({ client, clock }: ControllerContext, nodeName: string, add: readonly Taint[], remove: readonly Taint[]): boolean {
  const node = client.get<Node>("nodes", undefined, nodeName);
  if (node === undefined) return false;
  if (add.length === 0 && (node.spec.taints ?? []).length === 0) return false;
  const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;
  const before = node.spec.taints ?? [];
  const kept = before.filter((taint) => !remove.some((other) => same(taint, other)));
  const added = add.filter((taint) => !kept.some((other) => same(taint, other)));
  if (added.length === 0 && kept.length === before.length) return false;
  const timeAdded = rfc3339(clock.now());
  const taints = [...kept, ...added.map((taint) => ({ ...taint, timeAdded }))];
  client.patch("nodes", undefined, nodeName, { spec: { taints: taints.length > 0 ? taints : null } });
  return true;
}

const BETA_LABELS = [
  ["kubernetes.io/os", "beta.kubernetes.io/os"],
  ["kubernetes.io/arch", "beta.kubernetes.io/arch"],
] as const;

/** The NoSchedule taints of conditions and of `spec.unschedulable`, at once; and the beta names of two labels. */
export const nodeTaintController: Reconciler = {
  name: "node-lifecycle-controller/taints",
  watches: [{ type: "nodes" }],
  sync(name, context) {
    const node = context.client.get<Node>("nodes", undefined, name);
    if (node === undefined) return;
    const keys = (node.status?.conditions ?? []).map(({ type, status }) => TAINT_OF_CONDITION[type]?.[status]).filter((key) => key !== undefined);
    if (node.spec.unschedulable) keys.push(UNSCHEDULABLE);
    const wanted = keys.map((key): Taint => ({ key, effect: "NoSchedule" }));
    const found = (node.spec.taints ?? []).filter(({ key, effect }) => effect === "NoSchedule" && OURS.has(key));
    swapTaints(context, name, wanted, found.filter(({ key }) => !keys.includes(key)));
    const labels = Object.fromEntries(BETA_LABELS.flatMap(([primary, beta]) => {
      const value = node.metadata.labels?.[primary];
      return value !== undefined && node.metadata.labels?.[beta] !== value ? [[beta, value]] : [];
    }));
    if (Object.keys(labels).length > 0) context.client.patch("nodes", undefined, name, { metadata: { labels } });
  },
};
