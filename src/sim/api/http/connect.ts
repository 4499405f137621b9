/**
 * Requests that are passed on to what runs in the cluster: `exec`, `attach` and `portforward` of pods, `proxy` of pods, Services and nodes.
 * To admission each is a `CONNECT` (upstream `handlers/rest.go` `ConnectResource`, `registry/core/{pod,service}`).
 */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { authorize, refusal } from "../authorizer.ts";
import type { Registry } from "../registry/registry.ts";
import type { RequestContext } from "../registry/request.ts";
import type { ResourceType } from "../resource-types.ts";
import { ApiError, badRequest, forbidden, methodNotAllowed, serviceUnavailable } from "../status.ts";
import type { ApiAnswer, ApiRequest } from "./exchange.ts";
import type { ResourcePath } from "./path.ts";
import type { PodAccess } from "./subresources.ts";

interface Connected {
  kind: string;
  fields: Readonly<Record<string, "boolean" | "text" | "texts" | "numbers">>;
}

const STREAMS = { stdin: "boolean", stdout: "boolean", stderr: "boolean", tty: "boolean", container: "text" } as const;

const CONNECTED: Readonly<Record<string, Connected>> = {
  "pods/exec": { kind: "PodExecOptions", fields: { ...STREAMS, command: "texts" } },
  "pods/attach": { kind: "PodAttachOptions", fields: STREAMS },
  "pods/portforward": { kind: "PodPortForwardOptions", fields: { ports: "numbers" } },
  "pods/proxy": { kind: "PodProxyOptions", fields: {} },
  "services/proxy": { kind: "ServiceProxyOptions", fields: {} },
  "nodes/proxy": { kind: "NodeProxyOptions", fields: {} },
};

export interface ConnectContext {
  registry: Registry;
  pods: PodAccess;
}

const connectedOf = ({ group, plural, subresource }: ResourcePath): Connected | undefined => (group === "" && subresource !== "" ? CONNECTED[`${plural}/${subresource}`] : undefined);

export const isConnect = (path: ResourcePath): boolean => connectedOf(path) !== undefined;

/** Admission of the request; what it asks for, as plugins left it, and their warnings. Throws ApiError, WebhookPending. */
export function admitConnect(registry: Registry, path: ResourcePath, request: ApiRequest): { options: KubeObject; warnings: readonly string[] } {
  if (request.query.has("dryRun")) throw badRequest("dryRun is not supported");
  const { kind, fields } = connectedOf(path)!;
  const options = { kind, apiVersion: "v1", ...(path.subresource === "proxy" ? proxyPath(path, request) : optionsOf(fields, request.query)) } as unknown as KubeObject;
  const context: RequestContext = { user: request.user, fieldManager: "", dryRun: false, warnings: [], ...(request.decision ? { decision: request.decision } : {}) };
  registry.connect(registry.typeOf(path.plural), path.subresource, path.namespace, path.name, options, context);
  return { options, warnings: context.warnings };
}

/** What a stream needs beside admission: the right to create it, whatever the method (since 1.35), a pod, its container, its node. */
export function streamedPod(registry: Registry, path: ResourcePath, request: ApiRequest, options: KubeObject): KubeObject {
  const attributes = { user: request.user, verb: "create", group: "", resource: "pods", subresource: path.subresource, namespace: path.namespace, name: path.name };
  if (!authorize(registry.store, attributes).allowed) throw forbidden(path, path.name, refusal(attributes));
  const pod = registry.stored(registry.typeOf("pods"), path.namespace, path.name);
  const container = options["container"] as string | undefined;
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod["spec"] as Record<string, { name: string }[] | undefined>;
  if (container && ![...containers, ...initContainers, ...ephemeralContainers].some(({ name }) => name === container)) throw badRequest(`container ${container} is not valid for pod ${path.name}`);
  if (!pod["spec"].nodeName) throw badRequest(`pod ${path.name} does not have a host assigned`);
  return pod;
}

/** The answer over plain HTTP: a proxy's, or that a stream needs another protocol. */
export function connect({ registry, pods }: ConnectContext, type: ResourceType, path: ResourcePath, request: ApiRequest): ApiAnswer {
  const isProxy = path.subresource === "proxy";
  if (!isProxy && request.method !== "GET" && request.method !== "POST") throw methodNotAllowed();
  const { options, warnings } = admitConnect(registry, path, request);
  if (!isProxy) {
    streamedPod(registry, path, request, options);
    throw badRequest("Upgrade request required");
  }
  if (type.plural === "nodes") {
    registry.stored(type, undefined, path.name.split(":")[0]!);
    throw new ApiError(501, "NotImplemented", "proxy is not possible here: the kubelets of this cluster are simulated and serve no HTTP (logs, metrics and proxies of pods work)");
  }
  const target = type.plural === "pods" ? podTarget(registry, path) : serviceTarget(registry, path);
  const wanted = String(options["path"] ?? "");
  if (wanted === "" && (request.method === "GET" || request.method === "HEAD")) return { code: 301, headers: { location: `${request.path}/${queryOf(request)}` }, warnings, body: "" };
  const answer = pods.http(path.namespace!, target.pod, target.port, {
    method: request.method,
    path: `${wanted || "/"}${queryOf(request)}`,
    host: `${target.address}:${target.port}`,
    scheme: target.scheme,
    headers: forwarded(request.headers),
    body: request.body.toString("utf8"),
  });
  if (answer === undefined) throw serviceUnavailable(`error trying to reach service: dial tcp ${target.address}:${target.port}: connect: connection refused`);
  return { code: answer.status, headers: answer.headers, warnings, body: answer.body };
}

function optionsOf(fields: Connected["fields"], query: URLSearchParams): object {
  const options: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(fields)) {
    const values = query.getAll(name);
    const [first] = values;
    if (first === undefined) continue;
    if (type === "boolean") {
      if (!["false", "0"].includes(first.toLowerCase())) options[name] = true;
    } else if (type === "text") {
      if (first !== "") options[name] = first;
    } else if (type === "texts") options[name] = values;
    else options[name] = values.map((text) => portNumber(text));
  }
  return options;
}

function portNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function proxyPath({ rest }: ResourcePath, request: ApiRequest): object {
  const path = rest === "" ? "" : `/${rest}`;
  const whole = request.path.endsWith("/") && !path.endsWith("/") ? `${path}/` : path;
  return whole === "" ? {} : { path: whole };
}

interface Target {
  scheme: "http" | "https";
  pod: string;
  address: string;
  port: number;
}

/** `web`, `web:8080`, `https:web:8443`, `https:web:`. */
function splitName(id: string, what: string): { scheme: "http" | "https"; name: string; port: string } {
  const parts = id.split(":");
  const [scheme, name, port] = parts.length === 3 ? parts : ["http", parts[0], parts[1] ?? ""];
  if (parts.length > 3 || !name || (scheme !== "http" && scheme !== "https" && scheme !== "")) throw badRequest(`invalid ${what} request ${JSON.stringify(id)}`);
  return { scheme: scheme === "https" ? "https" : "http", name, port: port ?? "" };
}

function podTarget(registry: Registry, path: ResourcePath): Target {
  const { scheme, name, port } = splitName(path.name, "pod");
  const pod = registry.stored(registry.typeOf("pods"), path.namespace, name);
  const containers = (pod["spec"].containers ?? []) as { ports?: { containerPort: number }[] }[];
  const first = containers.find(({ ports }) => ports?.length)?.ports![0]!.containerPort;
  const address = pod["status"]?.podIP as string | undefined;
  if (!address) throw badRequest("address not allowed");
  return { scheme, pod: name, address, port: port === "" ? (first ?? (scheme === "https" ? 443 : 80)) : Number(port) };
}

function serviceTarget(registry: Registry, path: ResourcePath): Target {
  const { scheme, name, port } = splitName(path.name, "service");
  let portName = port;
  if (/^\d+$/.test(port)) {
    const service = registry.stored(registry.typeOf("services"), path.namespace, name);
    const declared = ((service["spec"]?.ports ?? []) as { name?: string; port: number }[]).find((one) => one.port === Number(port));
    if (declared === undefined) throw serviceUnavailable(`no service port ${Number(port)} found for service ${JSON.stringify(name)}`);
    portName = declared.name ?? "";
  }
  const endpoints = registry.stored(registry.typeOf("endpoints"), path.namespace, name);
  const subsets = (endpoints["subsets"] ?? []) as { addresses?: { ip: string; targetRef?: { kind: string; name: string } }[]; ports?: { name?: string; port: number }[] }[];
  if (subsets.length === 0) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  for (const { addresses = [], ports = [] } of subsets) {
    const found = ports.find((one) => (one.name ?? "") === portName);
    const pods = addresses.filter(({ targetRef }) => targetRef?.kind === "Pod");
    if (found === undefined || pods.length === 0) continue;
    const { ip, targetRef } = pods[registry.random.below(pods.length)]!;
    return { scheme, pod: targetRef!.name, address: ip, port: found.port };
  }
  throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(path.name)}`);
}

const queryOf = ({ query }: ApiRequest): string => (query.size > 0 ? `?${query.toString()}` : "");

/** Who asked stays with the API server. */
function forwarded(headers: ApiRequest["headers"]): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && name !== "authorization" && name !== "host") passed[name] = value;
  return passed;
}
