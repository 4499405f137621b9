/** What is wrong with the programs of some pods, whatever machine they are on. */
import type { Pod } from "./pod.ts";

/** Values for pods of a namespace with all of some labels. */
export class Selected<T> {
  readonly #selectors = new Map<string, { namespace: string; labels: Readonly<Record<string, string>>; value: T }>();

  /** Undefined takes it back. */
  set(namespace: string, labels: Readonly<Record<string, string>>, value: T | undefined): void {
    const key = `${namespace} ${JSON.stringify(labels)}`;
    if (value === undefined) this.#selectors.delete(key);
    else this.#selectors.set(key, { namespace, labels, value });
  }

  get isEmpty(): boolean {
    return this.#selectors.size === 0;
  }

  of({ metadata }: Pod): T | undefined {
    return [...this.#selectors.values()].find(({ namespace, labels }) => metadata.namespace === namespace && Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value))?.value;
  }
}

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
