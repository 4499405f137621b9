/** Whether a scenario speaks of what its homelab has: machines, parts, apps, and a datastore that can fail in that way. */
import { nearestName } from "../lib/nearest-name.ts";
import { ACTS } from "./act.ts";
import { type Fault, FAULTS } from "./fault.ts";
import type { Place, ScenarioFile, ScenarioProblem } from "./scenario-file.ts";

export interface Elements {
  readonly machines: readonly string[];
  /** Machines of the control plane. */
  readonly servers: readonly string[];
  readonly siteParts: readonly string[];
  /** Those of them that are on the network. */
  readonly networkParts: readonly string[];
  readonly apps: readonly string[];
  readonly hasEtcd: boolean;
  readonly hasIngress: boolean;
  /** The pods' network has agents of its own. */
  readonly hasNetworkAgent: boolean;
  /** Addresses are announced by MetalLB in layer 2. */
  readonly hasGossip: boolean;
}

export function checkTargets(scenario: ScenarioFile, elements: Elements): ScenarioProblem[] {
  const problems: ScenarioProblem[] = [];
  const mustBe = (place: Place, target: string, names: readonly string[], what: string): void => {
    if (names.includes(target)) return;
    const near = nearestName(target, names);
    problems.push({ place, message: `the homelab has no ${what} ${target}`, ...(near === undefined ? { fix: names.length === 0 ? `It has no ${what} at all.` : `It has ${names.join(", ")}.` } : { didYouMean: near }) });
  };
  const struck = (place: Place, { id, target }: Fault): void => {
    const { strikes, needsEtcd, needsIngress, needsNetworkAgent, needsGossip } = FAULTS[id];
    if (needsEtcd === true && !elements.hasEtcd) problems.push({ place, message: `${id} needs etcd, and this homelab keeps the cluster's state elsewhere`, fix: "Write datastore: etcd under kubernetes, or take another fault." });
    if (needsIngress === true && !elements.hasIngress) problems.push({ place, message: `${id} needs an ingress, and this homelab has none`, fix: "Write one under platform, or take another fault." });
    if (needsNetworkAgent === true && !elements.hasNetworkAgent) problems.push({ place, message: `${id} needs a network plugin with agents of its own, and this homelab has none: k3s' flannel is k3s itself`, fix: "Write network: { cni: calico } or cilium under kubernetes, or take another fault." });
    if (needsGossip === true && !elements.hasGossip) problems.push({ place, message: `${id} needs MetalLB in layer 2, and this homelab has none`, fix: "Write loadBalancer: { by: metallb, pools: … } under platform, or take another fault." });
    if (strikes === "machine") mustBe(place, target, elements.machines, "machine");
    if (strikes === "machines") for (const one of target.split(",")) mustBe(place, one, elements.machines, "machine");
    if (strikes === "server") mustBe(place, target, elements.servers, "machine of the control plane");
    if (strikes === "site part") mustBe(place, target, elements.siteParts, "site part");
    if (strikes === "network part") mustBe(place, target, elements.networkParts, "site part on the network");
    if (strikes === "machine or site part") mustBe(place, target, [...elements.machines, ...elements.siteParts], "machine or site part");
    if (strikes === "app") mustBe(place, target, elements.apps, "app");
    if (strikes === "pods" && !/^[^/]+\/[^/]+$/.test(target)) problems.push({ place, message: `${id} needs NAMESPACE/NAME, not ${target}` });
  };
  for (const step of scenario.steps) {
    if (step.does !== "act") struck(step.place, step.fault);
    else if (ACTS[step.act.id].on === "machine") mustBe(step.place, step.act.target, elements.machines, "machine");
    else if (!/^[^/]+\/[^/]+$/.test(step.act.target)) problems.push({ place: step.place, message: `${step.act.id} needs NAMESPACE/NAME, not ${step.act.target}` });
  }
  for (const { subject, place } of scenario.expectations) {
    if (subject.kind === "node") mustBe(place, subject.name, elements.machines, "machine");
    if (subject.kind === "app") mustBe(place, subject.name, elements.apps, "app");
  }
  return problems;
}
