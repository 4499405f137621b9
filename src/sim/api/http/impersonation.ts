/** `kubectl --as`: a user who may impersonate acts as another (`endpoints/filters/impersonation`). */
import type { Store } from "../../store/store.ts";
import { authorize } from "../authorizer.ts";
import type { UserInfo } from "../registry/request.ts";
import { forbidden } from "../status.ts";
import type { ApiRequest } from "./exchange.ts";

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The user to act as; the request's own when no header asks for another. Throws Forbidden. */
export function impersonated(store: Store, request: ApiRequest): UserInfo {
  const name = request.headers["impersonate-user"];
  if (name === undefined || name === "") return request.user;
  const groups = (request.headers["impersonate-group"] ?? "").split(",").map((group) => group.trim()).filter((group) => group !== "");
  const check = (resource: string, object: string, namespace?: string): void => {
    const attributes = { user: request.user, verb: "impersonate", group: "", resource, subresource: "", namespace, name: object };
    if (authorize(store, attributes).allowed) return;
    const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
    throw forbidden({ plural: resource, group: "" }, object, `User "${request.user.name}" cannot impersonate resource "${resource}" in API group "" ${where}`);
  };
  const account = SERVICE_ACCOUNT.exec(name);
  if (account === null) check("users", name);
  else check("serviceaccounts", account[2]!, account[1]);
  for (const group of groups) check("groups", group);
  const uid = request.headers["impersonate-uid"];
  const implied = account === null ? [] : ["system:serviceaccounts", `system:serviceaccounts:${account[1]}`];
  const all = groups.length > 0 ? groups : implied;
  const authenticated = name === "system:anonymous" ? "system:unauthenticated" : "system:authenticated";
  return { name, groups: all.includes(authenticated) ? all : [...all, authenticated], ...(uid ? { uid } : {}) };
}
