/** What is said to wait without machines waits on the embedded cluster when they are off. */
import { beforeAll, describe, expect, it } from "vitest";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import { realClock } from "../../adapters/real-clock.ts";
import type { Homelab } from "../../config/homelab.ts";
import { seededRandom } from "../../lib/seeded-random.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../../sim/api/client.ts";
import { Cluster } from "../../sim/cluster.ts";
import { isTerminalPod, type Pod } from "../../sim/kubelet/pod.ts";
import { fileOptions } from "../cluster-options.ts";
import { type WarmStart, warmStartOf } from "../prove/warm-start.ts";
import { simMachines } from "../sim-machines.ts";
import { type Fit, fit, type WaitingPod, type Without } from "./fit.ts";
import { ownerOf } from "./owner.ts";
import { Placement } from "./placement.ts";

/** Room that runs out, volumes that stay where they are, a placement, a spread that must hold, a volume for each replica. */
const HOMELAB = `
name: maison
domain: maison.example
machines:
  pi1: { address: 192.168.1.11, roles: [control-plane, worker], hardware: raspberry-pi-4, memory: 2Gi }
  pi2: { address: 192.168.1.12, hardware: raspberry-pi-4, memory: 1Gi }
  pi3: { address: 192.168.1.13, hardware: raspberry-pi-4, memory: 1Gi }
  lb1: { address: 192.168.1.14, roles: [load-balancer], memory: 8Gi }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }
apps:
  photos: { image: ghcr.io/example/photos:1.4.2, port: 80, host: photos, replicas: 3, resources: { memory: 600Mi } }
  wiki: { image: ghcr.io/example/wiki:2.5.0, port: 80, host: wiki, volumes: { data: { size: 5Gi, path: /data } } }
  notes: { image: ghcr.io/example/notes:2.5.0, port: 80, host: notes, replicas: 2, resources: { memory: 128Mi }, volumes: { data: { size: 5Gi, path: /data, perReplica: true } } }
  cam: { image: ghcr.io/example/cam:2.5.0, port: 80, host: cam, placement: { machines: [pi3] } }
  far: { image: ghcr.io/example/far:2.5.0, port: 80, host: far, replicas: 3, resources: { memory: 16Mi }, placement: { spread: [{ over: machine, required: true }] } }`;

const waiting = ({ waiting: pods }: Without): string[] => pods.map(({ owner }) => owner.name).sort();

const belongsToNode = ({ metadata }: KubeObject): boolean => metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet" || kind === "Node") === true;

/** Whose pods have a place where they can run: those that belong to their node, and those that have ended, left out. */
const placed = (homelab: Homelab, { client }: Cluster, off: readonly string[] = []): string[] =>
  client.list("pods").filter((pod: KubeObject) => pod["spec"].nodeName && !off.includes(pod["spec"].nodeName as string) && !isTerminalPod(pod as Pod) && !belongsToNode(pod)).map((pod) => ownerOf(homelab, client, pod).name);

describe("what fits", { timeout: 120_000 }, () => {
  let homelab: Homelab;
  let found: Fit;
  let start: WarmStart;
  let client: SimClient;

  beforeAll(async () => {
    homelab = await homelabOf("homelab.yaml", HOMELAB);
    const rehearsal = virtualRehearsal(homelab);
    found = (await fit({ homelab, seed: "1", clock: realClock, newRehearsal: () => rehearsal, isStopped: () => false, onProgress: () => undefined }))!;
    client = rehearsal.cluster.client;
    // Closed, but as it was: the same cluster goes on in others.
    start = structuredClone(warmStartOf(rehearsal.cluster, "1"));
  }, 120_000);

  it("is what the embedded cluster shows once the machines are off", async () => {
    expect(found.now.waiting).toEqual([]);
    for (const each of [...found.oneLess, ...found.twoLess!]) expect([each.machines, waiting(each)]).toEqual([each.machines, await missingWithout(homelab, start, each.machines)]);
    expect(found.oneLess.map(({ machines }) => machines)).toEqual([["pi1"], ["pi2"], ["pi3"]]);
    expect(found.twoLess!.map(({ machines }) => machines.join("+"))).toEqual(["pi1+pi2", "pi1+pi3", "pi2+pi3"]);
  });

  it("tells room from volumes that stay where they are, and from placements", () => {
    const causeText = ({ cause }: WaitingPod): string => {
      if (cause.kind === "room") return `room on ${cause.short.node}`;
      if (cause.kind === "volume") return `volume on ${cause.node}`;
      return `only ${cause.onlyNodes.join("+")} ${cause.refusals.map(({ node, plugin }) => `${node}:${plugin}`).join(" ")}`.trim();
    };
    const causes = (machine: string): string[] => found.oneLess.find(({ machines }) => machines[0] === machine)!.waiting.map((each) => `${each.owner.name}: ${causeText(each)}`);
    // The lost node is still there, empty: the spread counts it.
    expect(causes("pi1")).toEqual(["far: only pi1+pi2+pi3 pi2:PodTopologySpread pi3:PodTopologySpread", "photos: room on pi2", "wiki: volume on pi1", "notes: volume on pi1"]);
    expect(causes("pi3")).toEqual(["notes: volume on pi3", "cam: only pi3", "far: only pi1+pi2+pi3 pi1:PodTopologySpread pi2:PodTopologySpread"]);
  });

  it("says how much more is enough, to the byte", () => {
    const { cause, info } = found.oneLess[0]!.waiting.find(({ owner }) => owner.name === "photos")!;
    const short = cause.kind === "room" ? cause.short : undefined;
    const room = new Placement(client, new Set(["pi1"]), seededRandom("1").fork("fit/pi1")).cache.node("pi2")!;
    expect(short).toMatchObject({ cpuMilli: 0, pods: 0, memoryBytes: info.requests.get("memory")! - (room.allocatable.get("memory")! - room.requested.get("memory")!) });
  });

  it("counts as many more copies as a Deployment that is scaled gets", async () => {
    const { now } = found.copies.find(({ app }) => app === "photos")!;
    const cluster = clusterFrom(homelab, start);
    cluster.client.patch("apps/deployments", "photos", "photos", { spec: { replicas: 3 + (now as number) + 1 } });
    cluster.run(MINUTE_MS);
    const pods = cluster.client.list("pods", { namespace: "photos" });
    expect([now, pods.filter((pod) => !pod["spec"].nodeName).length]).toEqual([pods.length - 4, 1]);
    await cluster.close();
  });

  it("does not list what is no node", () => {
    expect(found.rooms.map(({ machine }) => machine)).toEqual(["pi1", "pi2", "pi3"]);
  });
});

async function missingWithout(homelab: Homelab, start: WarmStart, machines: readonly string[]): Promise<string[]> {
  const cluster = clusterFrom(homelab, start);
  const before = placed(homelab, cluster);
  for (const name of machines) cluster.agents.machine(name)!.powerOff();
  cluster.run(2 * MINUTE_MS);
  // Their pods are given up by hand, so that those of StatefulSets, and those that put up with a node that is away, are made again too.
  for (const pod of machines.flatMap((name) => cluster.client.podsOnNode(name))) {
    if (!belongsToNode(pod)) cluster.client.delete("pods", pod.metadata.namespace, pod.metadata.name, { gracePeriodSeconds: 0 });
  }
  cluster.run(2 * MINUTE_MS);
  // A StatefulSet makes its second pod when the first is ready: what is missing counts, not what is Pending.
  for (const name of placed(homelab, cluster, machines)) before.splice(before.indexOf(name), 1);
  await cluster.close();
  return before.sort();
}

/** One whose API is always up: who keeps it up is another question than what fits. */
function clusterFrom(homelab: Homelab, start: WarmStart): Cluster {
  const cluster = new Cluster({
    ...fileOptions(homelab, simMachines(homelab)),
    seed: `${start.seed}@${start.store.revision}`,
    startMs: start.nowMs,
    certificates: certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0)),
    snapshot: start.store,
    running: start.running,
    log: () => undefined,
  });
  cluster.run(20_000);
  return cluster;
}
