/** The environment of a container: its own variables, those of ConfigMaps, Secrets and the downward API, and the Services' (kubelet `makeEnvironmentVariables`). */
import type { KubeObject } from "../../objects/kube-object.ts";
import { quantityMilli, quantityNumber } from "../../lib/quantity.ts";
import type { SimClient } from "../api/client.ts";
import type { Container, Pod } from "./pod.ts";

/** What keeps a container from being configured, in the kubelet's words. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

export interface EnvironmentFacts {
  podIps: readonly string[];
  hostIps: readonly string[];
  allocatable: { cpuMilli: number; memoryBytes: number; storageBytes: number };
}

/** Throws ConfigError when something that is not optional is missing. */
export function environment(pod: Pod, container: Container, client: SimClient, facts: EnvironmentFacts): Record<string, string> {
  const { namespace } = pod.metadata;
  const result: Record<string, string> = {};
  for (const source of container.envFrom ?? []) {
    const prefix = source.prefix ?? "";
    if (source.configMapRef) {
      const map = objectOr(client, "configmaps", namespace, source.configMapRef.name ?? "", source.configMapRef.optional);
      for (const [key, value] of Object.entries((map?.data ?? {}) as Record<string, string>)) result[prefix + key] = value;
    } else if (source.secretRef) {
      const secret = objectOr(client, "secrets", namespace, source.secretRef.name ?? "", source.secretRef.optional);
      for (const [key, value] of Object.entries((secret?.data ?? {}) as Record<string, string>)) result[prefix + key] = decode(value);
    }
  }
  const services = serviceVariables(pod, client);
  for (const variable of container.env ?? []) {
    const from = variable.valueFrom;
    if (from?.configMapKeyRef) {
      const { name = "", key, optional } = from.configMapKeyRef;
      const value = objectOr(client, "configmaps", namespace, name, optional)?.data?.[key] as string | undefined;
      if (value === undefined && !optional) throw new ConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
      if (value !== undefined) result[variable.name] = value;
    } else if (from?.secretKeyRef) {
      const { name = "", key, optional } = from.secretKeyRef;
      const value = objectOr(client, "secrets", namespace, name, optional)?.data?.[key] as string | undefined;
      if (value === undefined && !optional) throw new ConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`);
      if (value !== undefined) result[variable.name] = decode(value);
    } else if (from?.fieldRef) {
      result[variable.name] = podField(pod, from.fieldRef.fieldPath, facts) ?? "";
    } else if (from?.resourceFieldRef) {
      result[variable.name] = resourceField(pod, container, from.resourceFieldRef, facts);
    } else {
      result[variable.name] = expandReferences(variable.value ?? "", (name) => result[name] ?? services[name]);
    }
  }
  return { ...services, ...result };
}

/** `$(NAME)` becomes the variable's value, `$$(NAME)` stays as `$(NAME)`; an unknown name stays as written. */
export function expandReferences(text: string, valueOf: (name: string) => string | undefined): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (whole, name: string | undefined) => (name === undefined ? "$" : (valueOf(name) ?? whole)));
}

function objectOr(client: SimClient, type: string, namespace: string | undefined, name: string, optional: boolean | undefined): KubeObject | undefined {
  const object = client.get(type, namespace, name);
  if (object === undefined && !optional) throw new ConfigError(`${type === "secrets" ? "secret" : "configmap"} "${name}" not found`);
  return object;
}

export function decode(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}

/** A field of the downward API as text; undefined where the pod has none. */
export function podField(pod: Pod, path: string, facts: Pick<EnvironmentFacts, "podIps" | "hostIps">): string | undefined {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript !== null) return pod.metadata[subscript[1] as "labels" | "annotations"]?.[subscript[2]!] ?? "";
  switch (path) {
    case "metadata.name":
      return pod.metadata.name;
    case "metadata.namespace":
      return pod.metadata.namespace;
    case "metadata.uid":
      return pod.metadata.uid;
    case "metadata.labels":
      return mapText(pod.metadata.labels);
    case "metadata.annotations":
      return mapText(pod.metadata.annotations);
    case "spec.nodeName":
      return pod.spec.nodeName;
    case "spec.serviceAccountName":
      return pod.spec.serviceAccountName ?? "default";
    case "status.podIP":
      return facts.podIps[0];
    case "status.podIPs":
      return facts.podIps.join(",");
    case "status.hostIP":
      return facts.hostIps[0];
    case "status.hostIPs":
      return facts.hostIps.join(",");
    default:
      return undefined;
  }
}

function mapText(map: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map![key])}`)
    .join("\n");
}

/** A request or limit in units of its divisor, rounded up; without a limit, what the node has. */
export function resourceField(
  pod: Pod,
  container: Container,
  field: { containerName?: string; resource: string; divisor?: string | number },
  { allocatable }: Pick<EnvironmentFacts, "allocatable">,
): string {
  const target = field.containerName === undefined ? container : ([...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(({ name }) => name === field.containerName) ?? container);
  const [kind = "limits", name = "cpu"] = field.resource.split(/\.(.*)/s);
  const resources = target.resources as Record<string, Record<string, string | number> | undefined> | undefined;
  const text = resources?.[kind]?.[name];
  const isZeroDivisor = field.divisor === undefined || quantityNumber(field.divisor) === 0;
  if (name === "cpu") {
    const milli = text === undefined ? (kind === "limits" ? allocatable.cpuMilli : 0) : quantityMilli(text);
    return String(Math.ceil(milli / (isZeroDivisor ? 1000 : quantityMilli(field.divisor))));
  }
  const fallback = kind === "limits" ? (name === "memory" ? allocatable.memoryBytes : name === "ephemeral-storage" ? allocatable.storageBytes : 0) : 0;
  const bytes = text === undefined ? fallback : quantityNumber(text);
  return String(Math.ceil(bytes / (isZeroDivisor ? 1 : quantityNumber(field.divisor))));
}

/** `NAME_SERVICE_HOST` and friends for the Services of the namespace, and the API's own (kubelet `envvars.FromServices`). */
function serviceVariables(pod: Pod, client: SimClient): Record<string, string> {
  const result: Record<string, string> = {};
  const services = pod.spec.enableServiceLinks === false ? [] : client.list("services", { namespace: pod.metadata.namespace ?? "" });
  const api = client.get("services", "default", "kubernetes");
  if (api !== undefined) Object.assign(result, variablesOf(api));
  for (const service of services) Object.assign(result, variablesOf(service));
  return result;
}

/** Stored objects never change in place, and every container of a namespace asks. */
const variablesByService = new WeakMap<KubeObject, Readonly<Record<string, string>>>();

function variablesOf(service: KubeObject): Readonly<Record<string, string>> {
  let variables = variablesByService.get(service);
  if (variables === undefined) variablesByService.set(service, (variables = readVariables(service)));
  return variables;
}

function readVariables(service: KubeObject): Record<string, string> {
  const result: Record<string, string> = {};
  const { clusterIP, ports } = (service.spec ?? {}) as { clusterIP?: string; ports?: { name?: string; port: number; protocol?: string }[] };
  if (!clusterIP || clusterIP === "None" || ports === undefined || ports.length === 0) return result;
  const name = service.metadata.name.toUpperCase().replace(/-/g, "_");
  const first = ports[0]!;
  result[`${name}_SERVICE_HOST`] = clusterIP;
  result[`${name}_SERVICE_PORT`] = String(first.port);
  for (const port of ports) if (port.name) result[`${name}_SERVICE_PORT_${port.name.toUpperCase().replace(/-/g, "_")}`] = String(port.port);
  const host = clusterIP.includes(":") ? `[${clusterIP}]` : clusterIP;
  result[`${name}_PORT`] = `${(first.protocol ?? "TCP").toLowerCase()}://${host}:${first.port}`;
  for (const port of ports) {
    const protocol = port.protocol ?? "TCP";
    const prefix = `${name}_PORT_${port.port}_${protocol}`;
    result[prefix] = `${protocol.toLowerCase()}://${host}:${port.port}`;
    result[`${prefix}_PROTO`] = protocol.toLowerCase();
    result[`${prefix}_PORT`] = String(port.port);
    result[`${prefix}_ADDR`] = clusterIP;
  }
  return result;
}
