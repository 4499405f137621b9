/** What a scenario's text says, and what is wrong with it: each with its place, and the right name where one is near. */
import { expect, it } from "vitest";
import { checkTargets } from "./check-targets.ts";
import { readScenario } from "./read-scenario.ts";

const GOOD = `name: one-off
title: A worker is off
sources: [https://example.org/story]
homelab:
  name: home
  machines:
    pi1: { roles: [control-plane, worker] }
steps:
  - { at: 10m, end: power-off pi1 }
  - { at: 0s, begin: disk-full pi1 4% }
  - { at: 1m, do: cordon pi1 }
until: 20m
expect:
  - { between: [40s, 60s], node: pi1, becomes: not ready }
  - { at: 1m, pods: shop/web, is: 2 ready }
  - { from: 1m, to: 2m, pods: shop/web, is: "waiting: ImagePullBackOff" }
  - { at: 5s, api: not answering }
  - { between: [0s, 5s], event: FailedScheduling }
`;

const wrong = (from: string | RegExp, to: string): string[] => readScenario(GOOD.replace(from, to)).problems.map(({ place, message, didYouMean }) => `${place.line}:${place.column} ${message}${didYouMean === undefined ? "" : ` (${didYouMean}?)`}`);

it("is read, its steps in the order of their times", () => {
  const { scenario, problems } = readScenario(GOOD);
  expect(problems).toEqual([]);
  expect(scenario!.steps.map(({ atMs }) => atMs)).toEqual([0, 60_000, 600_000]);
  expect(scenario!.steps[0]).toMatchObject({ does: "begin", fault: { id: "disk-full", target: "pi1", amount: "4%" } });
  expect(scenario!.expectations.map(({ subject, state, when }) => [subject.kind, state, when.kind])).toEqual([
    ["node", "not ready", "turns"],
    ["pods", "2 ready", "at"],
    ["pods", "waiting: ImagePullBackOff", "always"],
    ["api", "not answering", "at"],
    ["event", "seen", "turns"],
  ]);
});

it("keeps its homelab on the lines that it has, so that what is wrong there is found", () => {
  const { homelab } = readScenario(GOOD).scenario!;
  expect("text" in homelab && homelab.text.split("\n")[6]).toBe("    pi1: { roles: [control-plane, worker] }");
});

it("may name a file for its homelab", () => {
  expect(readScenario(GOOD.replace(/homelab:\n(?: .*\n)+/, "homelab: ../homelab.yaml\n")).scenario!.homelab).toEqual({ file: "../homelab.yaml" });
});

it.each([
  ["power-off pi1", "power-of pi1", ["9:21 power-of is not a fault (power-off?)"]],
  ["cordon pi1", "cordn pi1", ["11:19 cordn is not what a person can do (cordon?)"]],
  ["disk-full pi1 4%", "disk-full pi1 much", ["10:22 much is not a share of the disk that is left: 4%"]],
  ["disk-full pi1 4%", "power-off pi1 4%", ["10:22 power-off takes a target and no more, not 4%"]],
  ["disk-full pi1 4%", "disk-full", ["10:22 disk-full needs a target: disk-full MACHINE"]],
  ["disk-full pi1 4%", "blackout pi1", ["10:22 blackout strikes the whole home and takes no target"]],
  ["end: power-off pi1", "end: reboot pi1", ["9:21 reboot is over as it happens: nothing ends it"]],
  ["becomes: not ready", "becomes: not raedy", ["14:48 not raedy is no state of a node: ready, not ready, unreachable, under disk pressure, under memory pressure, cordoned, gone (not ready?)"]],
  ["becomes: not ready", "is: not ready", ["14:39 is is for at, or from and to"]],
  ["at: 1m, pods: shop/web", "at: 1x, pods: shop/web", ["15:11 1x is no time: write 0s, 90s, 6m, 1h30m or 2d"]],
  ["pods: shop/web, is: 2", "pods: web, is: 2", ["15:15 pods are named by NAMESPACE/NAME, of a pod or of what owns it, not by web"]],
  ["until: 20m", "until: 5m", ["9:5 this is after the end of the scenario"]],
  ["until: 20m", "untill: 20m", ["1:1 until is missing: a time such as 0s, 90s, 6m or 24h", "12:1 a scenario has no field untill (until?)"]],
  ["title: A worker is off\n", "", ["1:1 the scenario needs title"]],
  ["name: one-off", "name: One Off", ["1:7 One Off is not a name: lower-case letters, digits and hyphens"]],
] as const)("%s written as %s", (from, to, problems) => {
  expect(wrong(from, to)).toEqual(problems);
});

it("that is no YAML, or no map, says so", () => {
  expect(wrong(/^[^]*$/, "a: [")[0]).toContain("this is not YAML");
  expect(wrong(/^[^]*$/, "- a")).toEqual(["1:1 a scenario is a map of fields, such as name, homelab, steps and expect"]);
});

it("speaks of what its homelab has", () => {
  const elements = { machines: ["pi1", "pi2"], servers: ["pi1"], siteParts: ["box", "strip"], networkParts: ["box"], apps: ["shop"], hasEtcd: false, hasIngress: false, hasNetworkAgent: false, hasGossip: false };
  const of = (step: string): string[] => checkTargets(readScenario(GOOD.replace("power-off pi1", step)).scenario!, elements).map(({ message, didYouMean }) => `${message}${didYouMean === undefined ? "" : ` (${didYouMean}?)`}`);
  expect(of("power-off pi2")).toEqual([]);
  expect([of("part-hung box"), of("part-hung strip"), of("ingress-lost")]).toEqual([[], ["the homelab has no site part on the network strip"], ["ingress-lost needs an ingress, and this homelab has none"]]);
  expect(of("cni-agent-lost pi1")).toEqual(["cni-agent-lost needs a network plugin with agents of its own, and this homelab has none: k3s' flannel is k3s itself"]);
  expect(of("gossip-blocked")).toEqual(["gossip-blocked needs MetalLB in layer 2, and this homelab has none"]);
  expect(of("power-off p2")).toEqual(["the homelab has no machine p2 (pi2?)"]);
  expect(of("api-stalled pi2")).toEqual(["the homelab has no machine of the control plane pi2 (pi1?)"]);
  expect(of("part-off bx")).toEqual(["the homelab has no site part bx (box?)"]);
  expect(of("etcd-full")).toEqual(["etcd-full needs etcd, and this homelab keeps the cluster's state elsewhere"]);
  expect(of("bad-image shp")).toEqual(["the homelab has no app shp (shop?)"]);
});
