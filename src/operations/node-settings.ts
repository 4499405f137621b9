/**
 * Labels and taints of Node objects. Kubelets set most of them when they join; this sees to those they may not set, and to what changes in the file later. What we set
 * is written on the node, so that what leaves the file is taken away, and nobody else's ever is.
 */
import type { Homelab, Machine, Taint } from "../config/homelab.ts";
import { equalJson } from "../lib/json.ts";
import { OWN_PREFIX } from "../manifests/names.ts";
import { CONTROL_PLANE_TAINT, nodeLabels, nodeTaints, taintText } from "../manifests/node-labels.ts";
import { yamlDocument } from "../manifests/yaml-text.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import type { PlannedObject } from "../plan/plan.ts";
import { nameOf } from "./object-name.ts";
import { unifiedDiff } from "./object-diff.ts";

export const SETTINGS_ANNOTATION = `${OWN_PREFIX}node-settings`;

interface Settings {
  /** Keys. */
  readonly labels: readonly string[];
  /** `key:Effect`, which is what makes a taint one. */
  readonly taints: readonly string[];
}

interface LiveTaint {
  key: string;
  value?: string;
  effect: string;
  timeAdded?: string;
}

export interface NodeChange {
  readonly node: string;
  readonly planned: PlannedObject;
  /** A JSON merge patch, which the server refuses if the node was changed meanwhile. */
  readonly patch: object;
}

/** Machines that become nodes, in the file's order. */
export function nodeMachines(homelab: Homelab): Machine[] {
  return Object.values(homelab.machines).filter(({ roles }) => roles.includes("control-plane") || roles.includes("worker"));
}

export function hasSettings(homelab: Homelab, machine: Machine): boolean {
  return Object.keys(nodeLabels(homelab, machine)).length > 0 || nodeTaints(machine).length > 0;
}

/** Undefined when the node is as the file says. */
export function decideNode(homelab: Homelab, machine: Machine, node: KubeObject): NodeChange | undefined {
  const labels = nodeLabels(homelab, machine);
  const taints = nodeTaints(machine);
  const ours = settingsOf(node);
  const had = node.metadata.labels ?? {};
  const hadTaints = (node["spec"]?.taints ?? []) as LiveTaint[];
  const gone = ours.labels.filter((key) => labels[key] === undefined && had[key] !== undefined);
  const wanted = new Set(taints.map(identity));
  // kubeadm gives every control plane its taint; one that is also a worker has none.
  const unwanted = new Set([...ours.taints, ...(machine.roles.includes("control-plane") ? [identity(CONTROL_PLANE_TAINT)] : [])].filter((taint) => !wanted.has(taint)));
  const kept = hadTaints.filter((taint) => !unwanted.has(identity(taint)) && !wanted.has(identity(taint)));
  const asWanted = (taint: Taint): LiveTaint => hadTaints.find((live) => identity(live) === identity(taint) && (live.value ?? "") === taint.value) ?? { key: taint.key, ...(taint.value === "" ? {} : { value: taint.value }), effect: taint.effect };
  const nextTaints = [...kept, ...taints.map(asWanted)];
  const next: Settings = { labels: Object.keys(labels).sort(), taints: [...wanted].sort() };

  const areLabelsRight = gone.length === 0 && Object.entries(labels).every(([key, value]) => had[key] === value);
  const areTaintsRight = equalJson(sorted(hadTaints), sorted(nextTaints));
  const isNoted = equalJson(ours, next) || (next.labels.length === 0 && next.taints.length === 0 && node.metadata.annotations?.[SETTINGS_ANNOTATION] === undefined);
  if (areLabelsRight && areTaintsRight && isNoted) return undefined;
  const shown = (all: Record<string, string>, list: readonly LiveTaint[]): string => yamlDocument({ labels: all, taints: list.map((taint) => taintText({ key: taint.key, value: taint.value ?? "", effect: taint.effect as Taint["effect"] })).sort() });
  const nextLabels = Object.fromEntries(Object.entries({ ...had, ...labels }).filter(([key]) => !gone.includes(key)));
  return {
    node: node.metadata.name,
    planned: {
      object: nameOf(node),
      action: "change",
      // A new NoExecute taint sends pods away.
      risk: nextTaints.some((taint) => taint.effect === "NoExecute" && !hadTaints.some((live) => identity(live) === identity(taint))) ? "disrupts" : "safe",
      diff: areLabelsRight && areTaintsRight ? "# its labels and taints are noted as the file's" : unifiedDiff(shown(had, hadTaints), shown(nextLabels, nextTaints)),
    },
    patch: {
      metadata: { resourceVersion: node.metadata.resourceVersion, labels: { ...labels, ...Object.fromEntries(gone.map((key) => [key, null])) }, annotations: { [SETTINGS_ANNOTATION]: JSON.stringify(next) } },
      ...(areTaintsRight ? {} : { spec: { taints: nextTaints } }),
    },
  };
}

const identity = ({ key, effect }: { key: string; effect: string }): string => `${key}:${effect}`;

const sorted = (taints: readonly LiveTaint[]): string[] => taints.map((taint) => `${taint.key}=${taint.value ?? ""}:${taint.effect}`).sort();

/** What another hand wrote there says nothing. */
function settingsOf(node: KubeObject): Settings {
  try {
    const noted = JSON.parse(node.metadata.annotations?.[SETTINGS_ANNOTATION] ?? "{}") as Partial<Settings>;
    const list = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === "string") : []);
    return { labels: list(noted.labels), taints: list(noted.taints) };
  } catch {
    return { labels: [], taints: [] };
  }
}
