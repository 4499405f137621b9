/** Clusters that begin where another was: nothing that runs is disturbed, and what follows is what would have followed there. */
import { afterAll, describe, expect, it } from "vitest";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { Homelab } from "../../config/homelab.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Cluster } from "../../sim/cluster.ts";
import { losing, lossesOf } from "../../scenarios/scenario.ts";
import type { Rehearsal } from "../rehearsal.ts";
import { runFromStart } from "./run-from-start.ts";
import { runScenario, type ScenarioOutcome } from "./run-scenario.ts";
import { WarmClusters, warmStartOf } from "./warm-start.ts";

/** Three servers, two workers, a database with a replica, a volume, an autoscaler: whatever goes on by itself at rest. */
const HOMELAB = "examples/kubeadm-ha/homelab.yaml";
const HOUR_MS = 60 * MINUTE_MS;
const AUTHORITY = certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0));

async function atRest(homelab: Homelab): Promise<Rehearsal> {
  const rehearsal = virtualRehearsal(homelab, { isBreakable: true });
  expect((await rehearsal.settle(() => false)).isReady).toBe(true);
  rehearsal.cluster.run(MINUTE_MS);
  return rehearsal;
}

/** The same for all tests that leave it as it is. */
const rested = new Map<string, { homelab: Homelab; rehearsal: Rehearsal }>();

async function restOf(file: string): Promise<{ homelab: Homelab; rehearsal: Rehearsal }> {
  const known = rested.get(file);
  if (known !== undefined) return known;
  const homelab = await homelabOf(file);
  const made = { homelab, rehearsal: await atRest(homelab) };
  rested.set(file, made);
  return made;
}

afterAll(() => Promise.all([...rested.values()].map(({ rehearsal }) => rehearsal.close())));

/** As another thread gets it. */
const clustersFrom = (homelab: Homelab, { cluster }: Rehearsal): WarmClusters => new WarmClusters(homelab, structuredClone(warmStartOf(cluster, "1")), AUTHORITY, () => undefined);

/** What a pod runs, without the conditions' times. */
const running = ({ client }: Cluster): unknown[] =>
  client.list("pods").toSorted((a, b) => (a.metadata.uid! < b.metadata.uid! ? -1 : 1)).map((pod: KubeObject) => {
    const { phase, podIP, startTime, containerStatuses } = pod["status"] as Record<string, unknown>;
    return { name: pod.metadata.name, uid: pod.metadata.uid, node: pod["spec"].nodeName as string, phase, podIP, startTime, containerStatuses };
  });

describe("a cluster that begins where another was", { timeout: 180_000 }, () => {
  it("runs the same containers for as long as it is left alone", async () => {
    const { homelab, rehearsal } = await restOf(HOMELAB);
    const before = running(rehearsal.cluster);
    const { cluster } = clustersFrom(homelab, rehearsal).next();
    expect(running(cluster)).toEqual(before);
    cluster.run(15 * MINUTE_MS);
    expect(running(cluster)).toEqual(before);
    expect(cluster.client.list("nodes").flatMap((node) => node["status"].conditions as { type: string; status: string }[]).filter(({ type }) => type === "Ready").map(({ status }) => status)).toEqual(Array(5).fill("True"));
    // Nobody reads it from outside: heartbeats go on, but who owns which field is not kept.
    const [lease, first] = [cluster, rehearsal.cluster].map(({ client }) => client.list("coordination.k8s.io/leases")[0]!);
    expect(lease!["spec"].renewTime).not.toBe(first!["spec"].renewTime);
    expect(lease!.metadata.managedFields).toEqual(first!.metadata.managedFields);
    const startMs = rehearsal.cluster.loop.now();
    const events = cluster.client.list("events").filter((event) => Date.parse(event["lastTimestamp"] as string) > startMs).map(({ reason }) => reason as string);
    expect(events.filter((reason) => ["Killing", "BackOff", "Unhealthy", "SandboxChanged", "NodeNotReady"].includes(reason))).toEqual([]);
  });

  it("shares nothing that one of them could change", async () => {
    const { homelab, rehearsal } = await restOf("examples/gazette/homelab.yaml");
    const clusters = clustersFrom(homelab, rehearsal);
    const scenarios = lossesOf({ machines: Object.keys(homelab.machines), siteParts: Object.keys(homelab.site) }).map((fault) => losing([fault]));
    const once = scenarios.map((scenario) => runFromStart(clusters, homelab, scenario));
    const again = scenarios.toReversed().map((scenario) => runFromStart(clusters, homelab, scenario)).toReversed();
    expect(again).toEqual(once);
  });

  it("ends as one does that checks every write and keeps who owns what", async () => {
    const { homelab, rehearsal } = await restOf("examples/gazette/homelab.yaml");
    const start = warmStartOf(rehearsal.cluster, "1");
    const pods = ({ client }: Cluster): string[] => client.list("pods").map((pod) => `${pod.metadata.name} on ${pod["spec"].nodeName} ${pod["status"].phase} ${pod["status"].podIP}`).toSorted();
    const told = ({ client }: Cluster): string[] => client.list("events").map((event) => `${event["reason"]} ${event["count"]} ${event["message"]}`).toSorted();
    for (const fault of lossesOf({ machines: ["pi1", "pi2"], siteParts: Object.keys(homelab.site) })) {
      const [closed, open] = [true, false].map((isClosed) => {
        const { cluster, site } = new WarmClusters(homelab, start, AUTHORITY, () => undefined, isClosed).next(fault);
        cluster.run(20_000);
        const outcome = runScenario({ cluster, site }, homelab, losing([fault]));
        return { outcome, pods: pods(cluster), told: told(cluster) };
      });
      expect(closed).toEqual(open);
    }
  });

  it("comes to the end that the first one would have come to, give or take a round of heartbeats", async () => {
    const homelab = await homelabOf("examples/gazette/homelab.yaml");
    for (const target of ["pi1", "pi3"]) {
      const scenario = losing([{ id: "power-off", target }]);
      const rehearsal = await atRest(homelab);
      const warm = runFromStart(clustersFrom(homelab, rehearsal), homelab, scenario);
      const cold = runScenario(rehearsal, homelab, scenario);
      const told = ({ apps, api, unwell }: ScenarioOutcome): unknown => [apps.map(({ outages }) => outages.map(({ why }) => why.map(({ text }) => text))), api.map(({ why }) => why), unwell];
      expect(told(warm)).toEqual(told(cold));
      const endsMs = ({ apps }: ScenarioOutcome): number[] => apps.flatMap(({ outages, recoveryMs }) => [...outages.map(({ toMs }) => toMs ?? 0), recoveryMs ?? 0]);
      endsMs(warm).forEach((endMs, index) => expect(Math.abs(endMs - endsMs(cold)[index]!)).toBeLessThanOrEqual(10_000));
      await rehearsal.close();
    }
  });
});

it("is watched no longer than an hour in which users feel nothing, where pods are evicted from a full disk and placed there again without end", { timeout: 180_000 }, async () => {
  const { homelab, rehearsal } = await restOf(HOMELAB);
  const outcome = runFromStart(clustersFrom(homelab, rehearsal), homelab, losing([{ id: "disk-full", target: "worker2" }]));
  expect(outcome.faultMs).toBeGreaterThan(HOUR_MS);
  expect(outcome.faultMs).toBeLessThan(2 * HOUR_MS);
  // The disk has room again: all is well, and then it is at rest.
  expect(outcome.unwell).toEqual([]);
  expect(outcome.recoveryMs).toBeLessThan(HOUR_MS);
});

describe("time that is skipped", { timeout: 180_000 }, () => {
  it("has nothing in it: losses of each kind end the same when all of it is lived through", async () => {
    for (const [file, targets] of [["examples/gazette/homelab.yaml", ["pi1", "pi2", "switch"]], [HOMELAB, ["cp1", "worker1"]]] as const) {
      const { homelab, rehearsal } = await restOf(file);
      const clusters = clustersFrom(homelab, rehearsal);
      const losses = lossesOf({ machines: Object.keys(homelab.machines), siteParts: Object.keys(homelab.site) });
      for (const fault of losses.filter(({ id, target }) => (id === "power-off" || id === "part-off") && (targets as readonly string[]).includes(target))) {
        const quick = runFromStart(clusters, homelab, losing([fault]));
        const { cluster, site } = clusters.next();
        cluster.run(20_000);
        cluster.loop.skip = () => expect.fail("it was to be lived through");
        cluster.loop.nextChangeAt = () => cluster.loop.now();
        expect([fault, runScenario({ cluster, site }, homelab, losing([fault]))]).toEqual([fault, quick]);
      }
    }
  });
});
