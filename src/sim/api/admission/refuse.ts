/** How a plugin refuses a request: upstream's `admission.NewForbidden`. */
import { type ApiError, forbidden } from "../status.ts";
import type { AdmissionRequest } from "./admission.ts";

/** 403 with the object's name, or the prefix of the name it is about to get. */
export function refuse(request: AdmissionRequest, why: string): ApiError {
  const metadata = request.object?.metadata;
  return forbidden(request.type, request.name || metadata?.name || metadata?.generateName || "Unknown", why);
}

/** True for a core resource itself (no subresource). */
export function isCore(request: AdmissionRequest, plural: string): boolean {
  return request.type.group === "" && request.type.plural === plural && request.subresource === "";
}
