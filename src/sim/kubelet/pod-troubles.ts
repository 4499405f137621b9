/** What is wrong with the programs of some pods, whatever machine they are on. */
import type { Pod } from "./pod.ts";

/** Values for pods of a namespace with all of some labels. */
export class Selected<T> {
  readonly #selectors = new Map<string, { namespace: string; labels: Readonly<Record<string, string>>; machine: string | undefined; value: T }>();

  /** Undefined takes it back. With a machine: of those on it alone. */
  set(namespace: string, labels: Readonly<Record<string, string>>, value: T | undefined, machine?: string): void {
    const key = `${namespace} ${JSON.stringify(labels)} ${machine ?? ""}`;
    if (value === undefined) this.#selectors.delete(key);
    else this.#selectors.set(key, { namespace, labels, machine, value });
  }

  get isEmpty(): boolean {
    return this.#selectors.size === 0;
  }

  of(pod: Pod): T | undefined {
    return [...this.#selectors.values()].find(({ namespace, labels, machine }) => isOf(pod, namespace, labels) && (machine === undefined || pod.spec.nodeName === machine))?.value;
  }
}

/** Whether a pod is in the namespace, with all of the labels. */
export const isOf = ({ metadata }: Pod, namespace: string, labels: Readonly<Record<string, string>>): boolean => metadata.namespace === namespace && Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value);

export interface PodTroubles {
  /** They end so many milliseconds after they began: a broken configuration, a database that they cannot do without. */
  crashing: Selected<number>;
  /** They run, and say that they are not ready. */
  unready: Selected<true>;
  /** Thousandths of a processor that each of them is asked for beyond what it does at rest. */
  load: Selected<() => number>;
  /** Their memory grows from then on, and from each start: bytes a millisecond, and milliseconds since 1970. */
  leak: Selected<{ bytesPerMs: number; sinceMs: number }>;
}

export const noTroubles = (): PodTroubles => ({ crashing: new Selected(), unready: new Selected(), load: new Selected(), leak: new Selected() });
