/** Every write has the next revision, the object carries it, and watches over HTTP tell every change once and in order. */
import type { ApiAnswer } from "../../../src/sim/api/http/exchange.ts";
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
/** A watch begins so long after its list, so that it has something to catch up with. */
const BEHIND_MS = 7_000;

/** Lists, and watches on from there a little later, as a client does that was slow; `problem` compares what it was told with what was written. */
export class FollowedWatch {
  readonly #expected: string[] = [];
  readonly #told: string[] = [];
  readonly #stops: (() => void)[] = [];
  #isOpen = false;
  #problem: string | undefined;

  constructor(cluster: Cluster, type: keyof typeof PATHS) {
    const request = async (query: Record<string, string>): Promise<ApiAnswer> => cluster.handler({ method: "GET", path: PATHS[type], query: new URLSearchParams(query), headers: { accept: "application/json" }, body: Buffer.alloc(0), user: ADMINISTRATOR });
    this.#stops.push(cluster.registry.store.listen(type, ({ kind, previous, object }) => this.#expected.push(`${kind === "delete" ? "DELETED" : previous === undefined ? "ADDED" : "MODIFIED"} ${object.metadata.name} ${object.metadata.resourceVersion}`)));
    const revision = cluster.registry.store.revision;
    this.#stops.push(
      cluster.loop.after(BEHIND_MS, () => {
        // Answers come at once but as promises; the loop of the trial lets them come before time goes on.
        void request({ watch: "true", resourceVersion: String(revision) }).then(
          ({ code, stream }) => {
            // Refused while the API is away: nothing to compare.
            if (code !== 200 || stream === undefined) return;
            this.#isOpen = true;
            stream({ write: (chunk) => this.#hear(String(chunk)), end: () => (this.#isOpen = false), onClose: (fn) => void this.#stops.push(fn) });
          },
          (error: unknown) => (this.#problem = `the watch of ${type} failed: ${String(error)}`),
        );
      }),
    );
  }

  get problem(): string | undefined {
    if (this.#problem !== undefined || !this.#isOpen) return this.#problem;
    const index = this.#expected.findIndex((line, at) => line !== this.#told[at]);
    if (index >= 0) return `a watch told "${this.#told[index] ?? "nothing"}" where "${this.#expected[index]}" was written`;
    return this.#told.length > this.#expected.length ? `a watch told "${this.#told[this.#expected.length]}", which was not written` : undefined;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #hear(chunk: string): void {
    for (const line of chunk.split("\n")) {
      if (line === "") continue;
      const { type, object } = JSON.parse(line) as { type: string; object: { metadata: { name: string; resourceVersion: string } } };
      if (type !== "BOOKMARK") this.#told.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`);
    }
  }
}
