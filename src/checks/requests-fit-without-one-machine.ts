/** When any one machine is gone, the rest has room for its pods. */
import type { Check } from "./check.ts";
import { nodes } from "./derived/machines.ts";
import { alikeMachines, podRequests, podsWithoutPlaceWithout } from "./derived/packing.ts";
import { listed } from "./derived/text.ts";

export const requestsFitWithoutOneMachine: Check = {
  id: "requests-fit-without-one-machine",
  severity: "warning",
  summary: "With one machine less, all pods still fit on the others.",
  why: "After a failure or during a drain the pods of one machine must find room elsewhere, or they wait until it is back.",
  examples: {
    good: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker], memory: 8Gi }
        pi2: { address: 192.168.1.12, memory: 8Gi }
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, resources: { memory: 1Gi } }`,
    bad: `
      machines: # ✗
        pi1: { address: 192.168.1.11, roles: [control-plane, worker], memory: 8Gi }
        pi2: { address: 192.168.1.12, memory: 8Gi }
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, replicas: 2, resources: { memory: 5Gi } }`,
  },
  check({ homelab }) {
    const machines = nodes(homelab);
    if (machines.length < 2) return [];
    // What does not fit even now is another rule's.
    if (podsWithoutPlaceWithout(homelab, []).length > 0) return [];
    const failing = alikeMachines(homelab, podRequests(homelab), machines).flatMap((group) => {
      const unplaced = podsWithoutPlaceWithout(homelab, [group[0]!]);
      return unplaced.length === 0 ? [] : [{ group, owners: [...new Set(unplaced.map((pod) => pod.owner))] }];
    });
    const failures = machines.flatMap((lost) => failing.filter(({ group }) => group.includes(lost)).map(({ owners }) => ({ lost: lost.name, owners })));
    const first = failures[0];
    if (first === undefined) return [];
    return [
      {
        path: ["machines"],
        at: "key",
        value: listed(failures.map((failure) => failure.lost)),
        message: `without ${first.lost}${failures.length > 1 ? ` (or ${listed(failures.slice(1).map((failure) => failure.lost))})` : ""} there is no room for ${listed(first.owners)}`,
        expected: "room for all pods on one machine less",
        fix: "Lower requests or replicas, add memory or a machine, or accept that these wait until the machine is back.",
      },
    ];
  },
};
