/** The `Status` object that the API answers errors with, in upstream's words (apimachinery `pkg/api/errors`). */
import type { JsonObject } from "../../objects/kube-object.ts";

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: JsonObject;
  status: "Success" | "Failure";
  message?: string;
  reason?: string;
  details?: { name?: string; group?: string; kind?: string; uid?: string; causes?: StatusCause[]; retryAfterSeconds?: number };
  code: number;
}

/** One error about one field. `type` is upstream's cause reason. */
export interface FieldError {
  type:
    | "FieldValueRequired"
    | "FieldValueInvalid"
    | "FieldValueNotSupported"
    | "FieldValueDuplicate"
    | "FieldValueForbidden"
    | "FieldValueNotFound"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "FieldValueTooFew"
    | "FieldValueTooShort"
    | "FieldValueTypeInvalid"
    | "InternalError";
  /** `spec.containers[0].image`; keys of maps as `metadata.labels[app]`. */
  field: string;
  /** What stands after the field path: `Invalid value: "x": must be …`, exactly as upstream prints it. */
  body: string;
}

export class ApiError extends Error {
  override name = "ApiError";
  readonly status: Status;
  constructor(code: number, reason: string, message: string, details?: Status["details"]) {
    super(message);
    this.status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, ...(reason ? { reason } : {}), ...(details ? { details } : {}), code };
  }
  get reason(): string {
    return this.status.reason ?? "";
  }
  get code(): number {
    return this.status.code;
  }
}

/** `deployments.apps` or `pods`: how messages name a resource. */
export function resourceLabel(plural: string, group: string): string {
  return group === "" ? plural : `${plural}.${group}`;
}

interface Named {
  plural: string;
  group: string;
}

export const notFound = (type: Named, name: string): ApiError =>
  new ApiError(404, "NotFound", `${resourceLabel(type.plural, type.group)} "${name}" not found`, details(type, name));

export const alreadyExists = (type: Named, name: string): ApiError =>
  new ApiError(409, "AlreadyExists", `${resourceLabel(type.plural, type.group)} "${name}" already exists`, details(type, name));

export const conflict = (type: Named, name: string, why: string): ApiError =>
  new ApiError(409, "Conflict", `Operation cannot be fulfilled on ${resourceLabel(type.plural, type.group)} "${name}": ${why}`, details(type, name));

export const STALE = "the object has been modified; please apply your changes to the latest version and try again";

export const badRequest = (message: string): ApiError => new ApiError(400, "BadRequest", message);

export const unauthorized = (): ApiError => new ApiError(401, "Unauthorized", "Unauthorized");

export const forbidden = (type: Named, name: string, why: string): ApiError =>
  new ApiError(403, "Forbidden", `${resourceLabel(type.plural, type.group)}${name ? ` "${name}"` : ""} is forbidden: ${why}`, details(type, name));

export const methodNotAllowed = (): ApiError => new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});

/** A path below a served group that names nothing. */
export const noSuchResource = (): ApiError => new ApiError(404, "NotFound", "the server could not find the requested resource", {});

/** What upstream answers when a plain Go error reaches the top: 500, the bare message, no reason. */
export const bareError = (message: string): ApiError => new ApiError(500, "", message);

export const gone = (message: string): ApiError => new ApiError(410, "Expired", message);

export const tooManyRequests = (message: string, retryAfterSeconds: number, causes?: StatusCause[]): ApiError =>
  new ApiError(429, "TooManyRequests", message, { ...(causes ? { causes } : {}), ...(retryAfterSeconds ? { retryAfterSeconds } : {}) });

export const unsupportedMediaType = (message: string): ApiError => new ApiError(415, "UnsupportedMediaType", message);

export const notAcceptable = (representations: string): ApiError =>
  new ApiError(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${representations}`, {});

export const internalError = (message: string): ApiError =>
  new ApiError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });

/** 422 Invalid. `kind` is the Kind, not the resource, as upstream does. */
export function invalid(kind: string, group: string, name: string, errors: readonly FieldError[]): ApiError {
  const qualified = group === "" ? kind : `${kind}.${group}`;
  const lines = [...new Set(errors.map((error) => `${error.field}: ${error.body}`))];
  const text = lines.length === 0 ? "" : lines.length === 1 ? lines[0]! : `[${lines.join(", ")}]`;
  return new ApiError(422, "Invalid", `${qualified} "${name}" is invalid${text ? `: ${text}` : ""}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    ...(kind ? { kind } : {}),
    causes: errors.map((error) => ({ reason: error.type, message: error.body, field: error.field })),
  });
}

function details(type: Named, name: string): NonNullable<Status["details"]> {
  return { ...(name ? { name } : {}), ...(type.group ? { group: type.group } : {}), kind: type.plural };
}

export function serviceUnavailable(message: string): ApiError {
  return new ApiError(503, "ServiceUnavailable", message);
}
