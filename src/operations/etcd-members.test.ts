import { describe, expect, it } from "vitest";
import type { KubeObject } from "../objects/kube-object.ts";
import { type EtcdMember, k3sMembers, memberOf, parseMembers, quorumAfter } from "./etcd-members.ts";

describe("etcd's members", () => {
  it("are read from what etcdctl prints, one that never started too", () => {
    const output = `8e9e05c52164694d, started, cp1, https://192.168.1.11:2380, https://192.168.1.11:2379, false
91bc3c398fb3c146, started, cp2, https://192.168.1.12:2380, https://192.168.1.12:2379, false
fd422379fda50e48, unstarted, , https://192.168.1.13:2380, , true
{"level":"warn","msg":"retrying of unary invoker failed"}
https://192.168.1.11:2379 is healthy: successfully committed proposal: took = 9.1ms
https://192.168.1.12:2379 is unhealthy: failed to commit proposal: context deadline exceeded
Error: unhealthy cluster
`;
    expect(parseMembers(output)).toEqual([
      { id: "8e9e05c52164694d", name: "cp1", peerUrls: ["https://192.168.1.11:2380"], isHealthy: true, isLearner: false },
      { id: "91bc3c398fb3c146", name: "cp2", peerUrls: ["https://192.168.1.12:2380"], isHealthy: false, isLearner: false },
      { id: "fd422379fda50e48", name: "", peerUrls: ["https://192.168.1.13:2380"], isHealthy: false, isLearner: true },
    ]);
  });

  it.each<[string, boolean[], number, boolean]>([
    ["one of three that are well", [true, true, true], 0, true],
    ["the dead one of three", [true, true, false], 2, true],
    ["a live one of three while another is dead", [true, true, false], 0, false],
    ["one of two", [true, true], 1, true],
    ["the only one", [true], 0, false],
    ["the dead one of five while another is dead", [true, true, true, false, false], 4, true],
  ])("%s", (_what, health, gone, isAllowed) => {
    const members = health.map((isHealthy, index) => member(index, isHealthy));
    expect(quorumAfter(members, members[gone]!, "it") === undefined).toBe(isAllowed);
  });

  it("of k3s are the nodes that say so, well where they are ready", () => {
    const node = (name: string, labels: Record<string, string>, status: string): KubeObject => ({ apiVersion: "v1", kind: "Node", metadata: { name, labels }, status: { conditions: [{ type: "Ready", status }] } }) as unknown as KubeObject;
    const etcd = { "node-role.kubernetes.io/etcd": "true" };
    expect(k3sMembers([node("pi1", etcd, "True"), node("pi2", etcd, "Unknown"), node("pi3", {}, "True")])).toEqual([
      { id: "pi1", name: "pi1", peerUrls: [], isHealthy: true, isLearner: false },
      { id: "pi2", name: "pi2", peerUrls: [], isHealthy: false, isLearner: false },
    ]);
  });

  it("has no vote while it follows", () => {
    const members = [member(0, true), member(1, true), { ...member(2, false), isLearner: true }];
    expect(quorumAfter(members, members[2]!, "cp2")).toBeUndefined();
    expect(quorumAfter(members, members[0]!, "cp0")).toBeUndefined();
    expect(quorumAfter([member(0, true), { ...member(1, true), isLearner: true }], member(0, true), "cp0")).toContain("without cp0, 0 of 0");
  });

  it("is known by its node's name, and by its address until it has started", () => {
    const members = [member(1, true), { ...member(2, false), name: "" }];
    expect(memberOf(members, "cp1", undefined)?.id).toBe("1");
    expect(memberOf(members, "cp2", "192.168.1.2")?.id).toBe("2");
    expect(memberOf(members, "cp2", "192.168.1.20")).toBeUndefined();
    expect(memberOf(members, "w1", "192.168.1.31")).toBeUndefined();
  });
});

function member(number: number, isHealthy: boolean): EtcdMember {
  return { id: String(number), name: `cp${number}`, peerUrls: [`https://192.168.1.${number}:2380`], isHealthy, isLearner: false };
}
