import type { LiveCheck } from "./live-check.ts";

export const forwardsTried: LiveCheck = {
  id: "forwards-tried",
  severity: "info",
  summary: "Ports that a router forwards are tried from outside, by you.",
  why: "From inside the house a router often answers otherwise than to the world, so this cannot be known from here: it is unknown, not well.",
  check: ({ homelab }) =>
    Object.values(homelab.site).flatMap((part) => {
      const ports = part.forwards.map(({ port }) => port);
      if (ports.length === 0) return [];
      return [{ path: ["site", part.name, "forwards"], at: "key" as const, message: `whether ${part.name} forwards ${ports.join(", ")} is unknown from inside`, fix: "Try it from a phone with Wi-Fi off: open the address of an app in its browser." }];
    }),
};
