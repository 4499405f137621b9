/** Who asks, and how: what every operation on the registry is told. */
import type { JsonObject } from "../../../objects/kube-object.ts";
import type { Decision } from "../admission/webhook/decision.ts";

export interface UserInfo {
  name: string;
  groups: readonly string[];
  uid?: string;
  extra?: Readonly<Record<string, readonly string[]>>;
  /** A part of the cluster itself, which may grant more than it was granted. */
  isPart?: boolean;
}

export interface RequestContext {
  user: UserInfo;
  /** Recorded in managedFields. */
  fieldManager: string;
  dryRun: boolean;
  /** Collected for the `Warning` headers of the answer. */
  warnings: string[];
  /** CreateOptions, UpdateOptions, … as webhooks see them. */
  options?: JsonObject;
  /** Where the write can wait for webhooks. */
  decision?: Decision;
}

/** The identity of a part of the cluster itself: never refused, never checked against RBAC. */
export function systemContext(user: string, fieldManager: string): RequestContext {
  return { user: { name: user, groups: groupsOf(user), isPart: true }, fieldManager, dryRun: false, warnings: [] };
}

/** The groups that a part's credentials put it in, as webhooks and policies see them. */
function groupsOf(user: string): readonly string[] {
  const [, kind, namespace] = /^system:(serviceaccount|node):([^:]+)/.exec(user) ?? [];
  if (kind === "serviceaccount") return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  if (kind === "node") return ["system:nodes", "system:authenticated"];
  return user === "system:kube-scheduler" ? ["system:authenticated"] : ["system:masters", "system:authenticated"];
}
