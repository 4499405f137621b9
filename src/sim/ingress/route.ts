/** A way from a request to an app, whichever kind of object declared it. */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { HttpRequest, HttpResponse } from "../kubelet/behaviour/process.ts";

/** Changes a request on its way in, or answers it; may change the answer on its way out. */
export interface Middleware {
  request?(request: HttpRequest): HttpRequest | { answer: HttpResponse };
  response?(response: HttpResponse): HttpResponse;
}

export interface Backend {
  namespace: string;
  service: string;
  port: number | string | undefined;
  weight: number;
}

export interface Route {
  /** What declared it, for messages. */
  source: KubeObject;
  matches(request: HttpRequest): boolean;
  /** A request that asks for none of these, in small letters, does not match; undefined: the host alone excludes none. */
  onlyHosts: readonly string[] | undefined;
  schemes: ReadonlySet<"http" | "https">;
  /** Higher is asked first. */
  priority: number;
  middlewares: readonly Middleware[];
  /** Empty where a middleware always answers. */
  backends: readonly Backend[];
}

export interface TlsHost {
  host: string;
  /** The Secret that holds its certificate, where one is named. */
  secret?: { namespace: string; name: string };
  /** An ACME resolver of the ingress controller itself. */
  resolver?: string;
}

export function textAnswer(status: number, text: string, headers: Record<string, string> = {}): HttpResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff", ...headers }, body: text };
}

/** A redirect keeps the method where the client does not read. */
export function redirectAnswer(request: HttpRequest, location: string, isPermanent: boolean): HttpResponse {
  const isRead = request.method === "GET" || request.method === "HEAD";
  const status = isRead ? (isPermanent ? 301 : 302) : isPermanent ? 308 : 307;
  const reason = { 301: "Moved Permanently", 302: "Found", 307: "Temporary Redirect", 308: "Permanent Redirect" }[status];
  return { status, headers: { location, "content-type": "text/plain; charset=utf-8" }, body: reason ?? "" };
}
