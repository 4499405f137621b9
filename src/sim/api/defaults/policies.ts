/** Defaults of admission, custom resource definitions, flow control, storage classes and the other small groups. */
import { ifAbsent, items } from "./absent.ts";
import type { Loose } from "./loose.ts";

const WEBHOOK_TIMEOUT_SECONDS = 10;

export function defaultValidatingWebhooks(object: Loose): void {
  for (const hook of items(object.webhooks)) defaultWebhook(hook);
}

export function defaultMutatingWebhooks(object: Loose): void {
  for (const hook of items(object.webhooks)) {
    defaultWebhook(hook);
    ifAbsent(hook, "reinvocationPolicy", "Never");
  }
}

function defaultWebhook(hook: Loose): void {
  ifAbsent(hook, "failurePolicy", "Fail");
  ifAbsent(hook, "timeoutSeconds", WEBHOOK_TIMEOUT_SECONDS);
  defaultServiceReference(hook.clientConfig?.service);
  defaultMatching(hook);
  for (const rule of items(hook.rules)) ifAbsent(rule, "scope", "*");
}

function defaultServiceReference(service: Loose | undefined): void {
  if (service) ifAbsent(service, "port", 443);
}

function defaultMatching(resources: Loose | undefined): void {
  if (!resources) return;
  ifAbsent(resources, "matchPolicy", "Equivalent");
  ifAbsent(resources, "namespaceSelector", {});
  ifAbsent(resources, "objectSelector", {});
  for (const rule of [...items(resources.resourceRules), ...items(resources.excludeResourceRules)]) ifAbsent(rule, "scope", "*");
}

export function defaultAdmissionPolicy(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  ifAbsent(spec, "failurePolicy", "Fail");
  defaultMatching(spec.matchConstraints);
}

export function defaultAdmissionPolicyBinding(object: Loose): void {
  defaultMatching(object.spec?.matchResources);
}

export function defaultCustomResourceDefinition(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  const names: Loose = (spec.names ??= {});
  if (names.kind) {
    ifAbsent(names, "singular", String(names.kind).toLowerCase());
    ifAbsent(names, "listKind", `${names.kind}List`);
  }
  spec.conversion ??= { strategy: "None" };
  defaultServiceReference(spec.conversion.webhook?.clientConfig?.service);
  const status: Loose = (object.status ??= {});
  if (!(status.storedVersions?.length > 0)) {
    const stored = items(spec.versions).find((version) => version.storage === true);
    if (stored) status.storedVersions = [stored.name];
  }
}

export function defaultApiService(object: Loose): void {
  defaultServiceReference(object.spec?.service);
}

export function defaultFlowSchema(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  if (!spec.matchingPrecedence) spec.matchingPrecedence = 1000;
}

export function defaultPriorityLevel(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  if (spec.exempt) {
    ifAbsent(spec.exempt, "nominalConcurrencyShares", 0);
    ifAbsent(spec.exempt, "lendablePercent", 0);
  }
  if (!spec.limited) return;
  ifAbsent(spec.limited, "nominalConcurrencyShares", 30);
  ifAbsent(spec.limited, "lendablePercent", 0);
  const queuing: Loose | undefined = spec.limited.limitResponse?.queuing;
  if (!queuing) return;
  if (!queuing.handSize) queuing.handSize = 8;
  if (!queuing.queues) queuing.queues = 64;
  if (!queuing.queueLengthLimit) queuing.queueLengthLimit = 50;
}

export function defaultStorageClass(object: Loose): void {
  ifAbsent(object, "reclaimPolicy", "Delete");
  ifAbsent(object, "volumeBindingMode", "Immediate");
}

export function defaultCsiDriver(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  ifAbsent(spec, "attachRequired", true);
  ifAbsent(spec, "podInfoOnMount", false);
  ifAbsent(spec, "storageCapacity", false);
  ifAbsent(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
  if (!(spec.volumeLifecycleModes?.length > 0)) spec.volumeLifecycleModes = ["Persistent"];
  ifAbsent(spec, "requiresRepublish", false);
  ifAbsent(spec, "seLinuxMount", false);
}

export function defaultPriorityClass(object: Loose): void {
  ifAbsent(object, "preemptionPolicy", "PreemptLowerPriority");
}

export function defaultRoleBinding(object: Loose): void {
  ifAbsent((object.roleRef ??= {}), "apiGroup", "rbac.authorization.k8s.io");
  for (const subject of items(object.subjects)) {
    if (subject.kind === "User" || subject.kind === "Group") ifAbsent(subject, "apiGroup", "rbac.authorization.k8s.io");
  }
}

export function defaultNetworkPolicy(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  for (const rule of [...items(spec.ingress), ...items(spec.egress)]) for (const port of items(rule.ports)) ifAbsent(port, "protocol", "TCP");
  if (!(spec.policyTypes?.length > 0)) spec.policyTypes = spec.egress?.length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}

export function defaultIngressClass(object: Loose): void {
  if (object.spec?.parameters) ifAbsent(object.spec.parameters, "scope", "Cluster");
}

export function defaultEndpointSlice(object: Loose): void {
  for (const port of items(object.ports)) {
    if (port.name === undefined) port.name = "";
    ifAbsent(port, "protocol", "TCP");
  }
}

const SCALE_UP = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const SCALE_DOWN = { selectPolicy: "Max", policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] };

export function defaultAutoscalerV1(object: Loose): void {
  ifAbsent((object.spec ??= {}), "minReplicas", 1);
}

export function defaultAutoscalerV2(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  ifAbsent(spec, "minReplicas", 1);
  if (!(spec.metrics?.length > 0)) {
    spec.metrics = [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }];
  }
  if (!spec.behavior) return;
  const { scaleUp, scaleDown } = spec.behavior;
  spec.behavior = { ...spec.behavior, scaleUp: { ...structuredClone(SCALE_UP), ...scaleUp }, scaleDown: { ...structuredClone(SCALE_DOWN), ...scaleDown } };
}

/** Device requests count one exact device unless they say otherwise. */
export function defaultResourceClaimSpec(spec: Loose | undefined): void {
  for (const request of items(spec?.devices?.requests)) {
    for (const exact of [request.exactly, ...items(request.firstAvailable)]) {
      if (!exact) continue;
      ifAbsent(exact, "allocationMode", "ExactCount");
      if (exact.allocationMode === "ExactCount" && !exact.count) exact.count = 1;
    }
  }
}
