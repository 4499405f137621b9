/**
 * Where the pods of a homelab came to be while it came up. Where several nodes were as good as each other the scheduler draws, and another placement is another draw: it is
 * written down as what is chosen at each of these ties, so that it can be brought up again.
 */
import type { Pod } from "../../../sim/kubelet/pod.ts";
import type { PodInfo } from "../../../sim/scheduler/pod-info.ts";
import type { TieBreak } from "../../../sim/scheduler/tie-break.ts";

export interface PlacedPod {
  /** `shop/web-5bd8454bb5-`, and in the order of their coming its pods: other draws give them other names. */
  readonly workload: string;
  readonly ordinal: number;
  /** `namespace/name` */
  readonly key: string;
  readonly pod: Pod;
  /** Those that were as good, `node` among them. */
  readonly equals: readonly string[];
  readonly node: string;
}

/** In the order in which they were placed. */
export type Placement = readonly PlacedPod[];

/** The node that a pod takes where it is among the best, by `slotOf`. */
export type TieChoices = Readonly<Record<string, string>>;

export const slotOf = ({ workload, ordinal }: Pick<PlacedPod, "workload" | "ordinal">): string => `${workload}#${ordinal}`;

const workloadOf = ({ metadata: { namespace, generateName, name } }: Pod): string => `${namespace}/${generateName ?? name}`;

export const tieChoices = (placement: Placement): TieChoices => Object.fromEntries(placement.filter(({ equals }) => equals.length > 1).map((one) => [slotOf(one), one.node]));

/** Chooses and writes down. `choose`: undefined leaves it to chance. */
export class PlacementRecorder implements TieBreak {
  readonly placed: PlacedPod[] = [];
  readonly #ordinals = new Map<string, number>();
  readonly #choose: (pod: Pick<PlacedPod, "workload" | "ordinal" | "pod">, nodes: readonly string[]) => string | undefined;

  constructor(choose: PlacementRecorder["choice"] = () => undefined) {
    this.#choose = choose;
  }

  get choice(): (pod: Pick<PlacedPod, "workload" | "ordinal" | "pod">, nodes: readonly string[]) => string | undefined {
    return this.#choose;
  }

  choose({ pod }: PodInfo, nodes: readonly string[]): string | undefined {
    const workload = workloadOf(pod);
    const wanted = this.#choose({ workload, ordinal: this.#ordinals.get(workload) ?? 0, pod }, nodes);
    return wanted !== undefined && nodes.includes(wanted) ? wanted : undefined;
  }

  onPlaced({ pod, key }: PodInfo, equals: readonly string[], node: string): void {
    const workload = workloadOf(pod);
    const ordinal = this.#ordinals.get(workload) ?? 0;
    this.#ordinals.set(workload, ordinal + 1);
    this.placed.push({ workload, ordinal, key, pod, equals, node });
  }
}

/** What was chosen before, again. */
export const choosing = (choices: TieChoices): PlacementRecorder => new PlacementRecorder((one) => choices[slotOf(one)]);
