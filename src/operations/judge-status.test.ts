/** What `status` calls a problem: a cluster that is well has none, and each thing that breaks is told once, with what to do. */
import { describe, expect, it } from "vitest";
import { completeExample } from "../checks/complete-example.ts";
import { loadHomelab } from "../config/load.ts";
import { StepFailed } from "../engine/step-failed.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { judgeStatus } from "./judge-status.ts";
import type { MachineState } from "./machine-state.ts";
import type { Seen } from "./status.ts";

const NOW = Date.UTC(2026, 10, 1);
const DAY = 86_400_000;
const NAMES = ["cp1", "cp2", "cp3"] as const;
/** As the cluster calls them. */
const NODES = ["cp1", "second", "cp3"] as const;

const { homelab } = await loadHomelab("homelab.yaml", {
  env: {},
  readFile: () =>
    completeExample(`machines:
  cp1: { address: 192.168.1.11, roles: [control-plane, worker] }
  cp2: { address: 192.168.1.12, roles: [control-plane, worker], hostname: second }
  cp3: { address: 192.168.1.13, roles: [control-plane, worker] }
kubernetes: { distribution: kubeadm, version: v1.36.1, endpoint: { address: 192.168.1.10, by: kube-vip } }`),
});

const facts = (name: string, addresses: string[] = [], over: object = {}): MachineFacts =>
  ({
    machine: name,
    filesystems: [{ mountPoint: "/", sizeBytes: 1000, freeBytes: 500, isReadOnly: false }, { mountPoint: "/mnt/backup", sizeBytes: 1000, freeBytes: 1, isReadOnly: false }],
    network: { interfaces: [{ addresses }] },
    kubernetes: { kubeadm: { hasJoined: true }, k3s: undefined, others: [] },
    ...over,
  }) as unknown as MachineFacts;
const state = (over: Partial<MachineState> = {}): MachineState => ({ load: 0.1, memoryBytes: 4 << 30, memoryFreeBytes: 2 << 28, ports: [{ part: "kubelet", port: 10248, answer: "ok" }], etcd: { isLeader: false, hasLeader: true, sizeBytes: 1 << 20 }, certificates: [{ path: "/etc/kubernetes/pki/apiserver.crt", expiresAtMs: NOW + 200 * DAY }], ...over });
const node = (name: string, ready: "True" | "False" | "Unknown" = "True", spec: object = {}): KubeObject => ({ apiVersion: "v1", kind: "Node", metadata: { name }, spec, status: { conditions: [{ type: "Ready", status: ready, message: "Kubelet stopped posting node status." }] } }) as unknown as KubeObject;

const well = (): Seen => ({
  facts: Object.fromEntries(NAMES.map((name) => [name, facts(name, name === "cp2" ? ["192.168.1.12/24", "192.168.1.10/32"] : [])])),
  failures: [],
  states: Object.fromEntries(NAMES.map((name) => [name, state(name === "cp1" ? { etcd: { isLeader: true, hasLeader: true, sizeBytes: 1 } } : {})])),
  nodes: NODES.map((name) => node(name)),
  apps: [],
  unready: [],
  apiError: undefined,
  apiNote: undefined,
  changes: 0,
  refusals: [],
});
const told = (over: Partial<Seen>): string[] => judgeStatus(homelab!, { ...well(), ...over }, NOW).map(({ where, what, fix }) => (expect(fix).not.toBe(""), `${where}: ${what}`));

describe("status", () => {
  it("finds nothing wrong with a cluster that is well", () => {
    expect(told({})).toEqual([]);
  });

  it("tells of a machine that does not answer, its node and its etcd member", () => {
    const { cp3: _facts, ...otherFacts } = well().facts;
    const { cp3: _state, ...otherStates } = well().states;
    expect(told({ facts: otherFacts, states: otherStates, nodes: [node("cp1"), node("second"), node("cp3", "Unknown")], failures: [new StepFailed("unreachable", "cp3: no answer", { machine: "cp3", hint: "is it on?" })], changes: undefined })).toEqual([
      "cp3: no answer",
      "etcd: 2 of 3 members are well",
      "cp3: the node is not ready: Kubelet stopped posting node status.",
    ]);
  });

  it("tells of a quorum that is lost", () => {
    const states = { ...well().states, cp2: state({ etcd: undefined }), cp3: state({ etcd: { isLeader: false, hasLeader: false, sizeBytes: 1 } }) };
    expect(told({ states })).toContain("etcd: 1 of 3 members see a leader: nothing can be written");
  });

  it("tells of an address that nobody holds, or two", () => {
    expect(told({ facts: Object.fromEntries(NAMES.map((name) => [name, facts(name)])) })).toEqual(["API endpoint: no machine that answers holds 192.168.1.10"]);
    expect(told({ facts: { ...well().facts, cp3: facts("cp3", ["192.168.1.10/32"]) } })).toEqual(["API endpoint: cp2 and cp3 both hold 192.168.1.10"]);
  });

  it.each<[string, Partial<MachineState>, string]>([
    ["a port that does not answer", { ports: [{ part: "scheduler", port: 10259, answer: "connection refused" }] }, "cp2: scheduler on port 10259: connection refused"],
    ["memory that is used up", { memoryFreeBytes: 1 << 20 }, "cp2: 1 Mi of 4096 Mi of memory are free"],
    ["certificates that end", { certificates: [{ path: "/a.crt", expiresAtMs: NOW + 9.5 * DAY }, { path: "/b.crt", expiresAtMs: NOW + 20 * DAY }, { path: "/ca.crt", expiresAtMs: NOW + 3000 * DAY }] }, "cp2: /a.crt ends in 9 days, and 1 more soon"],
    ["certificates that have ended", { certificates: [{ path: "/a.crt", expiresAtMs: NOW - DAY }] }, "cp2: /a.crt ended 1 days ago"],
    ["an etcd near its quota", { etcd: { isLeader: false, hasLeader: true, sizeBytes: 2 ** 31 } }, "etcd: cp2: 2048 Mi of"],
  ])("tells of %s", (_what, over, expected) => {
    const found = told({ states: { ...well().states, cp2: state({ ...over, memoryBytes: 2 ** 32, memoryFreeBytes: over.memoryFreeBytes ?? 2 ** 31 }) } });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it("does not call broken what is not built yet", () => {
    const fresh = facts("cp2", ["192.168.1.10/32"], { kubernetes: { kubeadm: undefined, k3s: undefined, others: [] } });
    expect(told({ facts: { ...well().facts, cp2: fresh }, states: { ...well().states, cp2: state({ ports: [{ part: "kubelet", port: 10248, answer: "refused" }], etcd: undefined }) }, nodes: [node("cp1"), node("cp3")], changes: 9 })).toEqual(["etcd: 2 of 3 members are well", "cp2: it is no node of the cluster", "file: 9 changes to what is there"]);
  });

  it("tells of a full disk, but only where Kubernetes lives", () => {
    expect(told({ facts: { ...well().facts, cp1: facts("cp1", [], { filesystems: [{ mountPoint: "/", sizeBytes: 1000, freeBytes: 140, isReadOnly: false }] }) } })).toEqual(["cp1: / has 14 % free"]);
  });

  it("tells of nodes beyond the file, cordoned ones, workloads that are not ready, and what the plan refuses", () => {
    expect(told({ nodes: [...NODES.map((name) => node(name, "True", name === "cp1" ? { unschedulable: true } : {})), node("old")] })).toEqual(["cp1: no new pods are placed on it (cordoned)", "old: a node that the file does not have"]);
    const problems = judgeStatus(homelab!, { ...well(), unready: [{ what: "deployment shop/web", why: "1 of 2 pods are available", hint: undefined }] }, NOW);
    expect(problems).toEqual([{ where: "deployment shop/web", what: "1 of 2 pods are available", fix: "kubectl describe deployment web -n shop" }]);
    expect(told({ refusals: [{ machine: "cp1", refused: "k3s is on it", hint: "remove it" }], changes: undefined })).toEqual(["cp1: k3s is on it"]);
  });
});
