/** The errors of the three patch types, with upstream's codes (apiserver, endpoints/handlers/patch.go). */
import { ApiError, badRequest } from "../status.ts";

/** A patch that is well-formed but does not apply (a failed test, a missing path): upstream says no more than this. */
export function patchRejected(): ApiError {
  return new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

/**
 * The patched object cannot be decoded. `shown` is what upstream quotes: the patched object's JSON for JSON and merge patches, Go's `%v` of the patch for
 * strategic ones; `why` is the decoder's message.
 */
export function patchInvalid(shown: string, why: string): ApiError {
  const body = `Invalid value: ${JSON.stringify(shown)}: ${why}`;
  return new ApiError(422, "Invalid", ` "" is invalid: patch: ${body}`, { causes: [{ reason: "FieldValueInvalid", message: body, field: "patch" }] });
}

/** A directive of a strategic merge patch in a wrong form. */
export function badDirective(which: "primitive list" | "retainKeys" | "setElementOrder list"): ApiError {
  return badRequest(`invalid patch format of ${which}`);
}

/** What upstream returns as a bare error becomes a 500 without a reason. */
export function bareError(message: string): ApiError {
  const error = new ApiError(500, "", message);
  delete error.status.reason;
  return error;
}
