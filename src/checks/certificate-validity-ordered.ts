/** A certificate does not outlive the authority that signed it. */
import type { Check } from "./check.ts";

export const certificateValidityOrdered: Check = {
  id: "certificate-validity-ordered",
  severity: "error",
  summary: "The components' certificates are valid for less time than the authority's.",
  why: "A certificate beyond its authority's end is refused from that day on, and nothing renews an authority by itself (k3s and kubeadm: 10 years).",
  examples: {
    good: `
      kubernetes: { certificates: { validity: 365d, caValidity: 3650d } }`,
    bad: `
      kubernetes:
        certificates: { validity: 3650d, caValidity: 365d } # ✗`,
  },
  check({ homelab }) {
    const { validity, caValidity } = homelab.kubernetes.certificates;
    if (validity.ms <= caValidity.ms) return [];
    return [{ path: ["kubernetes", "certificates", "validity"], value: validity.text, message: `certificates are valid for ${validity.text}, and the authority that signs them for ${caValidity.text}`, expected: `at most ${caValidity.text}`, fix: "Swap them: 365d for certificates and 3650d for the authority are usual." }];
  },
};
