import { expect, it } from "vitest";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { createTestCluster } from "../../testing/harness.ts";
import { podTemplate, workload } from "../testing/workloads.ts";
import { timingsFor } from "../timings.ts";
import type { Autoscaler, MetricSpec } from "./autoscaler-shape.ts";
import { horizontalPodAutoscalerController } from "./horizontal-pod-autoscaler.ts";

/** What Kubernetes v1.36.3 said to the same autoscalers, with neither a metrics server nor an adapter. */
const RECORDED: readonly (readonly [MetricSpec, string, string, string])[] = [
  [
    { type: "Pods", pods: { metric: { name: "packets" }, target: { type: "AverageValue", averageValue: "1k" } } },
    "FailedGetPodsMetric",
    "unable to get metric packets: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
    "failed to get pods metric value: ",
  ],
  [
    { type: "Object", object: { metric: { name: "requests" }, describedObject: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "main" } as { kind: string; name: string }, target: { type: "Value", value: "10" } } },
    "FailedGetObjectMetric",
    "unable to get metric requests: Ingress on default main/unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
    "failed to get object metric value: ",
  ],
  [
    { type: "Object", object: { metric: { name: "requests", selector: { matchLabels: { a: "b" } } }, describedObject: { apiVersion: "v1", kind: "Service", name: "main" } as { kind: string; name: string }, target: { type: "AverageValue", averageValue: "10" } } },
    "FailedGetObjectMetric",
    "unable to get metric requests: Service on default main/unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
    "failed to get object metric value: failed to get requests object metric: ",
  ],
  [
    { type: "External", external: { metric: { name: "queue", selector: { matchLabels: { q: "jobs" } } }, target: { type: "Value", value: "30" } } },
    "FailedGetExternalMetric",
    "unable to get external metric default/queue/&LabelSelector{MatchLabels:map[string]string{q: jobs,},MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)",
    "failed to get queue external metric value: failed to get external metric queue: ",
  ],
  [
    { type: "External", external: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "30" } } },
    "FailedGetExternalMetric",
    "unable to get external metric default/queue/nil: unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)",
    "failed to get queue external metric value: failed to get queue external metric: ",
  ],
  [
    { type: "ContainerResource", containerResource: { name: "cpu", container: "nginx", target: { type: "Utilization", averageUtilization: 50 } } },
    "FailedGetContainerResourceMetric",
    "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)",
    "failed to get nginx container metric value: ",
  ],
];

it.each(RECORDED)("says what is missing (%#)", (metric, reason, message, prefix) => {
  const { client, start, run } = createTestCluster();
  start(horizontalPodAutoscalerController(undefined, timingsFor(36)));
  client.create("apps/deployments", workload("Deployment", "web", { replicas: 1, template: podTemplate("web") }));
  client.create("autoscaling/horizontalpodautoscalers", {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "default" },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, maxReplicas: 3, metrics: [metric] },
  } as unknown as KubeObject);
  run(1000);
  const { status } = client.get<Autoscaler>("autoscaling/horizontalpodautoscalers", "default", "web")!;
  expect(status!.currentMetrics).toEqual([{ type: "" }]);
  expect(status!.conditions).toMatchObject([
    { type: "AbleToScale", status: "True", reason: "SucceededGetScale" },
    { type: "ScalingActive", status: "False", reason, message: `the HPA was unable to compute the replica count: ${message}` },
  ]);
  const events = client.list("events").map((event) => `${String(event["reason"])}: ${String(event["message"])}`);
  expect(events).toEqual([`${reason}: ${message}`, `FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: ${prefix}${message}`]);
});
