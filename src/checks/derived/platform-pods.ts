/** What the distribution and the platform run in the cluster, as requests: the room that apps do not get. */
import type { Homelab, Machine, Taint } from "../../config/homelab.ts";
import { quantityNumber } from "../../lib/quantity.ts";
import { platformFootprint } from "../../manifests/platform/catalogue.ts";
import { renderWithProblems } from "../../manifests/render-homelab.ts";
import type { RenderedObject } from "../../manifests/rendered.ts";
import { labelsOf, nodes, type Room, taintsOf } from "./machines.ts";

export interface PlatformPod extends Room {
  readonly name: string;
  readonly path: RenderedObject["at"];
  readonly eligible: readonly Machine[];
  /** Of a daemon set, or a pod that its kubelet runs from a file: its machine. */
  readonly onlyHere?: string;
}

interface PodSpec {
  readonly nodeName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly { readonly key?: string; readonly operator?: string; readonly value?: string; readonly effect?: string }[];
  readonly containers?: readonly { readonly resources?: { readonly requests?: Readonly<Record<string, string | number>> } }[];
}

export function platformPods(homelab: Homelab): PlatformPod[] {
  const rendered = renderWithProblems(homelab)
    .files.filter((file) => file.path.startsWith("platform/"))
    .flatMap((file) => file.objects);
  return [...platformFootprint(homelab), ...rendered].flatMap((item) => podsOf(homelab, item));
}

function podsOf(homelab: Homelab, { object, at }: RenderedObject): PlatformPod[] {
  const spec = object["spec"] as { replicas?: number; template?: { spec?: PodSpec } } | undefined;
  const pod = object.kind === "Pod" ? (spec as PodSpec | undefined) : spec?.template?.spec;
  if (pod === undefined) return [];
  const room = requestsOf(pod);
  if (room.cpu === 0 && room.memory === 0) return [];
  const eligible = nodes(homelab).filter((machine) => mayRun(homelab, machine, pod));
  const one = { name: object.metadata.name, path: at, ...room };
  switch (object.kind) {
    case "Pod":
    case "DaemonSet":
      return eligible.map((machine) => ({ ...one, eligible: [machine], onlyHere: machine.name }));
    case "Deployment":
    case "StatefulSet":
      return Array.from({ length: spec?.replicas ?? 1 }, () => ({ ...one, eligible }));
    default:
      return [];
  }
}

function requestsOf(pod: PodSpec): Room {
  const sum = (what: "cpu" | "memory"): number => (pod.containers ?? []).reduce((total, container) => total + quantityNumber(container.resources?.requests?.[what] ?? 0), 0);
  return { cpu: sum("cpu"), memory: sum("memory") };
}

function mayRun(homelab: Homelab, machine: Machine, pod: PodSpec): boolean {
  // A pod with a node's name is past the scheduler.
  if (pod.nodeName !== undefined) return pod.nodeName === machine.hostname;
  const labels = labelsOf(homelab, machine);
  return Object.entries(pod.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) && taintsOf(machine).every((taint) => taint.effect === "PreferNoSchedule" || isTolerated(pod, taint));
}

function isTolerated(pod: PodSpec, taint: Taint): boolean {
  return (pod.tolerations ?? []).some(
    (toleration) =>
      (toleration.key === undefined || toleration.key === taint.key) &&
      (toleration.effect === undefined || toleration.effect === taint.effect) &&
      (toleration.operator === "Exists" || (toleration.value ?? "") === taint.value),
  );
}
