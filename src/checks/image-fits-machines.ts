/** An image exists for the machines its pods may run on. */
import type { Check, CheckResult } from "./check.ts";
import { architecturesOf, eligibleMachines } from "./derived/machines.ts";
import { listed } from "./derived/text.ts";
import { workloadsOf } from "./derived/workloads.ts";

export const imageFitsMachines: Check = {
  id: "image-fits-machines",
  severity: "error",
  summary: "An image that says its architectures exists for the machines its pods may be put on.",
  why: "On a machine it was not built for a container dies at once with `exec format error`, so its pods are kept away from there; where no machine is left, they stay Pending. Images built on a PC have no arm64 unless the build asks for it.",
  examples: {
    good: `
      machineDefaults: { hardware: raspberry-pi-5 }
      apps:
        blog: { image: ghcr.io/example/blog:1.4.2, architectures: [amd64, arm64], port: 80, host: blog }`,
    bad: `
      machineDefaults: { hardware: raspberry-pi-5 }
      apps:
        blog:
          image: ghcr.io/example/blog:1.4.2
          architectures: [amd64] # ✗
          port: 80
          host: blog`,
  },
  check({ homelab }) {
    return workloadsOf(homelab).flatMap(({ item, path }): CheckResult[] => {
      if (item.architectures.length === 0) return [];
      const allowed = eligibleMachines(homelab, { placement: item.placement, architectures: [] });
      const unfit = allowed.filter((machine) => !item.architectures.includes(machine.architecture));
      if (unfit.length === 0) return [];
      const missing = architecturesOf(unfit);
      const at = [...path, "architectures"];
      const platforms = [...item.architectures, ...missing].map((name) => `linux/${name}`).join(",");
      const fix = `Build it for ${missing.join(" and ")} too: docker buildx build --platform ${platforms}; then add ${missing.join(", ")} to architectures.`;
      if (unfit.length === allowed.length) {
        return [{ path: at, value: item.architectures.join(", "), message: `the image exists for ${item.architectures.join(" and ")}, and every machine it may run on is ${missing.join(" or ")}`, expected: missing.join(" or "), fix: `${fix} Where the machines are others, say so with hardware or architecture.` }];
      }
      return [
        {
          path: at,
          value: item.architectures.join(", "),
          severity: "warning",
          message: `the image does not exist for ${missing.join(" and ")}: its pods never run on ${listed(unfit.map((machine) => machine.name))}`,
          expected: missing.join(" and "),
          fix,
        },
      ];
    });
  },
};
