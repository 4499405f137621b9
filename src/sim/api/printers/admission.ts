import type { KubeObject } from "../../../objects/kube-object.ts";
import { age, lengthOf, selectorText, type Cell } from "./cells.ts";

export function printWebhookConfiguration(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, lengthOf(object["webhooks"]), age(object, nowMs)];
}

const paramKind = (object: KubeObject): string => {
  const kind = object["spec"]?.paramKind;
  return kind ? `${kind.apiVersion}/${kind.kind}` : "<unset>";
};

export function printValidatingAdmissionPolicy(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, lengthOf(object["spec"]?.validations), paramKind(object), age(object, nowMs)];
}

export function printMutatingAdmissionPolicy(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, lengthOf(object["spec"]?.mutations), paramKind(object), age(object, nowMs)];
}

/** The row of the bindings of both kinds of policy. */
export function printPolicyBinding(object: KubeObject, nowMs: number): Cell[] {
  const reference = object["spec"]?.paramRef;
  let parameter = "<unset>";
  if (reference?.name) parameter = `${reference.namespace || "*"}/${reference.name}`;
  else if (reference?.selector) parameter = selectorText(reference.selector);
  return [object.metadata.name, object["spec"]?.policyName ?? "", parameter, age(object, nowMs)];
}
