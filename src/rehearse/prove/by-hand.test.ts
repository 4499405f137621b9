/** What a person can do about a machine that stays off is proposed where it was seen to help, and nowhere else. */
import { describe, expect, it } from "vitest";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import { realClock } from "../../adapters/real-clock.ts";
import { homelabOf, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import { prove, type Proof } from "./prove.ts";
import { repairsOf } from "./repairs.ts";

const AUTHORITY = certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0));

const home = (app: string): string => `name: maison
lan: 192.168.1.0/24
machines:
  s1: { address: 192.168.1.11, roles: control-plane }
  w1: { address: 192.168.1.21, hostname: worker-one, roles: worker }
machineDefaults: { hardware: mini-pc }
kubernetes: { distribution: kubeadm, version: v1.36.3 }
platform: { ingress: none, loadBalancer: none, metrics: false }
apps:
  count: { image: docker.io/library/nginx:1.29, port: 80, exposure: node-port, promise: { survives: w1, backWithin: 15m }, ${app} }
`;

const TWO = home("kind: stateful-set").replace("  w1:", "  w2: { address: 192.168.1.22, roles: worker, labels: { spare: \"yes\" } }\n  w1:");

async function proved(text: string): Promise<Proof> {
  const homelab = await homelabOf("homelab.yaml", text);
  const proof = await prove({ homelab, faults: "single", placements: "worst", seed: "1", certificates: AUTHORITY, clock: realClock, log: () => undefined, isStopped: () => false, newRehearsal: (ties) => virtualRehearsal(homelab, { isBreakable: true, ties }), onProgress: () => undefined });
  return proof!;
}

describe("a machine that stays off", { timeout: 120_000 }, () => {
  it("is said to be out of service: a StatefulSet's pod, which nothing replaces, runs elsewhere", async () => {
    const [one] = (await proved(TWO)).judged;
    expect(one).toMatchObject({ verdict: "needs a human", worst: { outcome: { scenario: { name: "power-off w1" } } } });
    expect(one!.byHand).toMatchObject({ machines: ["w1"], commands: ["kubectl taint node worker-one node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"] });
    // Garbage collector of pods 20 s (podgc), an image to pull, readiness.
    expect(one!.byHand!.afterMs).toBeLessThan(60_000);
    const { byHand } = repairsOf(await homelabOf("homelab.yaml", TWO), one!.worst!.outcome, one!.worst!.app, "", one!.byHand);
    expect(byHand.map(({ text }) => text)).toEqual(["Switch w1 on again; its node comes back by itself.", expect.stringMatching(/^Or leave w1 off and say so: all requests are answered again \d+ s later\./)]);
  });

  it("is waited for where there is no other machine to run on", async () => {
    const [one] = (await proved(home("kind: stateful-set"))).judged;
    expect([one!.verdict, one!.byHand]).toEqual(["needs a human", undefined]);
  });
});
