/** Limit ranges: default resources for containers, and bounds for containers, pods and claims. */
import { compareQuantities, quantityNumber } from "../../../lib/quantity.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { aggregate } from "../defaults/pod-spec.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";
import { refuse } from "./refuse.ts";

const ANNOTATION = "kubernetes.io/limit-ranger";

type Amounts = Record<string, string> | undefined;

export const limitRanger: AdmissionPlugin = {
  name: "LimitRanger",
  resources: ["pods", "persistentvolumeclaims"],
  mutate(request) {
    if (!handles(request) || request.type.plural !== "pods") return;
    for (const range of request.client.list("limitranges", { namespace: request.namespace! })) setDefaults(request.object!, range);
  },
  validate(request) {
    if (!handles(request)) return;
    for (const range of request.client.list("limitranges", { namespace: request.namespace! })) {
      const problems = request.type.plural === "pods" ? podProblems(request.object!, range) : claimProblems(request.object!, range);
      if (problems.length > 0) throw refuse(request, problems.length === 1 ? problems[0]! : `[${[...new Set(problems)].join(", ")}]`);
    }
  },
};

function handles(request: AdmissionRequest): boolean {
  if (request.type.group !== "" || !request.object || request.oldObject?.metadata.deletionTimestamp) return false;
  if (request.type.plural === "pods") return (request.operation === "CREATE" && request.subresource === "") || (request.operation === "UPDATE" && request.subresource === "resize");
  return request.type.plural === "persistentvolumeclaims" && request.subresource === "" && (request.operation === "CREATE" || request.operation === "UPDATE");
}

function setDefaults(pod: KubeObject, range: KubeObject): void {
  const limits: Record<string, string> = {};
  const requests: Record<string, string> = {};
  for (const item of items(range.spec?.limits)) {
    if (item.type !== "Container") continue;
    Object.assign(requests, item.defaultRequest);
    Object.assign(limits, item.default);
  }
  const notes: string[] = [];
  for (const [list, what] of [["containers", "container"], ["initContainers", "init container"]] as const) {
    for (const container of items(pod.spec?.[list])) {
      const resources: Loose = (container.resources ??= {});
      for (const [side, defaults, word] of [["requests", requests, "request"], ["limits", limits, "limit"]] as const) {
        const missing = Object.keys(defaults).filter((name) => resources[side]?.[name] === undefined);
        if (missing.length === 0) continue;
        resources[side] = { ...resources[side], ...Object.fromEntries(missing.map((name) => [name, defaults[name]])) };
        notes.push(`${missing.sort().join(", ")} ${word} for ${what} ${container.name}`);
      }
    }
  }
  if (notes.length > 0) pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join("; ")}` };
}

function podProblems(pod: KubeObject, range: KubeObject): string[] {
  const problems: string[] = [];
  for (const limit of items(range.spec?.limits)) {
    if (limit.type === "Container") {
      for (const container of [...items(pod.spec?.containers), ...items(pod.spec?.initContainers)]) {
        boundProblems(problems, limit, container.resources?.requests, container.resources?.limits);
      }
    } else if (limit.type === "Pod") {
      const spec: Loose = pod.spec ?? {};
      boundProblems(problems, limit, { ...aggregate(spec, "requests"), ...spec.resources?.requests }, { ...aggregate(spec, "limits"), ...spec.resources?.limits });
    }
  }
  return problems;
}

function boundProblems(problems: string[], limit: Loose, requests: Amounts, limits: Amounts): void {
  const { type } = limit;
  for (const name of Object.keys(limit.min ?? {}).sort()) minProblem(problems, type, name, limit.min[name], requests?.[name], limits?.[name]);
  for (const name of Object.keys(limit.max ?? {}).sort()) {
    const bound: string = limit.max[name];
    const start = `maximum ${name} usage per ${type} is ${bound}`;
    const wanted = limits?.[name];
    const asked = requests?.[name];
    if (wanted === undefined) problems.push(`${start}.  No limit is specified`);
    else if (compareQuantities(wanted, bound) > 0) problems.push(`${start}, but limit is ${wanted}`);
    else if (asked !== undefined && compareQuantities(asked, bound) > 0) problems.push(`${start}, but request is ${asked}`);
  }
  for (const name of Object.keys(limit.maxLimitRequestRatio ?? {}).sort()) {
    const bound: string = limit.maxLimitRequestRatio[name];
    const start = `${name} max limit to request ratio per ${type} is ${bound}`;
    const asked = quantityNumber(requests?.[name]);
    const wanted = quantityNumber(limits?.[name]);
    if (asked === 0) problems.push(`${start}, but no request is specified or request is 0`);
    else if (wanted === 0) problems.push(`${start}, but no limit is specified or limit is 0`);
    else if (wanted / asked > quantityNumber(bound)) problems.push(`${start}, but provided ratio is ${(wanted / asked).toFixed(6)}`);
  }
}

function minProblem(problems: string[], type: string, name: string, bound: string, asked: string | undefined, wanted: string | undefined): void {
  const start = `minimum ${name} usage per ${type} is ${bound}`;
  if (asked === undefined) problems.push(`${start}.  No request is specified`);
  else if (compareQuantities(asked, bound) < 0) problems.push(`${start}, but request is ${asked}`);
  else if (wanted !== undefined && compareQuantities(wanted, bound) < 0) problems.push(`${start}, but limit is ${wanted}`);
}

function claimProblems(claim: KubeObject, range: KubeObject): string[] {
  const problems: string[] = [];
  const requests: Amounts = claim.spec?.resources?.requests;
  for (const limit of items(range.spec?.limits)) {
    if (limit.type !== "PersistentVolumeClaim") continue;
    for (const name of Object.keys(limit.min ?? {}).sort()) minProblem(problems, limit.type, name, limit.min[name], requests?.[name], undefined);
    for (const name of Object.keys(limit.max ?? {}).sort()) {
      const start = `maximum ${name} usage per ${limit.type} is ${limit.max[name]}`;
      const asked = requests?.[name];
      if (asked === undefined) problems.push(`${start}.  No request is specified`);
      else if (compareQuantities(asked, limit.max[name]) > 0) problems.push(`${start}, but request is ${asked}`);
    }
  }
  return problems;
}
