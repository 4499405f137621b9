/** The roles and bindings an API server creates for its own parts and for `admin`, `edit` and `view`. */
import { cloneJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { BOOTSTRAP_ROLES } from "./bootstrap-roles.generated.ts";

/** Fresh copies, roles before bindings as the table has them. */
export function bootstrapRoles(): KubeObject[] {
  return BOOTSTRAP_ROLES.map((role) => cloneJson({ apiVersion: "rbac.authorization.k8s.io/v1", ...role }) as KubeObject);
}
