/** Who is let in anew may still have a node from before: neither kubeadm nor k3s takes another machine by that name. */
import { describe, expect, it } from "vitest";
import { loadHomelab } from "../config/load.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { inviteMachines } from "./invite-machines.ts";
import { isRefusal, type Want } from "./step.ts";
import { BARE_DEBIAN } from "./testing/fake-machine.ts";

async function invited(kubernetes: object, governing: Partial<MachineFacts["kubernetes"]>): Promise<{ text: string; shown: string }> {
  const text = JSON.stringify({
    name: "maison",
    lan: "192.168.1.0/24",
    machines: { cp1: { address: "192.168.1.11", roles: ["control-plane"] }, w1: { address: "192.168.1.21", hostname: "second" }, w2: { address: "192.168.1.22" } },
    kubernetes,
  });
  const { homelab } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => text });
  const none = { k3s: undefined, kubeadm: undefined, others: [] };
  const machines = { cp1: { ...BARE_DEBIAN, kubernetes: { ...none, ...governing } }, w1: { ...BARE_DEBIAN, kubernetes: none }, w2: { ...BARE_DEBIAN, kubernetes: none } };
  const want: Want = { homelab: homelab!, machine: homelab!.machines["cp1"]!, cluster: { machines, governedBy: "cp1" }, valueOf: () => undefined, checksumOf: () => undefined };
  const decision = inviteMachines.decide(machines.cp1, want);
  const script = isRefusal(decision) ? undefined : decision[0]!.run[0]!;
  if (script?.do !== "script") throw new Error("it is invited by a script");
  return { text: script.script.text, shown: script.shown };
}

describe("an earlier node of the name", () => {
  it("goes before a machine joins by kubeadm", async () => {
    const { text, shown } = await invited({ distribution: "kubeadm", version: "v1.36.3" }, { kubeadm: { isOurs: true, isControlPlane: true, hasJoined: true, hasEtcdData: true, isHalfDone: false, caHash: "c" } });
    expect(text).toContain("delete node second w2 --ignore-not-found");
    expect(shown).toContain("kubectl delete node second w2 --ignore-not-found");
  });

  it("goes before a machine joins k3s, its password with it", async () => {
    const { text } = await invited({ distribution: "k3s", version: "v1.36.1+k3s1" }, { k3s: { role: "server", isOurs: true, hasData: true, hasJoined: true } });
    expect(text).toContain("delete node second w2 --ignore-not-found");
    expect(text).toContain("delete secret second.node-password.k3s w2.node-password.k3s --ignore-not-found");
  });
});
