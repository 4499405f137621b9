/** What can break in a homelab, kind by kind. */
import { machinesLostWith } from "../../checks/derived/site-reach.ts";
import type { Homelab } from "../../config/homelab.ts";
import { objectName } from "../../manifests/names.ts";
import type { FaultTargets } from "../../scenarios/every-fault.ts";
import { fullImageName } from "../../sim/kubelet/image-name.ts";
import { elementsOf } from "../tell/elements-of.ts";

export function faultTargetsOf(homelab: Homelab): FaultTargets {
  const elements = elementsOf(homelab);
  const services = Object.values(homelab.apps).flatMap((app) => Object.values(app.services).map((service) => ({ app, service })));
  return {
    ...elements,
    registries: [...new Set(services.map(({ service }) => fullImageName(service.image).split("/")[0]!))],
    workloads: services.map(({ app, service }) => `${app.namespace}/${objectName(app, service.name)}`),
    sides: sidesOf(homelab, elements.servers),
  };
}

/** The cable above a switch or a hypervisor; and servers without their workers. */
function sidesOf(homelab: Homelab, servers: readonly string[]): string[][] {
  const below = Object.values(homelab.site).filter(({ kind }) => kind === "switch" || kind === "hypervisor").map(({ name }) => machinesLostWith(homelab, name));
  const all = Object.keys(homelab.machines).length;
  const sides = [...below, [...servers]].filter(({ length }) => length > 1 && length < all);
  return [...new Map(sides.map((side) => [side.join(), side])).values()];
}
