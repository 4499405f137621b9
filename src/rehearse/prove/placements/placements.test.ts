/** Placements other than the seed's: that trials come to what really comes up, that the worst is found, and what it may cost. */
import { describe, expect, it } from "vitest";
import { homelabOf, virtualRehearsal } from "../../../../test/rehearse/virtual-rehearsal.ts";
import type { Homelab } from "../../../config/homelab.ts";
import { scenariosOf } from "../prove.ts";
import { warmUp, type WarmedUp } from "../warm-up.ts";
import { ADDED_COST_MAX, type Explored, explorePlacements, UP_COST } from "./explore-placements.ts";
import { exposureOf } from "./exposure.ts";
import { choosing, type Placement, slotOf, tieChoices } from "./placement.ts";
import { TrialPlacements } from "./trial-placements.ts";

const HEAD = `name: maison
domain: maison.example
lan: 192.168.1.0/24
machineDefaults: { hardware: mini-pc, cpu: 4, memory: 8Gi }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }
`;
/** One server that runs nothing of the app, two workers that are as good. */
const TWO_WORKERS = `${HEAD}machines:
  s1: { address: 192.168.1.11, roles: control-plane }
  w1: { address: 192.168.1.21 }
  w2: { address: 192.168.1.22 }
platform: { ingress: none, loadBalancer: none, metrics: false }
apps:
  web: { image: docker.io/library/nginx:1.29, port: 80, exposure: node-port, volumes: { data: { size: 1Gi, path: /data } } }
`;
/** Five machines, four apps, a replicated database: more that could be worst than a proof may cost. */
const FIVE = `${HEAD}machines:
  s1: { address: 192.168.1.11, roles: [control-plane, worker] }
  w1: { address: 192.168.1.21 }
  w2: { address: 192.168.1.22 }
  w3: { address: 192.168.1.23 }
  w4: { address: 192.168.1.24 }
site: { left: { kind: power-strip, powers: [w1, w2] }, right: { kind: power-strip, powers: [w3, w4] } }
platform: { ingress: traefik, certificates: { issuer: local-ca } }
apps:
  web: { image: ghcr.io/example/web:1.0.0, port: 80, host: web, replicas: 2, placement: { spread: [{ over: machine }] }, promise: { survives: left, backWithin: 2m, loses: nothing } }
  shop: { image: ghcr.io/example/shop:1.0.0, port: 80, host: shop, env: { URL: { database: main, key: uri } }, databases: { main: { engine: postgres, instances: 2, size: 5Gi } } }
  blog: { image: ghcr.io/example/blog:1.0.0, port: 80, host: blog }
  wiki: { image: ghcr.io/example/wiki:1.0.0, port: 80, host: wiki }
`;

const comesUp = async (homelab: Homelab, recorder?: ReturnType<typeof choosing>): Promise<WarmedUp> => (await warmUp({ seed: "1", isStopped: () => false, newRehearsal: (ties) => virtualRehearsal(homelab, { isBreakable: true, ties }) }, recorder))!;
const placedOn = (placement: Placement): Record<string, string> => Object.fromEntries(placement.map((one) => [slotOf(one), one.node]).toSorted());
const explore = (homelab: Homelab, { client, placed }: WarmedUp, isUnbounded = false): Explored => explorePlacements({ homelab, scenarios: scenariosOf(homelab, "single"), client, placed, seed: "1", isUnbounded });
const runsOf = ({ on }: Explored): number => on.reduce((sum, placements) => sum + placements.length, 0);

describe("placements", { timeout: 180_000 }, () => {
  it("are tried without a cluster, and come up as they were tried", async () => {
    const homelab = await homelabOf("homelab.yaml", FIVE);
    const up = await comesUp(homelab);
    const trials = new TrialPlacements(up.client, up.placed);
    expect(placedOn(trials.place(choosing(tieChoices(up.placed)).choice, "any"))).toEqual(placedOn(up.placed));
    const other = trials.place(() => undefined, "another draw");
    expect(placedOn(other)).not.toEqual(placedOn(up.placed));
    expect(placedOn((await comesUp(homelab, choosing(tieChoices(other)))).placed)).toEqual(placedOn(other));
  });

  it("are as many as put an app on each machine that is lost, with the volume that binds it there", async () => {
    const homelab = await homelabOf("homelab.yaml", TWO_WORKERS);
    const up = await comesUp(homelab);
    const explored = explore(homelab, up);
    expect(explored.tiedCount).toBeGreaterThan(0);
    expect([explored.placements.length, explored.leftOutCount]).toEqual([2, 0]);
    const [here] = up.placed.flatMap(({ workload, node }) => (workload.startsWith("web/web-") ? [node] : []));
    const there = here === "w1" ? "w2" : "w1";
    expect(explored.placements[1]!.moved).toContainEqual({ what: "web", from: here, to: there, apps: ["web"] });
    // Each where the app is; what takes no worker away as the seed has it.
    const names = scenariosOf(homelab, "single").map(({ name }) => name);
    for (const [index, name] of names.entries()) expect([name, explored.on[index]]).toEqual([name, [name.endsWith(there) ? 1 : 0]]);
    const { placed } = await comesUp(homelab, choosing(explored.placements[1]!.choices));
    expect(placed.filter(({ workload }) => workload.startsWith("web/web-")).map(({ node }) => node)).toEqual([there]);
  });

  it("are the seed's alone where nothing could stand elsewhere", async () => {
    const homelab = await homelabOf("homelab.yaml", TWO_WORKERS.replace(/ {2}w[12]: .*\n/g, "").replace("roles: control-plane", "roles: [control-plane, worker]"));
    const explored = explore(homelab, await comesUp(homelab));
    expect([explored.tiedCount, explored.placements.length, runsOf(explored), explored.leftOutCount]).toEqual([0, 1, 3, 0]);
  });

  it("cost about as much as the proof of one, unless all are asked for; promises that name what is lost come first", async () => {
    const homelab = await homelabOf("homelab.yaml", FIVE);
    const up = await comesUp(homelab);
    const scenarioCount = scenariosOf(homelab, "single").length;
    const explored = explore(homelab, up);
    expect(explored.leftOutCount).toBeGreaterThan(0);
    expect((explored.placements.length - 1) * UP_COST + runsOf(explored) - scenarioCount).toBeLessThanOrEqual(ADDED_COST_MAX * (UP_COST + scenarioCount));
    // Both copies on one strip.
    const left = scenariosOf(homelab, "single").findIndex(({ name }) => name === "part-off left");
    const placements = await Promise.all(explored.on[left]!.map(async (number) => (await comesUp(homelab, choosing(explored.placements[number]!.choices))).placed));
    expect(placements.some((placed) => placed.filter(({ workload }) => workload.startsWith("web/web-")).every(({ node }) => node === "w1" || node === "w2"))).toBe(true);
    const all = explore(homelab, up, true);
    expect([all.leftOutCount, all.placements.length > explored.placements.length]).toEqual([0, true]);
    // The same to the byte, whoever asks and whenever.
    expect(JSON.stringify(explore(homelab, up))).toBe(JSON.stringify(explored));
  });
});

describe("how much of an app is lost with machines", () => {
  const nodes = new Map([["web#0", "w1"], ["web#1", "w2"], ["main#0", "w1"], ["main#1", "w2"]]);
  const groups = [["web#0", "web#1"], ["main#0", "main#1"], ["main#0"]].map((slots) => ({ slots, weight: 1, isFelt: true }));

  it("is more with the primary of its database, and most with all copies", () => {
    const [none, replica, primary, all] = [["w3"], ["w2"], ["w1"], ["w1", "w2"]].map((lost) => exposureOf(groups, nodes, new Set(lost)));
    expect([none, replica! > 0, primary! > replica!, all! > primary! + replica!]).toEqual([0, true, true, true]);
  });
});
