/** ValidatingAdmissionPolicies: rules in CEL that refuse a request or warn about it. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { evaluate } from "../cel/expression.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { ApiError } from "../status.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";
import { matchingInvocations, VALIDATING } from "./policy-match.ts";
import { conditionsHold, type Variables, variablesOf } from "./policy-variables.ts";
import { refuse } from "./refuse.ts";

const MESSAGE_BYTES_MAX = 5 * 1024;
const CODES: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };

interface Denial {
  message: string;
  reason?: string;
}

export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: "ValidatingAdmissionPolicy",
  validate(request) {
    const invocations = matchingInvocations(request, VALIDATING);
    if (!invocations) return;
    let refusal: ApiError | undefined;
    for (const invocation of invocations) {
      const { policy, binding } = invocation;
      if ("message" in invocation) {
        if (failsOnError(policy)) refusal ??= refusalOf(request, policy, binding, invocation);
        continue;
      }
      for (const param of invocation.params) {
        for (const denial of validate(request, policy, param)) {
          for (const action of (binding!.spec.validationActions ?? []) as string[]) {
            if (action === "Deny") refusal ??= refusalOf(request, policy, binding, denial);
            else if (action === "Warn") request.warnings.push(`Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding!.metadata.name}': ${denial.message}`);
          }
        }
      }
    }
    if (refusal) throw refusal;
  },
};

const failsOnError = (policy: KubeObject): boolean => policy.spec.failurePolicy !== "Ignore";

function validate(request: AdmissionRequest, policy: KubeObject, param: KubeObject | undefined): Denial[] {
  const variables = variablesOf(request, policy, param);
  const matches = conditionsHold(policy, variables);
  if (matches === false) return [];
  if (matches !== true) return failsOnError(policy) ? [{ message: matches.error }] : [];
  const denials: Denial[] = [];
  for (const validation of items(policy.spec.validations)) {
    const result = evaluate(validation.expression, variables);
    if ("error" in result) {
      if (failsOnError(policy)) denials.push({ message: `expression '${validation.expression}' resulted in error: ${result.error}` });
    } else if (result.value !== true) denials.push({ message: messageOf(validation, variables), reason: validation.reason ?? "Invalid" });
  }
  return denials;
}

function messageOf(validation: Loose, variables: Variables): string {
  if (validation.messageExpression) {
    const result = evaluate(validation.messageExpression, variables);
    const text = "value" in result && typeof result.value === "string" ? result.value.trim() : "";
    if (text !== "" && !text.includes("\n") && Buffer.byteLength(text) <= MESSAGE_BYTES_MAX) return text;
  }
  return validation.message ? validation.message.trim() : `failed expression: ${validation.expression.trim()}`;
}

function refusalOf(request: AdmissionRequest, policy: KubeObject, binding: KubeObject | undefined, { message, reason = "Invalid" }: Denial): ApiError {
  const bound = binding ? ` with binding '${binding.metadata.name}'` : "";
  const text = `ValidatingAdmissionPolicy '${policy.metadata.name}'${bound} denied request: ${message}`;
  const { status } = refuse(request, text);
  return new ApiError(CODES[reason] ?? 422, reason, status.message!, { ...status.details, causes: [...(status.details?.causes ?? []), { message: text }] });
}
