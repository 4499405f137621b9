import { describe, expect, it } from "vitest";
import { checkFile } from "../checks/check-file.ts";
import type { Homelab } from "../config/homelab.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { holdBack, unheld } from "../plan/hold-back.ts";
import { disruptionWaitsFor, isWithoutMajority, joinWaitsFor } from "./absent-machines.ts";
import type { Change, Risk } from "./change.ts";
import type { ClusterView, Step, Want } from "./step.ts";

/** `cp` control planes, two workers, two load balancers. */
async function homelab(controlPlanes: number, kubernetes = "distribution: kubeadm, version: v1.36.3, endpoint: { address: 192.0.2.10, by: haproxy, on: [lb1, lb2] }"): Promise<Homelab> {
  const machines = [
    ...Array.from({ length: controlPlanes }, (_, index) => `cp${index + 1}: { address: 192.0.2.${21 + index}, roles: [control-plane] }`),
    ...["w1: { address: 192.0.2.31 }", "w2: { address: 192.0.2.32 }", "lb1: { address: 192.0.2.41, roles: [load-balancer] }", "lb2: { address: 192.0.2.42, roles: [load-balancer] }"],
  ];
  const text = `name: maison\nlan: 192.0.2.0/24\nmachines:\n${machines.map((line) => `  ${line}\n`).join("")}kubernetes: { ${kubernetes} }\n`;
  const { homelab: found, findings } = await checkFile("homelab.yaml", { env: {}, readFile: () => Promise.resolve(text), resolve: (file) => file, today: Date.UTC(2026, 10, 1) });
  if (found === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return found;
}

function factsOf(machine: string, isJoined: boolean): MachineFacts {
  return { machine, kubernetes: { k3s: isJoined ? { hasJoined: true } : undefined, kubeadm: isJoined ? { hasJoined: true, isHalfDone: false } : undefined, others: [] }, units: machine.startsWith("lb") ? { "haproxy.service": { active: "active" } } : {} } as unknown as MachineFacts;
}

/** All are part of the cluster but those of `fresh`; those of `away` do not answer. */
function view(file: Homelab, away: readonly string[], fresh: readonly string[] = []): ClusterView {
  const names = Object.keys(file.machines).filter((name) => !away.includes(name));
  return { machines: Object.fromEntries(names.map((name) => [name, factsOf(name, !fresh.includes(name) && !name.startsWith("lb"))])), governedBy: "cp1", away };
}

const K3S_ETCD = "distribution: k3s, version: v1.36.1+k3s1, datastore: etcd, endpoint: { address: 192.0.2.10, by: external }";
const K3S_EXTERNAL = "distribution: k3s, version: v1.36.1+k3s1, datastore: { kind: external, url: { secret: db } }, endpoint: { address: 192.0.2.10, by: external }";

describe("what may be disrupted while machines are away", () => {
  it.each([
    ["nobody away", 3, [], "cp1", undefined],
    ["a worker away: etcd is whole", 3, ["w2"], "cp1", undefined],
    ["one of three members away: none of the others may stop", 3, ["cp3"], "cp1", "cp3 is away, and without cp1 etcd would have no majority"],
    ["one of three members away: workers may", 3, ["cp3"], "w1", undefined],
    ["one of five away: one more may stop", 5, ["cp5"], "cp1", undefined],
    ["two of five away: none more may", 5, ["cp4", "cp5"], "cp1", "cp4 and cp5 are away, and without cp1 etcd would have no majority"],
    ["two of three away: workers stay as they are, too", 3, ["cp2", "cp3"], "w1", "cp2 and cp3 are away, and what stops here now might not come back without the cluster"],
    ["one of two away", 2, ["cp2"], "cp1", "cp2 is away, and what stops here now might not come back without the cluster"],
    ["one of two load balancers away: the other leads to the API alone", 3, ["lb2"], "lb1", "lb2 is away, and nobody but lb1 leads to the API"],
    ["one of two load balancers away: nodes may", 3, ["lb2"], "cp1", undefined],
  ])("%s", async (_, count, away, machine, why) => {
    const file = await homelab(count);
    expect(disruptionWaitsFor({ homelab: file, machine: file.machines[machine]!, cluster: view(file, away) })).toBe(why);
  });

  it("counts in k3s as in kubeadm, and without an etcd asks only that one stays", async () => {
    const [etcd, external] = [await homelab(3, K3S_ETCD), await homelab(3, K3S_EXTERNAL)];
    const held = (file: Homelab, away: readonly string[]): string | undefined => disruptionWaitsFor({ homelab: file, machine: file.machines["cp1"]!, cluster: view(file, away) });
    expect(held(etcd, ["cp3"])).toBe("cp3 is away, and without cp1 etcd would have no majority");
    expect(held(external, ["cp3"])).toBeUndefined();
    expect(held(external, ["cp2", "cp3"])).toBe("cp2 and cp3 are away, and without cp1 no control plane would serve");
  });

  it("is anything on machines that serve nobody yet", async () => {
    const file = await homelab(3);
    expect(disruptionWaitsFor({ homelab: file, machine: file.machines["cp2"]!, cluster: view(file, ["cp3"], ["cp2"]) })).toBeUndefined();
  });
});

describe("who may join while machines are away", () => {
  it.each([
    ["a worker, beside one that is away", ["w2"], "w1", undefined],
    ["a worker, while etcd has its majority", ["cp3"], "w1", undefined],
    ["a worker, while it has none", ["cp2", "cp3"], "w1", "cp2 and cp3 are away, and without them the cluster takes nobody in"],
    ["a control plane, beside a member that is away", ["cp3"], "cp4", "cp3 is away, and etcd takes a new member only when all others are there"],
    ["a control plane, beside a worker that is away", ["w2"], "cp4", undefined],
    ["a worker, by a load balancer that is left", ["lb1"], "w1", undefined],
    ["a worker, without a load balancer", ["lb1", "lb2"], "w1", "lb1 and lb2 are away, by which the API is reached"],
  ])("%s", async (_, away, machine, why) => {
    const file = await homelab(4);
    expect(joinWaitsFor(file, file.machines[machine]!, view(file, away, [machine]))).toBe(why);
  });

  it("a machine that is away takes the majority with it, as it may be a member", async () => {
    const file = await homelab(3);
    expect(isWithoutMajority(file, view(file, ["cp2", "cp3"]))).toBe(true);
    expect(isWithoutMajority(file, view(file, ["cp3"]))).toBe(false);
    expect(isWithoutMajority(file, view(file, ["w1", "w2"]))).toBe(false);
  });
});

describe("changes that wait", () => {
  const step = (id: string, more: Partial<Step> = {}): Step => ({ id, summary: "", concerns: () => true, decide: () => [], ...more });
  const change = (summary: string, risk: Risk = "safe"): Change => ({ step: summary, summary, why: "", risk, run: [] });
  const wantOf = (file: Homelab, machine: string, cluster: ClusterView): Want => ({ homelab: file, machine: file.machines[machine]!, cluster, valueOf: () => undefined, checksumOf: () => undefined });

  it("are those that disrupt, and all that come behind them on that machine", async () => {
    const file = await homelab(3);
    const decided = [change("first"), change("restart", "disrupts"), change("behind")].map((each) => ({ step: step(each.summary), change: each }));
    const held = holdBack(decided, wantOf(file, "cp1", view(file, ["cp3"])));
    expect(held.map((each) => [each.summary, each.held?.why])).toEqual([["first", undefined], ["restart", "cp3 is away, and without cp1 etcd would have no majority"], ["behind", "cp3 is away, and without cp1 etcd would have no majority"]]);
    expect(unheld(held).map(({ summary }) => summary)).toEqual(["first"]);
    expect(unheld(holdBack(decided, wantOf(file, "cp1", view(file, []))))).toHaveLength(3);
  });

  it("are joins of machines that are no nodes yet, and no changes of nodes", async () => {
    const file = await homelab(3);
    const decided = [{ step: step("join", { isJoin: true }), change: change("write a file") }];
    expect(unheld(holdBack(decided, wantOf(file, "cp2", view(file, ["cp3"], ["cp2"]))))).toEqual([]);
    expect(unheld(holdBack(decided, wantOf(file, "cp2", view(file, ["cp3"]))))).toHaveLength(1);
  });
});
