/** The question that a webhook is sent, and what its answer may look like (upstream `plugin/webhook/request`). */
import type { JsonObject, JsonValue, KubeObject } from "../../../../objects/kube-object.ts";
import type { AdmissionRequest } from "../admission.ts";
import { scaleOf } from "../../registry/scale.ts";
import type { Invocation } from "./webhook-match.ts";

/** What the API server can speak, asked for in the webhook's order. */
export const REVIEW_VERSIONS: readonly string[] = ["v1", "v1beta1"];

export interface ReviewResponse {
  allowed: boolean;
  status?: { code?: number; status?: string; message?: string; reason?: string; [field: string]: unknown };
  warnings: readonly string[];
  /** A JSON patch, decoded. */
  patch?: JsonValue;
}

const SCALE = { group: "autoscaling", version: "v1", kind: "Scale" };

/** Without `uid`, which the sender adds: two questions are the same when these are. */
export function reviewRequest(request: AdmissionRequest, { version }: Invocation): JsonObject {
  const { type, subresource, name, namespace, operation, user, dryRun, options, objectKind, managedFields } = request;
  const isScale = subresource === "scale";
  const kindOf = ({ group, version: of, kind }: { group: string; version: string; kind: string }): JsonObject => (isScale ? SCALE : objectKind ? { ...objectKind } : { group, version: of, kind });
  const resourceOf = (of: { group: string; version: string }): JsonObject => ({ group: of.group, version: of.version, resource: type.plural });
  const seen = (object: KubeObject | undefined, fields: AdmissionRequest["managedFields"]): JsonValue => {
    if (object === undefined) return null;
    if (objectKind !== undefined) return object as unknown as JsonObject;
    const shown = version.convert(fields === undefined ? object : { ...object, metadata: { ...object.metadata, managedFields: [...fields] } });
    return (isScale ? scaleOf(version.resource, shown) : shown) as unknown as JsonObject;
  };
  const isNamespace = type.group === "" && type.plural === "namespaces";
  const where = isNamespace ? name : namespace;
  return {
    kind: kindOf(version.resource),
    resource: resourceOf(version.resource),
    ...(subresource ? { subResource: subresource } : {}),
    requestKind: kindOf(type),
    requestResource: resourceOf(type),
    ...(subresource ? { requestSubResource: subresource } : {}),
    ...(name ? { name } : {}),
    ...(where ? { namespace: where } : {}),
    operation,
    userInfo: { username: user.name, ...(user.uid ? { uid: user.uid } : {}), groups: [...user.groups], ...(user.extra ? { extra: user.extra as unknown as JsonObject } : {}) },
    object: seen(request.object, managedFields),
    oldObject: seen(request.oldObject, undefined),
    dryRun,
    // A connect has no options beside what it asks for, which is the object.
    options: operation === "CONNECT" ? null : options,
  };
}

/** The review as it travels. */
export function reviewText(reviewVersion: string, uid: string, request: JsonObject): string {
  return JSON.stringify({ kind: "AdmissionReview", apiVersion: `admission.k8s.io/${reviewVersion}`, request: { uid, ...request } });
}

/** Why an answer counts for nothing: the call failed (`failed to call webhook: …`), or what came back is no answer. */
export class ReviewProblem extends Error {}

/** Throws `ReviewProblem`. */
export function parseReview(reply: { status: number; body: string }, reviewVersion: string, uid: string, isMutating: boolean): ReviewResponse {
  const review = decodeReply(reply, reviewVersion);
  const response = review["response"] as JsonObject | undefined;
  const wrong = (why: string): never => {
    throw new ReviewProblem(`received invalid webhook response: ${why}`);
  };
  if (response === undefined || response === null) return wrong("webhook response was absent");
  const { patch, patchType } = response as { patch?: string; patchType?: string };
  const patchText = decodePatch(patch);
  if (reviewVersion === "v1") {
    if (response["uid"] !== uid) wrong(`expected response.uid="${uid}", got "${String(response["uid"] ?? "")}"`);
    const sent = { apiVersion: String(review["apiVersion"] ?? ""), kind: String(review["kind"] ?? "") };
    if (sent.apiVersion !== "admission.k8s.io/v1" || sent.kind !== "AdmissionReview") {
      wrong(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${sent.apiVersion}, Kind=${sent.kind}`);
    }
    if (isMutating) {
      if (patchText !== "" && patchType === undefined) wrong("webhook returned response.patch but not response.patchType");
      if (patchText === "" && patchType !== undefined) wrong("webhook returned response.patchType but not response.patch");
      if (patchType === "") wrong(`webhook returned invalid response.patchType of ""`);
    } else {
      if (patchText !== "") wrong("validating webhook may not return response.patch");
      if (patchType !== undefined) wrong("validating webhook may not return response.patchType");
    }
  }
  const allowed = response["allowed"] === true;
  const decoded = isMutating && allowed && patchText !== "" ? { patch: parsePatch(patchText, patchType) } : {};
  return {
    allowed,
    ...(response["status"] ? { status: response["status"] as NonNullable<ReviewResponse["status"]> } : {}),
    warnings: ((response["warnings"] ?? []) as JsonValue[]).map(String),
    ...decoded,
  };
}

function decodeReply({ status, body }: { status: number; body: string }, reviewVersion: string): JsonObject {
  const failed = (why: string): never => {
    throw new ReviewProblem(`failed to call webhook: ${why}`);
  };
  if (status < 200 || status > 206) failed(statusProblem(status, body));
  if (body === "") failed(`0-length response with status code: ${status} and content type: application/json`);
  let review: JsonValue;
  try {
    review = JSON.parse(body) as JsonValue;
  } catch {
    // Upstream's decoder takes JSON for YAML, so that any text is at least a string.
    review = body;
  }
  if (typeof review !== "object" || review === null || Array.isArray(review)) {
    const kind = Array.isArray(review) ? "array" : review === null ? "null" : typeof review === "boolean" ? "bool" : typeof review;
    return failed(`couldn't get version/kind; json parse error: json: cannot unmarshal ${kind} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`);
  }
  const apiVersion = String(review["apiVersion"] ?? "");
  const kind = String(review["kind"] ?? "");
  const [version, group = ""] = apiVersion.split("/").reverse();
  if (apiVersion !== "" && kind !== "" && (group !== "admission.k8s.io" || kind !== "AdmissionReview" || !REVIEW_VERSIONS.includes(version!))) {
    failed(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`);
  }
  if (apiVersion !== "" && kind !== "" && version !== reviewVersion) failed(`converting (${version}.AdmissionReview) to (${reviewVersion}.AdmissionReview): unknown conversion`);
  return review;
}

/** What upstream's client makes of an answer that is none (`transformResponse`). */
function statusProblem(status: number, body: string): string {
  const said = body.trim();
  switch (status) {
    case 401:
      return said ? said : "the server has asked for the client to provide credentials";
    case 403:
      return said ? said : "the server does not allow access to the requested resource";
    case 404:
      return "the server could not find the requested resource";
    case 405:
      return "the server does not allow this method on the requested resource";
    case 429:
      return "the server has received too many requests and has asked us to try again later";
    case 503:
      return "the server is currently unable to handle the request";
    case 504:
      return `the server was unable to return a response in the time allotted, but may still be processing the request`;
    default:
      if (status >= 500) return `an error on the server (${JSON.stringify(said || "unknown")}) has prevented the request from succeeding`;
      return status === 400 ? "the server rejected our request for an unknown reason" : `the server responded with the status code ${status} but did not return more information`;
  }
}

function decodePatch(patch: string | undefined): string {
  if (!patch) return "";
  const bad = /[^A-Za-z0-9+/=\r\n]/.exec(patch);
  if (bad !== null) throw new ReviewProblem(`failed to call webhook: illegal base64 data at input byte ${bad.index}`);
  return Buffer.from(patch, "base64").toString("utf8");
}

function parsePatch(text: string, patchType: string | undefined): JsonValue {
  let patch: JsonValue;
  try {
    patch = JSON.parse(text) as JsonValue;
  } catch {
    throw new ReviewProblem("received undecodable patch in webhook response: unexpected end of JSON input");
  }
  if (patchType !== undefined && patchType !== "JSONPatch") throw new ReviewProblem(`unsupported patch type ${JSON.stringify(patchType)}`);
  return patch;
}
