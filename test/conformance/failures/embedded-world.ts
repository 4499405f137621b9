/** The embedded cluster without machines of its own, in virtual time: requests are answered at once, and time goes on when everybody waits for it. */
import { certificateAuthority } from "../../../src/adapters/certificate-authority.ts";
import { ADMINISTRATOR } from "../../../src/rehearse/in-process-transport.ts";
import { Cluster } from "../../../src/sim/cluster.ts";
import { controlPlaneTimings } from "../../../src/sim/control-plane/timings.ts";
import { REAL_VERSIONS } from "../../real/versions.ts";
import type { Surroundings } from "./surroundings.ts";

const START_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
/** The leader moves between them, which is what a restart is to the control loops. */
const SERVERS = ["server1", "server2"] as const;

export interface EmbeddedWorld extends Surroundings {
  /** Lets time go on whenever all that is under way waits for it, until `work` is done. */
  drive<T>(work: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function embeddedWorld(seed: string): EmbeddedWorld {
  const cluster = new Cluster({
    version: REAL_VERSIONS.kubernetes,
    seed,
    startMs: START_MS,
    machines: [],
    network: { podCidrs: ["10.244.0.0/16"], serviceCidrs: ["10.96.0.0/16"], dnsDomain: "cluster.local" },
    apiAddresses: ["192.0.2.1"],
    apiPort: 6443,
    certificates: certificateAuthority("kubernest-failures", START_MS - DAY_MS, START_MS + DAY_MS),
    hasMetricsServer: false,
    controlPlane: { servers: SERVERS, datastore: "external", timings: controlPlaneTimings("kubeadm"), doors: [], isLocalFirst: false, isOneProcess: false, isAlive: () => true },
    log: () => undefined,
  });
  const waiting: number[] = [];
  let changes = 0;
  cluster.registry.store.listen(undefined, ({ type }) => {
    if (type !== "coordination.k8s.io/leases" && type !== "events") changes++;
  });
  return {
    changeCount: () => changes,
    nowMs: () => cluster.loop.now(),
    pass: (ms) => {
      waiting.push(cluster.loop.now() + ms);
      return new Promise((resolve) => void cluster.loop.after(ms, resolve));
    },
    async call({ method, path, body, contentType = "application/json" }) {
      const [route, query] = path.split("?");
      const answer = await cluster.handler({ method, path: route!, query: new URLSearchParams(query), headers: { accept: "application/json", "content-type": contentType }, body: Buffer.from(body === undefined ? "" : JSON.stringify(body)), user: ADMINISTRATOR });
      return { code: answer.code, headers: answer.headers, body: JSON.parse(answer.body?.toString() || "null") as unknown };
    },
    restartControllers: () => {
      const plane = cluster.controlPlane!;
      plane.letLead(plane.loopLeader === SERVERS[0] ? SERVERS[1] : SERVERS[0]);
      return Promise.resolve();
    },
    async drive(work) {
      let isDone = false;
      const done = (): void => void (isDone = true);
      void work.then(done, done);
      while (!isDone) {
        // Whatever can go on without time does.
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (isDone || waiting.length === 0) continue;
        waiting.sort((a, b) => a - b);
        const nextMs = waiting.shift()!;
        if (nextMs > cluster.loop.now()) cluster.run(nextMs - cluster.loop.now());
      }
      return work;
    },
    close: () => cluster.close(),
  };
}
