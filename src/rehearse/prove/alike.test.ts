/** What is one loss by two names is the same to the byte: shown by running both. */
import { describe, expect, it } from "vitest";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import type { Fault } from "../../scenarios/fault.ts";
import { losing, losingOneByOne } from "../../scenarios/scenario.ts";
import { withMachineFor } from "./alike.ts";
import { scenariosOf } from "./prove.ts";
import { runFromStart } from "./run-from-start.ts";
import { WarmClusters, warmStartOf } from "./warm-start.ts";

const FILE = `name: alike
domain: maison.example
lan: 192.168.7.0/24
machines: { m1: { address: 192.168.7.11, roles: [control-plane, worker] }, m2: { address: 192.168.7.12 }, m3: { address: 192.168.7.13 }, m4: { address: 192.168.7.14, hostname: four } }
machineDefaults: { hardware: mini-pc, memory: 8Gi, cpu: 4, disk: 100G, ssh: { user: me } }
site:
  box: { kind: router, address: 192.168.7.1, connects: [m1, m2, m3, m4], forwards: { 80: m1, 443: m1 } }
  both: { kind: power-strip, powers: [m1, m2] }
  second: { kind: power-strip, powers: [m2] }
  alone: { kind: power-strip, powers: [m3] }
  battery: { kind: ups, powers: [m4], holds: 10m }
  shelf: { kind: power-strip, powers: [battery] }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }
platform: { ingress: traefik }
apps:
  web:
    port: 8080
    image: ghcr.io/example/web:1.0.0
    replicas: 2
    host: web
    databases: { main: { engine: postgres, instances: 2, size: 1Gi } }
`;

const off = (target: string): Fault => ({ id: "power-off", target });
const part = (target: string): Fault => ({ id: "part-off", target });

describe("a part with one machine on it", () => {
  it.each([
    ["is that machine", losing([part("alone")]), losing([off("m3")])],
    ["with a battery too, when it breaks", losing([part("battery")]), losing([off("m4")])],
    ["beside another loss, in its place", losing([off("m1"), part("alone")]), losing([off("m1"), off("m3")])],
    ["and one by one", losingOneByOne([part("alone"), off("m1")]), losingOneByOne([off("m3"), off("m1")])],
  ])("%s", async (_, scenario, other) => {
    expect(withMachineFor(await homelabOf("homelab.yaml", FILE), scenario)).toEqual(other);
  });

  it.each([
    ["two hang on it", [part("both")]],
    ["the machine has another supply", [part("second")]],
    ["a part hangs on it", [part("shelf")]],
    ["more than power comes from it", [part("box")]],
    ["it is a machine", [off("m3")]],
  ])("not where %s", async (_, faults) => {
    const scenario = losing(faults);
    expect(withMachineFor(await homelabOf("homelab.yaml", FILE), scenario)).toBe(scenario);
  });

  it("ends as the machine does, alone and with others", { timeout: 180_000 }, async () => {
    const homelab = await homelabOf("homelab.yaml", FILE);
    const rehearsal = virtualRehearsal(homelab, { isBreakable: true });
    expect((await rehearsal.settle(() => false)).isReady).toBe(true);
    rehearsal.cluster.run(MINUTE_MS);
    const clusters = new WarmClusters(homelab, warmStartOf(rehearsal.cluster, "1"), certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0)), () => undefined);
    await rehearsal.close();
    const tried = (["pairs", "degraded"] as const).flatMap((faults) => scenariosOf(homelab, faults));
    const names = new Set(tried.map(({ name }) => name));
    const twins = tried.filter((scenario) => withMachineFor(homelab, scenario) !== scenario && names.has(withMachineFor(homelab, scenario).name));
    expect(twins.length).toBeGreaterThan(20);
    // Each alone, and some of those with another.
    for (const twin of twins.filter(({ steps }, index) => steps.length === 1 || index % 5 === 0)) {
      const [byPart, byMachine] = [twin, withMachineFor(homelab, twin)].map((scenario) => ({ ...runFromStart(clusters, homelab, scenario), scenario: "" }));
      expect([twin.name, JSON.stringify(byPart)]).toEqual([twin.name, JSON.stringify(byMachine)]);
    }
  });
});
