/** Questions that are asked by creating something that is not kept: who am I, may I, is this token good. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { authorize, type Rule, rulesFor } from "../authorizer.ts";
import type { Registry } from "../registry/registry.ts";
import type { UserInfo } from "../registry/request.ts";
import { type ApiError, badRequest, invalid } from "../status.ts";
import type { Identities } from "./identity.ts";

interface ReviewContext {
  registry: Registry;
  identities: Identities;
  user: UserInfo;
  namespace: string | undefined;
}

interface ResourceAttributes {
  namespace?: string;
  verb?: string;
  group?: string;
  resource?: string;
  subresource?: string;
  name?: string;
}

/** Undefined for what is no review. */
export function review(kind: string, body: KubeObject, context: ReviewContext): object | undefined {
  const spec = (body["spec"] ?? {}) as Record<string, unknown>;
  const answer = (status: object): object => ({ ...body, metadata: { ...body.metadata, creationTimestamp: null }, spec, status });
  switch (kind) {
    case "SelfSubjectReview":
      return { kind, apiVersion: body.apiVersion, metadata: { creationTimestamp: null }, status: { userInfo: userInfoOf(context.user) } };
    case "TokenReview": {
      const user = context.identities.review(String(spec["token"] ?? ""));
      if (user === undefined) return answer({ user: {}, error: "invalid bearer token" });
      return answer({ authenticated: true, user: userInfoOf(user), audiences: spec["audiences"] ?? ["https://kubernetes.default.svc.cluster.local"] });
    }
    case "SelfSubjectAccessReview":
      return answer(access(context.registry, context.user, spec));
    case "LocalSubjectAccessReview":
    case "SubjectAccessReview": {
      const user = spec["user"] as string | undefined;
      const groups = spec["groups"] as string[] | undefined;
      if (!user && !groups?.length) throw badRequest("at least one of user or group must be specified");
      const attributes = spec["resourceAttributes"] as ResourceAttributes | undefined;
      if (kind === "LocalSubjectAccessReview" && attributes?.namespace !== context.namespace) throw wrong("spec.resourceAttributes.namespace", `${JSON.stringify(attributes?.namespace ?? "")}: must match metadata.namespace`);
      return answer(access(context.registry, { name: user ?? "", groups: groups ?? [] }, spec));
    }
    case "SelfSubjectRulesReview":
      return answer(rules(context.registry, context.user, String(spec["namespace"] ?? "")));
    default:
      return undefined;
  }
}

const wrong = (field: string, value: string): ApiError => invalid("", "authorization.k8s.io", "", [{ type: "FieldValueInvalid", field, body: `Invalid value: ${value}` }]);

function access(registry: Registry, user: UserInfo, spec: Record<string, unknown>): object {
  const resource = spec["resourceAttributes"] as ResourceAttributes | undefined;
  const path = spec["nonResourceAttributes"] as { path?: string; verb?: string } | undefined;
  if (resource === undefined && path === undefined) throw wrong("spec.resourceAttributes", "null: exactly one of nonResourceAttributes or resourceAttributes must be specified");
  const decision = authorize(registry.store, {
    user,
    verb: resource?.verb ?? path?.verb ?? "",
    group: resource?.group ?? "",
    resource: resource?.resource ?? "",
    subresource: resource?.subresource ?? "",
    namespace: resource?.namespace || undefined,
    name: resource?.name ?? "",
    ...(path ? { path: path.path ?? "" } : {}),
  });
  return { allowed: decision.allowed, ...(decision.reason ? { reason: decision.reason } : {}) };
}

function rules(registry: Registry, user: UserInfo, namespace: string): object {
  const resourceRules: object[] = [];
  const nonResourceRules: object[] = [];
  const add = (rule: Rule): void => {
    if (rule.resources?.length) {
      resourceRules.push({ verbs: rule.verbs, apiGroups: rule.apiGroups ?? [], resources: rule.resources, ...(rule.resourceNames?.length ? { resourceNames: rule.resourceNames } : {}) });
    }
    if (rule.nonResourceURLs?.length) nonResourceRules.push({ verbs: rule.verbs, nonResourceURLs: rule.nonResourceURLs });
  };
  if (user.groups.includes("system:masters")) {
    add({ verbs: ["*"], apiGroups: ["*"], resources: ["*"] });
    add({ verbs: ["*"], nonResourceURLs: ["*"] });
  }
  for (const found of rulesFor(registry.store, user, namespace)) for (const rule of found.rules) add(rule);
  return { resourceRules, nonResourceRules, incomplete: false };
}

function userInfoOf(user: UserInfo): object {
  return { username: user.name, ...(user.uid ? { uid: user.uid } : {}), groups: [...user.groups], ...(user.extra ? { extra: user.extra } : {}) };
}
