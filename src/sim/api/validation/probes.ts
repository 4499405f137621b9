/** Probes and lifecycle hooks. */
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { type Errors, forbidden, invalid, invalidEach, nonNegative, notSupported, required } from "./field.ts";
import { httpHeaderName, portName, portNumber } from "./names.ts";

export type ProbeKind = "livenessProbe" | "readinessProbe" | "startupProbe";

export function validateProbes(errors: Errors, field: string, container: Loose, graceSeconds: number | undefined): void {
  for (const kind of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
    const probe: Loose | undefined = container[kind];
    if (!probe) continue;
    const path = `${field}.${kind}`;
    validateHandler(errors, path, probe, graceSeconds, ["exec", "httpGet", "tcpSocket", "grpc"]);
    for (const name of ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]) nonNegative(errors, `${path}.${name}`, probe[name]);
    if (probe.terminationGracePeriodSeconds !== undefined && probe.terminationGracePeriodSeconds <= 0) {
      invalid(errors, `${path}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, "must be greater than 0");
    }
    if (kind !== "readinessProbe") {
      if (probe.successThreshold !== 1) invalid(errors, `${path}.successThreshold`, probe.successThreshold ?? 0, "must be 1");
    } else if (probe.terminationGracePeriodSeconds !== undefined) {
      invalid(errors, `${path}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, "must not be set for readinessProbes");
    }
  }
}

const STOP_SIGNALS_WINDOWS = ["SIGKILL", "SIGTERM"];

export function validateLifecycle(errors: Errors, field: string, lifecycle: Loose, graceSeconds: number | undefined, os: Loose | undefined): void {
  for (const hook of ["postStart", "preStop"]) {
    if (lifecycle[hook]) validateHandler(errors, `${field}.${hook}`, lifecycle[hook], graceSeconds, ["exec", "httpGet", "tcpSocket", "sleep"]);
  }
  if (lifecycle.stopSignal === undefined) return;
  if (!os) forbidden(errors, `${field}.stopSignal`, "may not be set for containers with empty `spec.os.name`");
  else if (os.name === "windows" && !STOP_SIGNALS_WINDOWS.includes(lifecycle.stopSignal)) notSupported(errors, `${field}.stopSignal`, lifecycle.stopSignal, STOP_SIGNALS_WINDOWS);
}

function validateHandler(errors: Errors, field: string, handler: Loose, graceSeconds: number | undefined, types: readonly string[]): void {
  let count = 0;
  for (const type of types) {
    const action: Loose | undefined = handler[type];
    if (!action) continue;
    const path = `${field}.${type}`;
    if (count++ > 0) forbidden(errors, path, "may not specify more than 1 handler type");
    else if (type === "exec") {
      if (!(action.command?.length > 0)) required(errors, `${path}.command`);
    } else if (type === "httpGet") validateHttpGet(errors, path, action);
    else if (type === "tcpSocket") portNumberOrName(errors, `${path}.port`, action.port);
    else if (type === "grpc") portNumberOrName(errors, `${path}.port`, action.port ?? 0);
    else if (graceSeconds !== undefined && ((action.seconds ?? 0) < 0 || (action.seconds ?? 0) > graceSeconds)) {
      invalid(errors, path, action.seconds ?? 0, `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`);
    }
  }
  if (count === 0) required(errors, field, "must specify a handler type");
}

function validateHttpGet(errors: Errors, path: string, action: Loose): void {
  if (!action.path) required(errors, `${path}.path`);
  portNumberOrName(errors, `${path}.port`, action.port);
  if (action.scheme !== "HTTP" && action.scheme !== "HTTPS") notSupported(errors, `${path}.scheme`, action.scheme ?? "", ["HTTP", "HTTPS"]);
  for (const header of items(action.httpHeaders)) invalidEach(errors, `${path}.httpHeaders`, header.name ?? "", httpHeaderName(header.name ?? ""));
}

/** An int-or-string that names a port. */
export function portNumberOrName(errors: Errors, field: string, port: unknown): void {
  if (typeof port === "string") invalidEach(errors, field, port, portName(port));
  else invalidEach(errors, field, port ?? 0, portNumber(port ?? 0));
}
