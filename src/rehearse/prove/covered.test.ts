/** What is left out of a scenario changes nothing: shown by running both. */
import { describe, expect, it } from "vitest";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import type { Fault } from "../../scenarios/fault.ts";
import { losing, losingOneByOne } from "../../scenarios/scenario.ts";
import { withoutCovered } from "./covered.ts";
import { prove, scenariosOf } from "./prove.ts";
import { runFromStart } from "./run-from-start.ts";
import type { ScenarioOutcome } from "./run-scenario.ts";
import { WarmClusters, warmStartOf } from "./warm-start.ts";

const FILE = `name: covered
domain: maison.example
lan: 192.168.7.0/24
machines: { m1: { address: 192.168.7.11, roles: [control-plane, worker] }, m2: { address: 192.168.7.12 }, m3: { address: 192.168.7.13 }, m4: { address: 192.168.7.14 } }
machineDefaults: { hardware: mini-pc, memory: 8Gi, cpu: 4, disk: 100G, ssh: { user: me } }
site:
  box: { kind: router, address: 192.168.7.1, connects: [switch], forwards: { 80: m1, 443: m1 } }
  switch: { kind: switch, connects: [m1, m2, m3, m4] }
  strip: { kind: power-strip, powers: [m1, m2, switch, battery] }
  battery: { kind: ups, powers: [m3], holds: 10m }
  second: { kind: power-strip, powers: [m2] }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }
platform: { ingress: traefik }
apps:
  web: { image: ghcr.io/example/web:1.0.0, port: 8080, replicas: 2, host: web }
`;

const SMALL = FILE.replace(/machines: .*\n/, "machines: { m1: { address: 192.168.7.11, roles: [control-plane, worker] }, m2: { address: 192.168.7.12 } }\n")
  .replace(/site:\n( {2}.*\n)+/, "site:\n  box: { kind: router, address: 192.168.7.1, connects: [m1, m2], forwards: { 80: m1, 443: m1 } }\n  strip: { kind: power-strip, powers: [m1] }\n");

const off = (target: string): Fault => ({ id: "power-off", target });
const cut = (target: string): Fault => ({ id: "network-cut", target });
const empty = (target: string): Fault => ({ id: "disk-lost", target });
const part = (target: string): Fault => ({ id: "part-off", target });

describe("a loss that another one brings with it", () => {
  it.each([
    ["a machine behind the strip", [off("m1"), part("strip")], "part-off strip"],
    ["its cable too", [cut("m1"), part("strip")], "part-off strip"],
    ["a cable into a switch that is off", [cut("m4"), part("switch")], "part-off switch"],
    ["a switch on the strip", [part("switch"), part("strip")], "part-off strip"],
    ["both faults of a machine", [off("m1"), cut("m1"), part("strip")], "part-off strip"],
  ])("%s", async (_, faults, left) => {
    expect(withoutCovered(await homelabOf("homelab.yaml", FILE), losing(faults)).name).toBe(left);
  });

  it("one after the other, where it is the second that has nothing left to lose", async () => {
    const homelab = await homelabOf("homelab.yaml", FILE);
    expect(withoutCovered(homelab, losingOneByOne([part("strip"), off("m1")])).name).toBe("part-off strip");
    const first = losingOneByOne([off("m1"), part("strip")]);
    expect(withoutCovered(homelab, first)).toBe(first);
  });

  it.each([
    ["a disk is lost whether or not there is power", [empty("m1"), part("strip")]],
    ["the second supply holds it up", [off("m2"), part("strip")]],
    ["behind a UPS it stays on", [off("m3"), part("strip")]],
    ["a UPS that breaks is more than one without power", [part("battery"), part("strip")]],
    ["without the switch it still runs", [off("m4"), part("switch")]],
    ["the router is not what connects it", [cut("m4"), part("box")]],
    ["two machines", [off("m1"), off("m4")]],
  ])("not where %s", async (_, faults) => {
    const scenario = losing(faults);
    expect(withoutCovered(await homelabOf("homelab.yaml", FILE), scenario)).toBe(scenario);
  });

  it("nor where one comes later than the other", async () => {
    const scenario = losing([off("m1"), part("strip")], MINUTE_MS);
    expect(withoutCovered(await homelabOf("homelab.yaml", FILE), scenario)).toBe(scenario);
  });
});

describe("scenarios that are shared", { timeout: 180_000 }, () => {
  it("end as they would have", async () => {
    const homelab = await homelabOf("homelab.yaml", FILE);
    const rehearsal = virtualRehearsal(homelab, { isBreakable: true });
    expect((await rehearsal.settle(() => false)).isReady).toBe(true);
    rehearsal.cluster.run(MINUTE_MS);
    const clusters = new WarmClusters(homelab, warmStartOf(rehearsal.cluster, "1"), certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0)), () => undefined);
    await rehearsal.close();
    // Of reasons that come in one moment, which one is met first may differ.
    const told = ({ apps, api, unwell, isStateLost }: ScenarioOutcome): unknown => [
      apps.map(({ outages, recoveryMs, lost }) => [outages.map(({ fromMs, toMs, shareMin, why }) => [fromMs, toMs, shareMin, why.filter(({ atMs }, index) => why[index + 1]?.atMs !== atMs)]), recoveryMs, lost]),
      api,
      unwell,
      isStateLost,
    ];
    const shared = scenariosOf(homelab, "pairs").filter((scenario) => withoutCovered(homelab, scenario) !== scenario);
    expect(shared.length).toBeGreaterThan(5);
    for (const scenario of shared) expect([scenario.name, told(runFromStart(clusters, homelab, scenario))]).toEqual([scenario.name, told(runFromStart(clusters, homelab, withoutCovered(homelab, scenario)))]);
  });

  it("are counted apart from those that were run, and told each by its own name", async () => {
    const homelab = await homelabOf("homelab.yaml", SMALL);
    const proof = await prove({
      homelab,
      faults: "pairs",
      placements: "worst",
      seed: "1",
      certificates: certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0)),
      clock: { now: () => 0, after: (_, fn) => (setImmediate(fn), () => undefined) },
      log: () => undefined,
      isStopped: () => false,
      newRehearsal: (ties) => virtualRehearsal(homelab, { isBreakable: true, ties }),
      onProgress: () => undefined,
    });
    const all = scenariosOf(homelab, "pairs");
    // And the strip alone is the one machine on it by another name.
    const sharedCount = all.filter((scenario) => withoutCovered(homelab, scenario) !== scenario).length + 1;
    expect(proof!.counts).toMatchObject({ run: all.length - sharedCount, shared: sharedCount });
    expect(proof!.outcomes.map(({ scenario }) => scenario.name)).toEqual(all.map(({ name }) => name));
    const [pair, strip] = ["power-off m1 + part-off strip", "part-off strip"].map((name) => proof!.outcomes.find(({ scenario }) => scenario.name === name)!);
    expect({ ...pair, scenario: strip!.scenario }).toEqual(strip);
  });
});
