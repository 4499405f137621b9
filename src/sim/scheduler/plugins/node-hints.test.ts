/** Which nodes bring back the pods that a plugin refused: cases of upstream's `Test_isSchedulableAfterNodeChange`, plugin by plugin. */
import { describe, expect, it } from "vitest";
import type { Node, Pod, PodSpec } from "../../kubelet/pod.ts";
import type { Plugin } from "../plugin.ts";
import { type NodeOptions, requests, testNode, testPod } from "../test-objects.ts";
import { DEFAULT_PLUGINS } from "./all.ts";

const TAINT = { key: "role", value: "db", effect: "NoSchedule" } as const;
const DB: Partial<PodSpec> = { nodeSelector: { role: "db" } };
const near = (topologyKey: string): Partial<PodSpec> => ({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: {} }] } } });
const away = (topologyKey: string): Partial<PodSpec> => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: {} }] } } });
const spread = (topologyKey: string): Partial<PodSpec> => ({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule", labelSelector: {} }] });
const zone = (name: string): NodeOptions => ({ labels: { zone: name } });

type Change = [before: NodeOptions | undefined, after: NodeOptions | undefined, helps: boolean];

const CASES: Record<string, [what: string, spec: Partial<PodSpec>, changes: Change[]][]> = {
  TaintToleration: [
    ["no toleration", {}, [[undefined, {}, true], [undefined, { taints: [TAINT] }, false], [{ taints: [TAINT] }, {}, true], [{}, {}, false], [{ taints: [TAINT] }, { taints: [TAINT], cpu: "8" }, false], [{ taints: [TAINT] }, undefined, false]]],
    ["a toleration", { tolerations: [{ key: "role", operator: "Exists" }] }, [[undefined, { taints: [TAINT] }, true], [{ taints: [TAINT] }, {}, false]]],
  ],
  NodeUnschedulable: [["any pod", {}, [[undefined, {}, true], [undefined, { unschedulable: true }, false], [{ unschedulable: true }, {}, true], [{}, {}, false], [{ unschedulable: true }, { unschedulable: true }, false]]]],
  NodeName: [["any pod", {}, [[undefined, {}, true], [{ taints: [TAINT] }, {}, false]]]],
  NodePorts: [["any pod", {}, [[undefined, {}, true], [{ taints: [TAINT] }, {}, false]]]],
  VolumeRestrictions: [["any pod", {}, [[undefined, {}, true], [{}, zone("a"), false]]]],
  VolumeZone: [["any pod", {}, [[undefined, {}, true], [{}, zone("a"), true], [{ taints: [TAINT] }, {}, false], [{}, undefined, false]]]],
  VolumeBinding: [["any pod", {}, [[undefined, {}, true], [{}, zone("a"), true], [{ taints: [TAINT] }, {}, false]]]],
  NodeAffinity: [["a selector", DB, [[undefined, {}, false], [undefined, { labels: { role: "db" } }, true], [{}, { labels: { role: "db" } }, true], [{ labels: { role: "db" } }, { labels: { role: "db" }, cpu: "8" }, false]]]],
  NodeResourcesFit: [
    ["requests", requests("2", "1Gi"), [[undefined, { cpu: "1" }, false], [undefined, { cpu: "4" }, true], [{ cpu: "1" }, { cpu: "4" }, true], [{ cpu: "4" }, { cpu: "4", taints: [TAINT] }, false], [{ cpu: "1" }, { cpu: "1500m" }, false], [{ pods: "10" }, { pods: "20" }, true], [{}, { pods: "0" }, false]]],
    ["none", {}, [[undefined, {}, true], [{ cpu: "1" }, { cpu: "4" }, false]]],
  ],
  PodTopologySpread: [["a constraint", spread("zone"), [[undefined, {}, false], [undefined, zone("a"), true], [zone("a"), undefined, true], [{}, undefined, false], [zone("a"), zone("b"), true], [zone("a"), {}, true], [zone("a"), { ...zone("a"), taints: [TAINT] }, true], [zone("a"), { ...zone("a"), cpu: "8" }, false], [{}, { taints: [TAINT] }, false]]]],
  InterPodAffinity: [
    ["near others", near("zone"), [[undefined, {}, false], [undefined, zone("a"), true], [{}, zone("a"), true], [zone("a"), zone("b"), true], [zone("a"), {}, false], [zone("a"), { ...zone("a"), cpu: "8" }, false]]],
    ["away from others", away("zone"), [[undefined, {}, true], [zone("a"), {}, true], [zone("a"), zone("b"), true], [{}, zone("a"), false]]],
  ],
};

const nodeOf = (options: NodeOptions | undefined): Node | undefined => options && testNode("a", options);
const hintOf = (name: string): NonNullable<Plugin["nodeHint"]> => DEFAULT_PLUGINS.find((plugin) => plugin.name === name)!.nodeHint!;

describe.each(Object.entries(CASES))("%s", (name, cases) => {
  it.each(cases)("%s", (_what, spec, changes) => {
    const pod: Pod = testPod("web", spec);
    const hint = hintOf(name);
    expect(changes.map(([before, after]) => hint.mayFit(pod, { before: nodeOf(before), after: nodeOf(after) }))).toEqual(changes.map(([, , helps]) => helps));
    expect(hint.alike(pod)).toBe(hint.alike(testPod("other", spec)));
  });
});

it("every plugin that a node may help has said which", () => {
  expect(DEFAULT_PLUGINS.filter((plugin) => plugin.filter !== undefined && plugin.requeueOn.includes("node") && plugin.nodeHint === undefined)).toEqual([]);
});
