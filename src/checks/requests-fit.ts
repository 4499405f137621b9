/** What apps request fits on the machines. */
import type { Homelab } from "../config/homelab.ts";
import { equalJson } from "../lib/json.ts";
import type { Check, CheckResult } from "./check.ts";
import { allocatable, nodes } from "./derived/machines.ts";
import { type PodRequest, podRequests, podsWithoutPlace } from "./derived/packing.ts";
import { bytesText, coresText, listed } from "./derived/text.ts";
import { servicesOf } from "./derived/workloads.ts";

/** With more, the cluster as a whole is too small, and no single app is to blame. */
const OWNERS_MAX = 5;

export const requestsFit: Check = {
  id: "requests-fit",
  severity: "error",
  summary: "All pods fit on the machines by what they request, and by how many a machine takes.",
  why: "A pod whose request no machine can meet stays Pending for ever (kube-scheduler, NodeResourcesFit). Counted: services, daemon sets and databases at their least replicas, and what the distribution and the platform run beside them.",
  examples: {
    good: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker], memory: 8Gi }
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, resources: { memory: 1Gi } }`,
    bad: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker], memory: 4Gi }
      apps:
        shop: # ✗
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          resources: { memory: 6Gi }`,
  },
  check({ homelab }) {
    const machines = nodes(homelab);
    const largest = machines.map((machine) => allocatable(homelab, machine)).reduce((most, room) => ({ cpu: Math.max(most.cpu, room.cpu), memory: Math.max(most.memory, room.memory) }), { cpu: 0, memory: 0 });
    // A machine that reserves all it has is `reserved-leaves-room`'s.
    if (largest.cpu <= 0 || largest.memory <= 0) return [];
    const allUnplaced = podsWithoutPlace(homelab, podRequests(homelab), machines, homelab.kubernetes.kubelet.maxPods).filter((pod) => pod.eligible.size > 0);
    const ofPlatform = [...new Set(allUnplaced.filter((pod) => pod.isPlatform).map((pod) => pod.owner))];
    if (ofPlatform.length > 0) {
      return [
        {
          path: ["machines"],
          at: "key",
          value: listed(ofPlatform),
          message: `there is no room for ${listed(ofPlatform)} of the platform, before any app runs`,
          expected: "machines with more cores or memory",
          fix: "Add a machine or memory and cores to one, or leave out parts of the platform.",
        },
      ];
    }
    const unplaced = allUnplaced;
    const owners = [...new Set(unplaced.map((pod) => pod.owner))];
    if (owners.length > OWNERS_MAX) {
      return [
        {
          path: ["machines"],
          at: "key",
          value: `${unplaced.length} pods`,
          message: `there is no room for ${unplaced.length} pods of ${listed(owners)}`,
          expected: "room for all pods",
          fix: `Add machines (each takes ${homelab.kubernetes.kubelet.maxPods} pods), or lower requests and replicas.`,
        },
      ];
    }
    return owners.flatMap((owner): CheckResult[] => {
      const pods = unplaced.filter((pod) => pod.owner === owner);
      const pod = pods[0];
      if (pod === undefined) return [];
      const isTooLarge = pod.memory > largest.memory || pod.cpu > largest.cpu;
      const request = `${coresText(pod.cpu)} cpu and ${bytesText(pod.memory)}`;
      return [
        {
          path: pod.path,
          at: "key",
          value: request,
          message: isTooLarge
            ? `${owner} requests ${request}, and no machine has more than ${coresText(largest.cpu)} cpu and ${bytesText(largest.memory)} for pods`
            : `${pods.length} pod${pods.length === 1 ? "" : "s"} of ${owner} (${request} each) find${pods.length === 1 ? "s" : ""} no room beside the others${whereText(pod, homelab)}`,
          expected: "requests that the machines can meet",
          fix: "Lower its requests or replicas, add a machine, or widen its placement.",
        },
      ];
    });
  },
};

/** What its placement asks for, where that leaves machines out: it, or what the machines say of themselves, may be what is wrong. */
function whereText({ eligible, path }: PodRequest, homelab: Homelab): string {
  if (nodes(homelab).every(({ name }) => eligible.has(name))) return "";
  const placement = servicesOf(homelab).find((service) => equalJson(service.path, path))?.item.placement;
  const labels = Object.entries(placement?.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  if (labels.length > 0) return ` on machines with ${listed(labels)}`;
  return ` on ${listed([...eligible])}`;
}
