/** What the autoscaler may ask for fits. */
import type { Check } from "./check.ts";
import { allocatable, eligibleMachines } from "./derived/machines.ts";
import { servicesOf } from "./derived/workloads.ts";

export const autoscaleFits: Check = {
  id: "autoscale-fits",
  severity: "warning",
  summary: "The machines have room for the most replicas that a service may scale to, if it were alone.",
  why: "Beyond the room the autoscaler makes Pending pods only: the load stays where it is.",
  examples: {
    good: `
      apps:
        api: { image: ghcr.io/example/api:2.3.0, port: 3000, host: api, scale: { min: 2, max: 4, cpu: 70% } }`,
    bad: `
      machineDefaults: { cpu: 4, memory: 8Gi }
      apps:
        api:
          image: ghcr.io/example/api:2.3.0
          port: 3000
          host: api
          resources: { cpu: 1 }
          scale: { min: 2, max: 40, cpu: 70% } # ✗`,
  },
  check({ homelab }) {
    return servicesOf(homelab).flatMap(({ item, path }) => {
      if (item.scale === undefined) return [];
      const { cpu, memory } = item.resources.requests;
      const room = eligibleMachines(homelab, item)
        .map((machine) => allocatable(homelab, machine))
        .reduce((sum, machine) => sum + Math.max(0, Math.min(fits(machine.cpu, cpu.value), fits(machine.memory, memory.value))), 0);
      if (item.scale.max <= room || room === 0) return [];
      return [
        {
          path: [...path, "scale"],
          value: String(item.scale.max),
          message: `${item.name} may scale to ${item.scale.max} replicas, and the machines have room for ${room} (${cpu.text} cpu and ${memory.text} each)`,
          expected: `max of at most ${room}`,
          fix: `Set scale.max to ${room}, lower its requests, or add machines.`,
        },
      ];
    });
  },
};

function fits(room: number, request: number): number {
  return request <= 0 ? Infinity : Math.floor(room / request + 1e-9);
}
