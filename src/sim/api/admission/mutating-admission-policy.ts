/** MutatingAdmissionPolicies: patches made by CEL expressions, as apply configurations or as JSON patches. */
import { cloneJson, equalJson } from "../../../lib/json.ts";
import type { JsonObject, JsonValue, KubeObject } from "../../../objects/kube-object.ts";
import { schemaOf } from "../../../objects/schema/schema-of.ts";
import { evaluate } from "../cel/expression.ts";
import { fromCel } from "../cel/values.ts";
import { items } from "../defaults/absent.ts";
import { applyDefaults } from "../defaults/apply-defaults.ts";
import type { Loose } from "../defaults/loose.ts";
import { jsonMergePatch } from "../merge/json-merge-patch.ts";
import { mergeTyped } from "../merge/merge-typed.ts";
import { ApiError } from "../status.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";
import { applyJsonPatch } from "./apply-json-patch.ts";
import { matchingInvocations, MUTATING } from "./policy-match.ts";
import { conditionsHold, variablesOf } from "./policy-variables.ts";
import { refuse } from "./refuse.ts";

/** `others`: the plugins that look again at an object that a policy changed. */
export const mutatingAdmissionPolicy = (others: readonly AdmissionPlugin[]): AdmissionPlugin => ({
  name: "MutatingAdmissionPolicy",
  mutate(request) {
    // The second round is for the webhooks' sake; policies have seen the object.
    if (!request.object || request.reinvocation.isReinvoke) return;
    const invocations = matchingInvocations(request, MUTATING);
    if (!invocations) return;
    const before = cloneJson(request.object);
    const problems: { message: string; reason?: string }[] = [];
    for (const invocation of invocations) {
      const { policy, binding } = invocation;
      const report = (message: string, reason?: string): void => {
        if (policy.spec.failurePolicy === "Ignore") return;
        const who = binding ? `policy '${policy.metadata.name}' with binding '${binding.metadata.name}'` : `policy "${policy.metadata.name}"`;
        problems.push({ message: `${who} denied request: ${message}`, ...(reason ? { reason } : {}) });
      };
      if ("message" in invocation) report(invocation.message);
      else for (const param of invocation.params) mutate(request, policy, param, (message) => report(message, "Invalid"));
    }
    if (problems.length === 0) {
      if (!equalJson(before, request.object)) for (const plugin of others) plugin.mutate?.(request);
      return;
    }
    const { status } = refuse(request, "");
    const causes = [...(status.details?.causes ?? []), ...problems.map(({ message }) => ({ message }))];
    throw new ApiError(status.code, problems[0]!.reason ?? status.reason!, problems[0]!.message, { ...status.details, causes });
  },
});

function mutate(request: AdmissionRequest, policy: KubeObject, param: KubeObject | undefined, report: (message: string) => void): void {
  const matches = conditionsHold(policy, variablesOf(request, policy, param));
  if (matches === false) return;
  if (matches !== true) return report(matches.error);
  for (const mutation of items(policy.spec.mutations)) {
    // Each mutation sees what the ones before it made.
    const expression: string = (mutation.jsonPatch ?? mutation.applyConfiguration)?.expression ?? "";
    const result = evaluate(expression, variablesOf(request, policy, param));
    if ("error" in result) {
      report(`expression '${expression}' resulted in error: ${result.error}`);
      continue;
    }
    const problem = patch(request, mutation, fromCel(result.value) as JsonValue);
    if (problem !== undefined) report(problem);
  }
}

/** Changes the request's object in place, as other plugins hold it too. */
function patch(request: AdmissionRequest, mutation: Loose, made: JsonValue): string | undefined {
  const object = request.object!;
  let patched: KubeObject;
  if (mutation.jsonPatch) {
    const applied = applyJsonPatch(object, made);
    // A failed test leaves the object as it is.
    if (applied === undefined) return undefined;
    if (typeof applied === "string") return `JSON Patch: ${applied}`;
    patched = applied;
  } else {
    const schema = schemaOf(request.type);
    patched = (schema ? mergeTyped(schema, object as unknown as JsonObject, made) : jsonMergePatch(object, made)) as unknown as KubeObject;
  }
  const fresh = cloneJson(patched);
  for (const key of Object.keys(object)) delete (object as unknown as Loose)[key];
  Object.assign(object, fresh);
  applyDefaults(object);
  return undefined;
}
