/** The Kubernetes version still gets fixes. */
import { kubernetesSupport, parseKubernetesVersion, suggestedVersion, supportedKubernetesMinors } from "../config/kubernetes-versions.ts";
import type { Check } from "./check.ts";

export const versionSupported: Check = {
  id: "version-supported",
  severity: "warning",
  summary: "The Kubernetes version is in support.",
  why: "A minor version gets fixes for about 14 months (kubernetes.io, releases): after that its security holes stay open.",
  examples: {
    good: `
      kubernetes: { version: v1.36.1+k3s1 }`,
    bad: `
      kubernetes: { version: v1.31.6+k3s1 } # ✗`,
  },
  check({ homelab, today }) {
    const { version, distribution } = homelab.kubernetes;
    const parsed = parseKubernetesVersion(version);
    if (parsed === undefined || parsed.major !== 1) return [];
    const support = kubernetesSupport(parsed.minor, today);
    if (support.state !== "out-of-support") return [];
    const supported = supportedKubernetesMinors(today);
    const newest = supported.map((row) => suggestedVersion(row, distribution)).filter((text) => text !== undefined);
    const steps = (supported[0]?.minor ?? parsed.minor) - parsed.minor;
    return [
      {
        path: ["kubernetes", "version"],
        value: version,
        message: `Kubernetes 1.${parsed.minor} is out of support${support.row === undefined ? "" : ` since ${support.row.endOfLife}`}`,
        expected: supported.length === 0 ? "a supported version" : `one of ${supported.map((row) => `1.${row.minor}`).join(", ")}`,
        fix: `${newest.length === 0 ? "Use a supported version" : `Use ${newest.join(" or ")}`}${steps > 1 ? `; a running cluster goes there one minor version at a time (${steps} steps to 1.${parsed.minor + steps})` : ""}.`,
      },
    ];
  },
};
