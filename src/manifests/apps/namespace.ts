/** The namespace of an app, with its Pod Security labels, and the identity its pods run under. */
import type { INamespace } from "kubernetes-models/v1/Namespace";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { App, Security, Workload } from "../../config/homelab.ts";
import { FIELD_MANAGER, objectLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";

const STRICTNESS: Record<Security, number> = { privileged: 0, baseline: 1, restricted: 2 };

/** Namespaces that every cluster has: used, never made or labelled by us. */
const ALWAYS_THERE = new Set(["default", "kube-system", "kube-public", "kube-node-lease"]);

/** The loosest level that the given apps' workloads need. */
export function podSecurityLevel(apps: readonly App[]): Security {
  let level: Security = "restricted";
  for (const app of apps) {
    const workloads: Workload[] = [...Object.values(app.services), ...Object.values(app.jobs), ...Object.values(app.cronJobs)];
    const levels = [app.security, ...workloads.map((workload) => workload.security)];
    for (const wanted of levels) if (STRICTNESS[wanted] < STRICTNESS[level]) level = wanted;
  }
  return level;
}

/** `apps`: every app of this namespace. It is written in the file of the first. */
export function renderNamespace(app: App, apps: readonly App[]): RenderedObject[] {
  if (ALWAYS_THERE.has(app.namespace) || apps[0] !== app) return [];
  const own = app.namespace === app.name ? objectLabels(app) : { "app.kubernetes.io/managed-by": FIELD_MANAGER };
  return [rendered<INamespace>(["apps", app.name], {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: app.namespace,
      labels: { ...own, "pod-security.kubernetes.io/enforce": podSecurityLevel(apps), "pod-security.kubernetes.io/warn": "restricted" },
    },
  })];
}

export function renderServiceAccount(app: App): RenderedObject {
  return rendered<IServiceAccount>(["apps", app.name], {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: app.name, namespace: app.namespace, labels: objectLabels(app) },
    automountServiceAccountToken: false,
  });
}
