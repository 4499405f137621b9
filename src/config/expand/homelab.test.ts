/** Properties of the expansion, over files drawn from the schema by chance. */
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { arbitraryHomelab } from "../testing/arbitrary-homelab.ts";
import { explain, explanationYaml } from "../explain.ts";
import { loadHomelab } from "../load.ts";
import { longForm } from "../long-form.ts";
import { validate } from "../validate.ts";
import { expandHomelab } from "./homelab.ts";

// Bounds a hang; on a busy machine these take seconds.
vi.setConfig({ testTimeout: 60_000 });

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 150);

test("expansion never throws, and its long form is valid", () => {
  fc.assert(
    fc.property(arbitraryHomelab, (input) => {
      const { homelab } = expandHomelab(input);
      expect(validate(longForm(homelab)).problems).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

test("the long form means the same homelab, and hides no default", () => {
  fc.assert(
    fc.property(arbitraryHomelab, (input) => {
      const { homelab } = expandHomelab(input);
      const again = expandHomelab(longForm(homelab) as never).homelab;
      expect({ ...again, defaults: [] }).toEqual({ ...homelab, defaults: [] });
    }),
    { numRuns: RUNS },
  );
});

test("what explain prints is a file that loads as the same homelab", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryHomelab, async (input) => {
      const { homelab } = expandHomelab(input);
      const explanation = explain({ ...homelab, objects: homelab.objects.filter((object) => object.kind === "inline") });
      if (!explanation.found) throw new Error("explain found nothing");
      const loaded = await loadHomelab("homelab.yaml", { env: {}, readFile: () => explanationYaml(explanation) });
      expect(loaded.findings).toEqual([]);
      expect({ ...loaded.homelab, defaults: [], objects: [] }).toEqual({ ...homelab, defaults: [], objects: [] });
    }),
    { numRuns: Math.ceil(RUNS / 5) },
  );
});

test("every default has a path in the long form, a value and a reason", () => {
  fc.assert(
    fc.property(arbitraryHomelab, (input) => {
      const { homelab } = expandHomelab(input);
      const whole = longForm(homelab);
      for (const { path, why } of homelab.defaults) {
        expect(why).not.toBe("");
        let value: unknown = whole;
        for (const key of path) value = typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
        // The mode of a load balancer without pools and the like are derived but not printed: nobody could write them.
        if (value === undefined) expect(path.join(".")).toMatch(NOT_PRINTED);
      }
    }),
    { numRuns: RUNS },
  );
});

/** Defaults that only say why something is not there, or that do not apply to the chosen kind. */
const NOT_PRINTED =
  /loadBalancer\.(mode|pools)|certificates\.staging|update\.max|kubernetes\.endpoint\.on|nodeIps|readiness|liveness|startup|routes|ports|platform\.monitoring|disruptionBudget|machines\.[^.]+\.(labels|os|ssh|network|reserved|sysctls|kubeletArgs|taints|packages|disks|disableServices|timeServers)|kubernetes\.disable|snapshots/;
