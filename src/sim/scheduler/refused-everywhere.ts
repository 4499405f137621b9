/**
 * What no node takes for what the nodes are: all of a home's are tainted before they are ready, and every pod meets the same refusals on each of them. Found once for
 * pods that tolerate the same, until a node changes.
 */
import type { Rejection } from "./plugin.ts";
import type { PodInfo } from "./pod-info.ts";
import type { PluginFilter } from "./schedule-pod.ts";

export interface Refusal {
  byNode: Map<string, Rejection>;
  plugins: ReadonlySet<string>;
  /** Why, once somebody has put it in words. */
  message?: string;
}

export class RefusedEverywhere {
  readonly #changes: () => number;
  #changed = -1;
  readonly #known = new Map<string, Refusal>();

  /** `changes` grows whenever a node changes. */
  constructor(changes: () => number) {
    this.#changes = changes;
  }

  /** All that the first filters ask of a pod, as long as they look at nothing but nodes; undefined: the first one looks at more. */
  alike(pod: PodInfo, filters: readonly PluginFilter[]): string | undefined {
    const asked = leading(filters).map(({ plugin }) => `${plugin.name} ${plugin.alike!(pod.pod)}`);
    return asked.length === 0 ? undefined : asked.join("\n");
  }

  get(alike: string): Refusal | undefined {
    if (this.#changed !== this.#changes()) return undefined;
    return this.#known.get(alike);
  }

  /** Kept only where no other filter had a say. */
  keep(alike: string, byNode: Map<string, Rejection>, plugins: ReadonlySet<string>): Refusal | undefined {
    const asked = new Set(alike.split("\n").map((line) => line.slice(0, line.indexOf(" "))));
    if (byNode.size === 0 || [...plugins].some((name) => !asked.has(name)) || [...byNode.values()].some(({ isFinal }) => !isFinal)) return undefined;
    if (this.#changed !== this.#changes()) this.#known.clear();
    this.#changed = this.#changes();
    const refusal = { byNode, plugins };
    this.#known.set(alike, refusal);
    return refusal;
  }
}

function leading(filters: readonly PluginFilter[]): readonly PluginFilter[] {
  const end = filters.findIndex(({ plugin }) => plugin.alike === undefined);
  return end < 0 ? filters : filters.slice(0, end);
}
