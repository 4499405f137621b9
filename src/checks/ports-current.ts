/** Nothing looks for the control plane on its old ports. */
import type { Check, CheckResult } from "./check.ts";
import { textsOf } from "./derived/texts.ts";

/** PRs #96345, #96216, #104157 of kubernetes/kubernetes. */
const GONE: Readonly<Record<number, { of: string; now: number }>> = {
  10251: { of: "kube-scheduler", now: 10259 },
  10252: { of: "kube-controller-manager", now: 10257 },
};

export const portsCurrent: Check = {
  id: "ports-current",
  severity: "error",
  summary: "Nothing uses 10251 and 10252, the ports that scheduler and controller manager no longer open.",
  why: "Both insecure ports are gone since Kubernetes 1.23; health is on 10259 and 10257, with HTTPS. Old guides still list them for firewalls and monitoring.",
  examples: {
    good: `
      apps:
        probe: { image: ghcr.io/example/probe:1.0.0, env: { TARGET: "https://192.168.1.11:10259/healthz" } }`,
    bad: `
      apps:
        probe:
          image: ghcr.io/example/probe:1.0.0
          env:
            TARGET: http://192.168.1.11:10251/healthz # ✗`,
  },
  check({ homelab }) {
    const results: CheckResult[] = [];
    const gone = (port: number, path: CheckResult["path"]): void => {
      const entry = GONE[port];
      if (entry === undefined) return;
      results.push({
        path,
        value: String(port),
        message: `port ${port} of ${entry.of} is gone since Kubernetes 1.23`,
        expected: String(entry.now),
        fix: `Use ${entry.now} with HTTPS (/healthz needs no login, /metrics does).`,
      });
    };
    for (const { text, path } of textsOf(homelab)) {
      for (const port of Object.keys(GONE)) if (new RegExp(`:${port}\\b`).test(text)) gone(Number(port), path);
    }
    for (const part of Object.values(homelab.site)) {
      for (const [index, forward] of part.forwards.entries()) {
        if (GONE[forward.port] !== undefined || GONE[forward.toPort] !== undefined) gone(GONE[forward.toPort] === undefined ? forward.port : forward.toPort, ["site", part.name, "forwards", index]);
      }
    }
    for (const app of Object.values(homelab.apps)) {
      for (const [index, rule] of (app.network.egress ?? []).entries()) {
        if (rule.kind !== "app") for (const port of rule.ports) gone(port, ["apps", app.name, "network", "egress", index]);
      }
    }
    return results;
  },
};
