/** Every write has the next revision, the object carries it, and watches over HTTP tell every change once and in order. */
import { ADMINISTRATOR } from "../../../src/rehearse/in-process-transport.ts";
import type { Cluster } from "../../../src/sim/cluster.ts";
import { type Invariant, type Watched } from "./watched.ts";

export function revisionsRise({ cluster }: Watched): Invariant {
  let last = cluster.registry.store.revision;
  return ({ type, key, revision, object, previous }) => {
    const carried = Number(object.metadata.resourceVersion);
    const problem =
      revision !== last + 1 ? `${type} ${key} got revision ${revision} after ${last}`
      : carried !== revision ? `${type} ${key} was written at revision ${revision} and says ${carried}`
      : previous !== undefined && Number(previous.metadata.resourceVersion) >= carried ? `${type} ${key} went from ${previous.metadata.resourceVersion} to ${carried}`
      : undefined;
    last = revision;
    return problem;
  };
}

const PATHS = { pods: "/api/v1/pods", nodes: "/api/v1/nodes", "apps/replicasets": "/apis/apps/v1/replicasets" } as const;
/** Who was away longer than this is told to list again: history is cut every five minutes. */
const BEHIND_MS_MAX = 240_000;

/** A list, and a watch that goes on from there only when it is opened, as a client's that was slow; `problem` compares what it was told with what was written. */
export class FollowedWatch {
  readonly #cluster: Cluster;
  readonly #type: keyof typeof PATHS;
  readonly #revision: number;
  readonly #listedMs: number;
  readonly #expected: string[] = [];
  readonly #told: string[] = [];
  readonly #stops: (() => void)[] = [];
  #isOpen = false;

  constructor(cluster: Cluster, type: keyof typeof PATHS) {
    this.#cluster = cluster;
    this.#type = type;
    const { store } = cluster.registry;
    this.#revision = store.revision;
    this.#listedMs = cluster.loop.now();
    this.#stops.push(store.listen(type, ({ kind, previous, revision }) => this.#expected.push(`${kind === "delete" ? "DELETED" : previous === undefined ? "ADDED" : "MODIFIED"} ${revision}`)));
  }

  /** May be called again: it has no effect on one that is open, and none once too much is missed. */
  async open(): Promise<void> {
    if (this.#isOpen || this.#cluster.loop.now() - this.#listedMs > BEHIND_MS_MAX) return;
    const query = new URLSearchParams({ watch: "true", resourceVersion: String(this.#revision) });
    const { code, stream } = await this.#cluster.handler({ method: "GET", path: PATHS[this.#type], query, headers: { accept: "application/json" }, body: Buffer.alloc(0), user: ADMINISTRATOR });
    // Refused while the API is away: nothing to compare.
    if (code !== 200 || stream === undefined) return;
    this.#isOpen = true;
    stream({ write: (chunk) => this.#hear(String(chunk)), end: () => (this.#isOpen = false), onClose: (fn) => void this.#stops.push(fn) });
  }

  get problem(): string | undefined {
    if (!this.#isOpen) return undefined;
    const index = this.#expected.findIndex((line, at) => line !== this.#told[at]);
    if (index >= 0) return `a watch of ${this.#type} told "${this.#told[index] ?? "nothing"}" where "${this.#expected[index]}" was written`;
    return this.#told.length > this.#expected.length ? `a watch of ${this.#type} told "${this.#told[this.#expected.length]}", which was not written` : undefined;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #hear(chunk: string): void {
    for (const line of chunk.split("\n")) {
      if (line === "") continue;
      // A revision belongs to one object and one change; parsing every object would take longer than all else that is looked at.
      const [, kind] = /^\{"type":"([A-Z]+)"/.exec(line) ?? [];
      const [, revision] = /"resourceVersion":"(\d+)"/.exec(line) ?? [];
      if (kind === undefined) throw new Error(`a watch of ${this.#type} told what is no event: ${line.slice(0, 200)}`);
      if (kind !== "BOOKMARK") this.#told.push(`${kind} ${revision}`);
    }
  }
}
