/** A probe has ended before the next one begins, and Kubernetes takes it. */
import type { Check, CheckResult } from "./check.ts";
import { probesOf } from "./derived/probes.ts";
import { servicesOf } from "./derived/workloads.ts";

export const probeAnswersInTime: Check = {
  id: "probe-answers-in-time",
  severity: "warning",
  summary: "A probe's timeout is not longer than its period, and its times are whole seconds.",
  why: "With a timeout longer than the period a slow container is asked again before it has answered: under load the probes themselves are the load. Kubernetes counts probes in whole seconds.",
  examples: {
    good: `
      apps:
        api: { image: ghcr.io/example/api:2.3.0, port: 3000, host: api, health: { path: /healthz, period: 10s, timeout: 3s } }`,
    bad: `
      apps:
        api:
          image: ghcr.io/example/api:2.3.0
          port: 3000
          host: api
          health: { path: /healthz, period: 5s, timeout: 30s } # ✗`,
  },
  check({ homelab }) {
    return servicesOf(homelab).flatMap(({ item, path }) =>
      probesOf(item).flatMap(({ what, field, probe }): CheckResult[] => {
        const at = [...path, field];
        if (probe.timeout.ms > probe.period.ms) {
          return [{ path: at, value: probe.timeout.text, message: `an answer to the ${what} may take ${probe.timeout.text}, and the next is asked after ${probe.period.text}`, expected: `a timeout of at most ${probe.period.text}`, fix: "Lengthen the period or shorten the timeout." }];
        }
        const odd = [probe.initialDelay, probe.period, probe.timeout].find((duration) => duration.ms % 1000 !== 0);
        return odd === undefined ? [] : [{ path: at, value: odd.text, message: `${odd.text} of the ${what} is no whole number of seconds, and Kubernetes counts those`, expected: "whole seconds", fix: "Round it to a second." }];
      }),
    );
  },
};
