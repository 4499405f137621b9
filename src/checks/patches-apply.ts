/** A patch finds what it is to change. */
import { renderWithProblems } from "../manifests/render-homelab.ts";
import type { Check } from "./check.ts";

export const patchesApply: Check = {
  id: "patches-apply",
  severity: "error",
  summary: "Each patch matches an object that is made, and applies to it.",
  why: "A patch that matches nothing does nothing, and nobody notices: most often an app or a component was renamed, or the kind is another (a StatefulSet where there was a Deployment).",
  examples: {
    good: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          patches: [{ target: { kind: Deployment }, merge: { metadata: { annotations: { team: home } } } }]`,
    bad: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          patches:
            - target: { kind: StatefulSet } # ✗
              merge: { metadata: { annotations: { team: home } } }`,
  },
  check({ homelab }) {
    const count = homelab.patches.length + Object.values(homelab.apps).reduce((sum, app) => sum + app.patches.length, 0);
    // Rendering is only worth its time when there is something to try.
    if (count === 0) return [];
    return renderWithProblems(homelab)
      .problems.filter(({ at }) => at.includes("patches"))
      .map(({ at, message }) => ({
        path: at,
        // The path is in the finding already.
        message: message.replace(/^[^ ]+: /, ""),
        expected: "the kind and name of an object that is made, and fields that it has",
        fix: "Look at what is made with kubernest render -o -, and correct kind, name or namespace.",
      }));
  },
};
