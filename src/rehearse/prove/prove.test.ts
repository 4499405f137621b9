/** Which losses a proof tries, and on which placements. What it says of the example is compared where the README's commands are run. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import { realClock } from "../../adapters/real-clock.ts";
import { homelabOf, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { Homelab } from "../../config/homelab.ts";
import type { TieBreak } from "../../sim/scheduler/tie-break.ts";
import { PlacementRunner } from "./placements/run-on-placement.ts";
import { NoSuchPlacement, type Placements, type Proof, prove, type ProofOptions, scenariosOf } from "./prove.ts";

it("tries two machines at a time where that is promised", async () => {
  const homelab = await homelabOf("examples/gazette/homelab.yaml", `${readFileSync("examples/gazette/homelab.yaml", "utf8")}    promise: { survives: two machines, backWithin: 10m, loses: nothing }\n`);
  const names = scenariosOf(homelab, "single").map(({ name }) => name);
  // 12 losses, each of three on one machine with each of three on another, and one machine without power or disk before another.
  expect(names).toHaveLength(12 + 27 + 12);
  expect(names).toContain("power-off pi1 + disk-lost pi2");
  expect(names).toContain("disk-lost pi2, then disk-lost pi1");
});

it("tries each thing that stays away with one more after it, in both orders", async () => {
  const names = scenariosOf(await homelabOf("homelab.yaml", HOME), "degraded").map(({ name }) => name);
  // Nine losses of three machines; each of the three without power before each other, and without disk.
  expect(names).toHaveLength(9 + 6 + 6);
  expect(names).toEqual(expect.arrayContaining(["power-off w1, then power-off w2", "power-off w2, then power-off w1", "disk-lost s1, then disk-lost w1"]));
});

/** Two workers that are as good for the app: the seed has it on w2. */
const HOME = `name: maison
lan: 192.168.1.0/24
machines:
  s1: { address: 192.168.1.11, roles: control-plane }
  w1: { address: 192.168.1.21 }
  w2: { address: 192.168.1.22 }
machineDefaults: { hardware: mini-pc }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }
platform: { ingress: none, loadBalancer: none, metrics: false }
apps:
  web: { image: docker.io/library/nginx:1.29, port: 80, exposure: node-port, promise: { survives: [w1, w2], backWithin: 1m, loses: nothing } }
`;

const AUTHORITY = certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0));

function optionsFor(homelab: Homelab, placements: Placements, over: Partial<ProofOptions> = {}): ProofOptions {
  const newRehearsal = (ties: TieBreak): ReturnType<ProofOptions["newRehearsal"]> => virtualRehearsal(homelab, { isBreakable: true, ties });
  return { homelab, faults: "single", placements, seed: "1", certificates: AUTHORITY, clock: realClock, log: () => undefined, isStopped: () => false, newRehearsal, onProgress: () => undefined, ...over };
}

const verdicts = ({ judged }: Proof): unknown[] => judged.map(({ survives, verdict, worst }) => [survives, verdict, worst?.app.placement ?? 0]);

describe("a proof where the scheduler has something to draw", { timeout: 180_000 }, () => {
  it("judges a promise by the worst placement: what luck keeps for one seed is broken", async () => {
    const homelab = await homelabOf("homelab.yaml", HOME);
    const [seeds, worst, alone] = await Promise.all(([0, "worst", 1] as const).map((placements) => prove(optionsFor(homelab, placements))));
    const [lucky, unlucky] = seeds!.judged.map(({ verdict }) => verdict)[0] === "kept" ? ["w1", "w2"] : ["w2", "w1"];
    expect(verdicts(seeds!)).toEqual(expect.arrayContaining([[lucky, "kept", 0], [unlucky, "broken", 0]]));
    expect(verdicts(worst!)).toEqual(expect.arrayContaining([[lucky, "broken", 1], [unlucky, "broken", 0]]));
    // Its number tries it again.
    expect(verdicts(alone!)).toEqual(expect.arrayContaining([[lucky, "broken", 1], [unlucky, "kept", 1]]));
    const one = (proof: Proof): unknown => proof.judged.find(({ survives }) => survives === lucky)!.worst;
    expect(one(alone!)).toEqual(one(worst!));
    expect(worst!.ties.placements.map(({ scenarioCount }) => scenarioCount)).toEqual([6, 3]);
    await expect(prove(optionsFor(homelab, 2))).rejects.toThrow(NoSuchPlacement);
  });

  it("ends the same whoever runs what: alone, or with threads that bring placements up by themselves", async () => {
    const homelab = await homelabOf("homelab.yaml", HOME);
    const byThreads = await prove(
      optionsFor(homelab, "worst", {
        threads: (start) =>
          Array.from({ length: 2 }, () => {
            const runner = new PlacementRunner(optionsFor(homelab, "worst"), structuredClone(start));
            let last: Promise<unknown> = Promise.resolve();
            return { run: (task) => (last = last.then(() => runner.run(structuredClone(task)))) as ReturnType<typeof runner.run>, close: () => Promise.resolve() };
          }),
      }),
    );
    expect(JSON.stringify(byThreads)).toBe(JSON.stringify(await prove(optionsFor(homelab, "worst"))));
  });

  it("says so where a placement does not come up, and runs its losses on the seed's", async () => {
    const homelab = await homelabOf("homelab.yaml", HOME);
    let count = 0;
    const proof = await prove(optionsFor(homelab, "worst", { newRehearsal: (ties) => virtualRehearsal(homelab, { isBreakable: true, ties, ...(count++ === 0 ? {} : { readyWithinMs: 0 }) }) }));
    expect(proof!.ties.placements.map(({ notReady }) => notReady)).toEqual([undefined, "not ready within 0 simulated minutes"]);
    expect(proof!.judged.map(({ verdict }) => verdict).toSorted()).toEqual(["broken", "kept"]);
    expect(proof!.outcomes.flatMap(({ apps }) => apps.map(({ placement }) => placement))).toEqual(Array(9).fill(undefined));
  });
});
