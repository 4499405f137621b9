import { describe, expect, it } from "vitest";
import type { Homelab, Machine } from "../config/homelab.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { decideNode, SETTINGS_ANNOTATION } from "./node-settings.ts";

const HOMELAB = { site: {} } as unknown as Homelab;

const machine = (over: Partial<Machine> = {}): Machine => ({ name: "w1", hostname: "w1", roles: ["worker"], labels: {}, taints: [], ...over }) as unknown as Machine;

function node(over: { labels?: Record<string, string>; taints?: object[]; noted?: object } = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "w1", resourceVersion: "7", labels: { "kubernetes.io/hostname": "w1", ...over.labels }, ...(over.noted === undefined ? {} : { annotations: { [SETTINGS_ANNOTATION]: JSON.stringify(over.noted) } }) },
    spec: { ...(over.taints === undefined ? {} : { taints: over.taints }) },
  };
}

describe("a node's settings", () => {
  it("are nobody's business where the file has none", () => {
    expect(decideNode(HOMELAB, machine(), node({ labels: { theirs: "yes" }, taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] }))).toBeUndefined();
  });

  it("get labels that kubelets may not set", () => {
    const change = decideNode(HOMELAB, machine({ labels: { "node-role.kubernetes.io/worker": "" } }), node());
    expect(change!.planned).toEqual({ object: "Node w1", action: "change", risk: "safe", diff: expect.stringContaining('+  node-role.kubernetes.io/worker: ""') });
    expect(change!.patch).toEqual({ metadata: { resourceVersion: "7", labels: { "node-role.kubernetes.io/worker": "" }, annotations: { [SETTINGS_ANNOTATION]: '{"labels":["node-role.kubernetes.io/worker"],"taints":[]}' } } });
  });

  it("lose what left the file, and nothing of others", () => {
    const change = decideNode(HOMELAB, machine(), node({ labels: { disk: "fast", theirs: "yes" }, taints: [{ key: "only", value: "db", effect: "NoSchedule" }, { key: "theirs", effect: "NoExecute" }], noted: { labels: ["disk"], taints: ["only:NoSchedule"] } }));
    expect(change!.patch).toEqual({ metadata: { resourceVersion: "7", labels: { disk: null }, annotations: { [SETTINGS_ANNOTATION]: '{"labels":[],"taints":[]}' } }, spec: { taints: [{ key: "theirs", effect: "NoExecute" }] } });
  });

  it("keep apps off a control plane, unless it is a worker too", () => {
    const taint = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };
    const alone = decideNode(HOMELAB, machine({ roles: ["control-plane"] }), node());
    expect((alone!.patch as { spec: object }).spec).toEqual({ taints: [taint] });
    const both = decideNode(HOMELAB, machine({ roles: ["control-plane", "worker"] }), node({ taints: [taint] }));
    expect((both!.patch as { spec: object }).spec).toEqual({ taints: [] });
  });

  it("say that pods will have to leave", () => {
    expect(decideNode(HOMELAB, machine({ taints: [{ key: "only", value: "db", effect: "NoExecute" }] }), node())!.planned.risk).toBe("disrupts");
  });

  it("that are right already need no patch", () => {
    const settled = node({ labels: { disk: "fast" }, taints: [{ key: "only", value: "db", effect: "NoSchedule", timeAdded: "2026-01-01T00:00:00Z" }], noted: { labels: ["disk"], taints: ["only:NoSchedule"] } });
    expect(decideNode(HOMELAB, machine({ labels: { disk: "fast" }, taints: [{ key: "only", value: "db", effect: "NoSchedule" }] }), settled)).toBeUndefined();
  });

  it("take a note that another hand broke for none", () => {
    const broken = node();
    broken.metadata.annotations = { [SETTINGS_ANNOTATION]: "{" };
    expect(decideNode(HOMELAB, machine({ labels: { disk: "fast" } }), broken)).toBeDefined();
  });
});
