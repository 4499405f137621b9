/** Programs that end soon after they began, whatever machine they are on: a broken configuration, a database that they cannot do without. */
import type { Pod } from "./pod.ts";

export class Crashes {
  readonly #selectors = new Map<string, { namespace: string; labels: Readonly<Record<string, string>> }>();

  /** Of pods of a namespace with all of these labels. */
  set(namespace: string, labels: Readonly<Record<string, string>>, isCrashing: boolean): void {
    const key = `${namespace} ${JSON.stringify(labels)}`;
    if (isCrashing) this.#selectors.set(key, { namespace, labels });
    else this.#selectors.delete(key);
  }

  has({ metadata }: Pod): boolean {
    return [...this.#selectors.values()].some(({ namespace, labels }) => metadata.namespace === namespace && Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value));
  }
}
