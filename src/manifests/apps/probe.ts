/** A probe of the homelab as Kubernetes writes it. */
import type { IProbe } from "kubernetes-models/v1/Probe";
import type { Duration, Probe } from "../../config/homelab.ts";

/** Whole seconds, at least `min`: Kubernetes has no finer unit. */
export function seconds(duration: Duration, min = 0): number {
  return Math.max(min, Math.round(duration.ms / 1000));
}

export function renderProbe(probe: Probe | undefined): IProbe | undefined {
  if (probe === undefined) return undefined;
  const { check } = probe;
  const delay = seconds(probe.initialDelay);
  return {
    ...(check.kind === "http" ? { httpGet: { path: check.path, port: check.port } } : {}),
    ...(check.kind === "tcp" ? { tcpSocket: { port: check.port } } : {}),
    ...(check.kind === "exec" ? { exec: { command: [...check.command] } } : {}),
    ...(delay > 0 ? { initialDelaySeconds: delay } : {}),
    periodSeconds: seconds(probe.period, 1),
    timeoutSeconds: seconds(probe.timeout, 1),
    failureThreshold: probe.failureThreshold,
    ...(probe.successThreshold > 1 ? { successThreshold: probe.successThreshold } : {}),
  };
}
