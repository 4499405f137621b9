/** Who asks, and how: what every operation on the registry is told. */
export interface UserInfo {
  name: string;
  groups: readonly string[];
  uid?: string;
  extra?: Readonly<Record<string, readonly string[]>>;
}

export interface RequestContext {
  user: UserInfo;
  /** Recorded in managedFields. */
  fieldManager: string;
  dryRun: boolean;
  /** Collected for the `Warning` headers of the answer. */
  warnings: string[];
}

/** The identity of a part of the cluster itself: never refused, never checked against RBAC. */
export function systemContext(user: string, fieldManager: string): RequestContext {
  return { user: { name: user, groups: ["system:masters", "system:authenticated"] }, fieldManager, dryRun: false, warnings: [] };
}
