/** HorizontalPodAutoscaler and PodDisruptionBudget of a service. */
import type { IHorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import type { App, AppService } from "../../config/homelab.ts";
import { objectLabels, objectName, selectorLabels, servicePath } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";

export function renderScale(app: App, service: AppService): RenderedObject[] {
  const objects: RenderedObject[] = [];
  const name = objectName(app, service.name);
  const metadata = { name, namespace: app.namespace, labels: objectLabels(app, name) };
  const { scale, disruptionBudget } = service;
  if (scale !== undefined && service.kind !== "daemon-set") {
    const metric = (resource: "cpu" | "memory", percent: number | undefined) =>
      percent === undefined ? [] : [{ type: "Resource", resource: { name: resource, target: { type: "Utilization", averageUtilization: percent } } }];
    objects.push(rendered<IHorizontalPodAutoscaler>([...servicePath(app, service.name), "scale"], {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: service.kind === "stateful-set" ? "StatefulSet" : "Deployment", name },
        minReplicas: scale.min,
        maxReplicas: scale.max,
        metrics: [...metric("cpu", scale.cpu), ...metric("memory", scale.memory)],
      },
    }));
  }
  if (disruptionBudget !== undefined) {
    objects.push(rendered<IPodDisruptionBudget>(servicePath(app, service.name), {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: {
        maxUnavailable: disruptionBudget.maxUnavailable,
        selector: { matchLabels: selectorLabels(app, name) },
        // A pod that is broken anyway must not block a drain.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    }));
  }
  return objects;
}
