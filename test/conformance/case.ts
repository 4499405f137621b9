/**
 * The format of a conformance case: steps as data, each a request whose answer is compared with what the real control plane answered
 * (`recorded/AREA.json`). Everything runs in a namespace of its own; `$NS` in any string is its name, and prefixes cluster-wide names.
 * `{{2.metadata.uid}}` in any string is a value from the answer to step 2 (the first step is 0).
 */

/** What of an answer is compared: all of it, only its code, nothing, or the values at these dotted paths (`items.*.metadata.name`). */
export type Show = "all" | "code" | "none" | readonly string[];

export interface RequestStep {
  do: "request";
  method: string;
  /** `pods`, `pods/a/status`, `apps/v1/deployments/a`: within the namespace. With a leading slash: as it is. */
  path: string;
  query?: string;
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** Impersonated user, with groups. */
  as?: { user: string; groups?: readonly string[] };
  show: Show;
}

/** Asks again and again until the answer holds `match` (objects: these fields; `null`: absent; arrays: same length, item by item). */
export interface UntilStep {
  do: "until";
  path: string;
  query?: string;
  /** Undefined asks for a 404. */
  match?: unknown;
  show: Show;
  deadlineMs: number;
}

/** Opens a watch, runs the steps, and takes the first `count` events (bookmarks are counted only where asked for). */
export interface WatchStep {
  do: "watch";
  path: string;
  query?: string;
  during: readonly Step[];
  count: number;
  /** Of each event's object. */
  show: Show;
}

/** The watched thing must stay away: asks for a while, and fails when the answer ever holds `match`. */
export interface NeverStep {
  do: "never";
  path: string;
  match: unknown;
  forMs: number;
}

/** Posts a dry run again and again until it is refused: what was made to refuse it takes effect a moment later. */
export interface UntilRefusedStep {
  do: "until-refused";
  path: string;
  body: unknown;
  deadlineMs: number;
}

/** Asks until a user may do something: roles take effect a moment after they are made. */
export interface UntilAllowedStep {
  do: "until-allowed";
  subject: string;
  verb: string;
  resource: string;
  name?: string;
}

export type Step = RequestStep | UntilStep | WatchStep | NeverStep | UntilRefusedStep | UntilAllowedStep;

export interface Case {
  id: string;
  area: string;
  steps: readonly Step[];
  /** Labels of the case's namespace. */
  namespaceLabels?: Record<string, string>;
  /** Changes what all cases share (a node's labels): runs alone. */
  isSerial?: boolean;
}

type RequestOptions = Partial<Pick<RequestStep, "query" | "contentType" | "accept" | "as" | "show">>;

function requestStep(method: string, path: string, body: unknown, options: RequestOptions): RequestStep {
  return { do: "request", method, path, ...(body === undefined ? {} : { body }), ...options, show: options.show ?? "all" };
}

export const get = (path: string, options: RequestOptions = {}): RequestStep => requestStep("GET", path, undefined, options);
export const post = (path: string, body: unknown, options: RequestOptions = {}): RequestStep => requestStep("POST", path, body, options);
export const put = (path: string, body: unknown, options: RequestOptions = {}): RequestStep => requestStep("PUT", path, body, options);
export const remove = (path: string, body?: unknown, options: RequestOptions = {}): RequestStep => requestStep("DELETE", path, body, options);

const patchStep =
  (contentType: string) =>
  (path: string, body: unknown, options: RequestOptions = {}): RequestStep =>
    requestStep("PATCH", path, body, { contentType, ...options });
export const jsonPatch = patchStep("application/json-patch+json");
export const mergePatch = patchStep("application/merge-patch+json");
export const strategicPatch = patchStep("application/strategic-merge-patch+json");

/** Server-side apply by `manager`. */
export function apply(path: string, manager: string, body: unknown, options: RequestOptions & { force?: boolean } = {}): RequestStep {
  const { force, query, ...rest } = options;
  const parts = [`fieldManager=${manager}`, ...(force ? ["force=true"] : []), ...(query ? [query] : [])];
  return requestStep("PATCH", path, body, { contentType: "application/apply-patch+yaml", query: parts.join("&"), ...rest });
}

const UNTIL_DEADLINE_MS = 60_000;

export const until = (path: string, match: unknown, show: Show = "none", options: { query?: string; deadlineMs?: number } = {}): UntilStep => ({
  do: "until",
  path,
  match,
  show,
  ...(options.query ? { query: options.query } : {}),
  deadlineMs: options.deadlineMs ?? UNTIL_DEADLINE_MS,
});

/** Waits until a GET answers 404. */
export const untilGone = (path: string, deadlineMs = UNTIL_DEADLINE_MS): UntilStep => ({ do: "until", path, show: "none", deadlineMs });

export const never = (path: string, match: unknown, forMs = 1_500): NeverStep => ({ do: "never", path, match, forMs });

export const watch = (path: string, query: string, during: readonly Step[], count: number, show: Show = ["metadata.name"]): WatchStep => ({ do: "watch", path, query, during, count, show });

export type CaseBody = readonly Step[] | (Omit<Case, "id" | "area" | "steps"> & { steps: readonly Step[] });

/** A file of cases: the keys are ids, unique across all areas as `area/key`. */
export function area(name: string, cases: Record<string, CaseBody>): Case[] {
  return Object.entries(cases).map(([key, body]) => ({ id: `${name}/${key}`, area: name, ...("steps" in body ? body : { steps: body }) }));
}
