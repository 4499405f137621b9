/** MutatingWebhookConfigurations: the webhooks that match are asked one after the other, each about what those before it made. */
import { cloneJson, equalJson } from "../../../../lib/json.ts";
import type { JsonValue, KubeObject } from "../../../../objects/kube-object.ts";
import { customDefaults } from "../../registry/custom-resource.ts";
import { scaleOf, withScale } from "../../registry/scale.ts";
import { applyDefaults } from "../../defaults/apply-defaults.ts";
import { strictErrors } from "../../schema/strict-errors.ts";
import { internalError } from "../../status.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { applyJsonPatch } from "../apply-json-patch.ts";
import { callWebhook } from "./call-webhook.ts";
import { WebhookPending } from "./decision.ts";
import { type Invocation, invocationOf, webhooksOf } from "./webhook-match.ts";

export const mutatingAdmissionWebhook: AdmissionPlugin = {
  name: "MutatingAdmissionWebhook",
  mutate(request) {
    const webhooks = webhooksOf(request, "mutatingwebhookconfigurations");
    if (webhooks.length === 0) return;
    const { reinvocation } = request;
    if (reinvocation.isReinvoke && !equalJson(reinvocation.output ?? null, request.object ?? null)) askAgain(request);
    for (const webhook of webhooks) {
      const invocation = invocationOf(request, webhook);
      // In the second round nobody is called for the first time.
      if (invocation === undefined || (reinvocation.isReinvoke && !reinvocation.again.has(webhook.id))) continue;
      const result = callWebhook(request, invocation, true);
      if (result === "pending") throw new WebhookPending(request.decision!);
      if (result !== "passed" && patch(request, invocation, result.patch)) {
        askAgain(request);
        reinvocation.shouldReinvoke = true;
      }
      if (webhook.hook.reinvocationPolicy === "IfNeeded") reinvocation.invoked.add(webhook.id);
    }
    if (request.object !== undefined) reinvocation.output = cloneJson(request.object) as KubeObject;
  },
};

/** Those that were called before this change are to see it. */
function askAgain({ reinvocation }: AdmissionRequest): void {
  for (const id of reinvocation.invoked) reinvocation.again.add(id);
  reinvocation.invoked.clear();
}

/** Changes the request's object in place, as other plugins hold it too. Tells whether it is another now. */
function patch(request: AdmissionRequest, { hook, version }: Invocation, operations: JsonValue): boolean {
  const { object, subresource, managedFields } = request;
  if (object === undefined) throw internalError(`admission webhook "${hook.name}" attempted to modify the object, which is not supported for this operation`);
  if (request.objectKind !== undefined) return replace(object, patched(object, operations));
  const isScale = subresource === "scale";
  const whole = version.convert(managedFields === undefined ? object : { ...object, metadata: { ...object.metadata, managedFields: [...managedFields] } });
  const before = (isScale ? scaleOf(version.resource, whole) : whole) as KubeObject;
  const made = patched(before, operations);
  let next = isScale ? withScale(version.resource, whole, made) : made;
  const { wrong } = strictErrors(version.resource, next);
  if (wrong.length > 0) throw internalError(wrong[0]!);
  if (version.resource.custom === undefined) applyDefaults(next);
  else customDefaults(version.resource, next);
  next = version.convertBack(next);
  // Who owns what is settled by who wrote it, not by webhooks.
  delete next.metadata.managedFields;
  return replace(object, next);
}

function patched(object: KubeObject, operations: JsonValue): KubeObject {
  const made = applyJsonPatch(object, operations);
  if (made === undefined) throw internalError("testing value failed: test failed");
  if (typeof made === "string") throw internalError(made);
  return cloneJson(made) as KubeObject;
}

function replace(object: KubeObject, next: KubeObject): boolean {
  const isChanged = !equalJson(next, object);
  for (const key of Object.keys(object)) delete object[key];
  Object.assign(object, next);
  return isChanged;
}
