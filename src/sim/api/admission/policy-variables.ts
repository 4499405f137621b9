/** What expressions of admission policies can read: the objects, the request, the namespace, the parameter, and the policy's own variables. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { evaluate } from "../cel/expression.ts";
import { toCel } from "../cel/values.ts";
import type { AdmissionRequest } from "./admission.ts";

export type Variables = Record<string, unknown>;

export function variablesOf(request: AdmissionRequest, policy: KubeObject, param: KubeObject | undefined, object: KubeObject | undefined = request.object): Variables {
  const isNamespace = request.type.group === "" && request.type.plural === "namespaces";
  const namespace = request.namespace && !isNamespace ? request.client.get("namespaces", undefined, request.namespace) : undefined;
  const variables: Variables = {
    object: toCel(object ?? null),
    oldObject: toCel(request.oldObject ?? null),
    request: describe(request),
    namespaceObject: toCel(namespace ?? null),
    params: toCel(param ?? null),
  };
  variables.variables = composed(items(policy.spec.variables), variables);
  return variables;
}

/** Each is evaluated when it is first read, and can read those before it. */
function composed(definitions: readonly Loose[], variables: Variables): object {
  const known: object = {};
  for (const { name, expression } of definitions) {
    Object.defineProperty(known, name, {
      enumerable: true,
      configurable: true,
      get() {
        const result = evaluate(expression, variables);
        if ("error" in result) throw new Error(`composited variable "${name}" fails to evaluate: ${result.error}`);
        Object.defineProperty(known, name, { value: result.value, enumerable: true });
        return result.value;
      },
    });
  }
  return known;
}

/** `admission.k8s.io/v1` AdmissionRequest, as far as policies see it. */
function describe({ type, objectKind, subresource, name, namespace, operation, user, dryRun }: AdmissionRequest): object {
  const { group, version, kind, plural } = type;
  const kindOf = objectKind ?? { group, version, kind };
  const resource = { group, version, resource: plural };
  return {
    kind: kindOf,
    resource,
    ...(subresource === "" ? {} : { subResource: subresource, requestSubResource: subresource }),
    requestKind: kindOf,
    requestResource: resource,
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    operation,
    userInfo: { username: user.name, groups: [...user.groups] },
    dryRun,
  };
}

/** Whether every match condition holds; an error counts only when no condition is false. */
export function conditionsHold(policy: KubeObject, variables: Variables): boolean | { error: string } {
  const errors: string[] = [];
  for (const { name, expression } of items(policy.spec.matchConditions)) {
    const result = evaluate(expression, variables);
    if ("error" in result) errors.push(`expression '${expression}' resulted in error: ${result.error}`);
    else if (typeof result.value !== "boolean") errors.push(`match condition '${name}' did not evaluate to bool`);
    else if (!result.value) return false;
  }
  if (errors.length === 0) return true;
  return { error: errors.length === 1 ? errors[0]! : `[${errors.join(", ")}]` };
}
