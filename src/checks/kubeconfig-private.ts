/** The administrator's kubeconfig is not for everyone on the machine. */
import type { Check } from "./check.ts";

export const kubeconfigPrivate: Check = {
  id: "kubeconfig-private",
  severity: "warning",
  summary: "The kubeconfig on control planes is readable by root alone.",
  why: "It is the key to everything: with mode 644 any process of the machine, also one that breaks out of a container as another user, is cluster administrator.",
  examples: {
    good: `
      kubernetes: { kubeconfig: { mode: "600" } }`,
    bad: `
      kubernetes:
        kubeconfig: { mode: "644" } # ✗`,
  },
  check({ homelab }) {
    const { mode } = homelab.kubernetes.kubeconfig;
    const others = Number.parseInt(mode.slice(-1), 8);
    if (Number.isNaN(others) || others === 0) return [];
    return [{ path: ["kubernetes", "kubeconfig", "mode"], value: mode, message: `the administrator's kubeconfig has mode ${mode}: everyone on the machine can read it`, expected: "600", fix: 'Set mode: "600", and copy the file for the users that need it.' }];
  },
};
