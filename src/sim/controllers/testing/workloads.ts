/** For tests: small workload objects as a user would write them, and readable summaries of what came of them. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { SimClient } from "../../api/client.ts";

export function podTemplate(app: string, image = "ghcr.io/example/web:1", spec: object = {}): { metadata: { labels: Record<string, string> }; spec: object } {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: "web", image, ports: [{ containerPort: 80, name: "http" }] }], ...spec } };
}

export function workload(kind: "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet", name: string, spec: object = {}): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "default" },
    spec: { selector: { matchLabels: { app: name } }, template: podTemplate(name), ...spec },
  };
}

/** `REASON: message` of the events about an object, in order; repeats as `(×n)`. */
export function eventsAbout(client: SimClient, kind: string, name: string): string[] {
  return client
    .list("events")
    .filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name)
    .map(({ reason, message, count }) => `${reason}: ${message}${count > 1 ? ` (×${count})` : ""}`);
}

export function names(objects: readonly KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name).sort();
}
