/** Who reaches whom: names and addresses of Services and pods, and which process answers. Machines that are off or cut off answer nobody. */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import type { HttpRequest, HttpResponse, Process, ProcessNetwork } from "./behaviour/process.ts";
import type { Kubelet } from "./kubelet.ts";
import type { Pod } from "./pod.ts";
import type { PodWorker } from "./pod-worker.ts";

export interface Endpoint {
  address: string;
  port: number;
  namespace: string;
  podName: string;
  nodeName: string;
  /** `NAMESPACE/NAME` of the pod: written out once for all who ask whether it answers. */
  podKey?: string;
}

export interface NetworkOptions {
  clusterDomain?: string;
  /** How the world outside answers; a text is an error. By default it answers everything with an empty page, but names that cannot exist. */
  internet?(url: string): HttpResponse | string;
}

/** What a slice says of the ports it was asked for: a slice never changes, and is asked again and again. */
const read = new WeakMap<KubeObject, Map<string, readonly Endpoint[]>>();

function endpointsIn(slice: KubeObject, portName: string): readonly Endpoint[] {
  let byPort = read.get(slice);
  if (byPort === undefined) read.set(slice, (byPort = new Map()));
  let found = byPort.get(portName);
  if (found === undefined) byPort.set(portName, (found = readEndpoints(slice, portName)));
  return found;
}

function readEndpoints(slice: KubeObject, portName: string): Endpoint[] {
  const port = ((slice["ports"] ?? []) as { name?: string; port?: number }[]).find((one) => (one.name ?? "") === portName)?.port;
  if (port === undefined) return [];
  const found: Endpoint[] = [];
  for (const { addresses, conditions, nodeName, targetRef } of (slice["endpoints"] ?? []) as { addresses: string[]; conditions?: { ready?: boolean }; nodeName?: string; targetRef?: { kind: string; name: string; namespace?: string } }[]) {
    if (conditions?.ready === false) continue;
    const namespace = targetRef?.namespace ?? slice.metadata.namespace ?? "";
    const podName = targetRef?.kind === "Pod" ? targetRef.name : "";
    found.push({ address: addresses[0] ?? "", port, namespace, podName, nodeName: nodeName ?? "", podKey: `${namespace}/${podName}` });
  }
  return found;
}

const NO_SUCH_HOST = /(^|\.)(invalid|test|local|internal|localdomain)$/;

export class ClusterNetwork {
  readonly #client: SimClient;
  readonly #kubelets: () => Iterable<Kubelet>;
  readonly #kubelet: (name: string) => Kubelet | undefined;
  readonly #domain: string;
  readonly #internet: (url: string) => HttpResponse | string;
  /** Next endpoint by Service and port. */
  readonly #turns = new Map<string, number>();

  constructor(client: SimClient, kubelets: () => Iterable<Kubelet>, kubelet: (name: string) => Kubelet | undefined, options: NetworkOptions = {}) {
    this.#client = client;
    this.#kubelets = kubelets;
    this.#kubelet = kubelet;
    this.#domain = options.clusterDomain ?? "cluster.local";
    this.#internet = options.internet ?? (() => ({ status: 200, headers: {}, body: "" }));
  }

  /** Ready endpoints of a Service's port, by its number or name. Undefined where there is no such port. */
  endpoints(service: KubeObject, port: number | string | undefined): readonly Endpoint[] | undefined {
    const ports = (service.spec?.ports ?? []) as { name?: string; port: number; targetPort?: number | string }[];
    const wanted = port === undefined ? ports[0] : ports.find((one) => one.port === port || one.name === port || String(one.port) === port);
    if (wanted === undefined) return undefined;
    const { namespace, name } = service.metadata;
    const slices = this.#client.list("discovery.k8s.io/endpointslices", { namespace: namespace ?? "", labels: { "kubernetes.io/service-name": name } });
    return slices.length === 1 ? endpointsIn(slices[0]!, wanted.name ?? "") : slices.flatMap((slice) => endpointsIn(slice, wanted.name ?? ""));
  }

  /** The next endpoint in turn. */
  nextEndpoint(service: KubeObject, port: number | string | undefined): Endpoint | undefined {
    const endpoints = this.endpoints(service, port);
    if (endpoints === undefined || endpoints.length === 0) return undefined;
    const key = `${service.metadata.namespace}/${service.metadata.name}:${port ?? ""}`;
    const turn = this.#turns.get(key) ?? 0;
    this.#turns.set(key, turn + 1);
    return endpoints[turn % endpoints.length];
  }

  /** What listens at an endpoint; undefined when nothing does, or its machine cannot be reached. */
  processAt({ address, port, namespace, podName, nodeName, podKey = `${namespace}/${podName}` }: Endpoint): Process | undefined {
    const kubelet = this.#kubelet(nodeName);
    if (kubelet !== undefined && !kubelet.isReachable) return undefined;
    const worker = podName === "" ? this.#workerByAddress(address) : kubelet?.workerOf(podKey);
    return worker?.isWired === true ? worker.processOn(port) : undefined;
  }

  #workerByAddress(address: string): PodWorker | undefined {
    for (const kubelet of this.#kubelets()) {
      if (!kubelet.isReachable) continue;
      for (const worker of kubelet.workers) if (worker.podIps.includes(address) && !worker.pod.spec.hostNetwork && worker.isWired) return worker;
    }
    return undefined;
  }

  /** The Service behind a name as seen from a namespace: `db`, `db.shop`, `db.shop.svc`, `db.shop.svc.cluster.local`. */
  #serviceByName(host: string, namespace: string): KubeObject | undefined {
    const short = host.replace(/\.$/, "").replace(new RegExp(`\\.${this.#domain.replace(/\./g, "\\.")}$`), "").replace(/\.svc$/, "");
    const [name = "", where = namespace, ...rest] = short.split(".");
    return rest.length > 0 ? undefined : this.#client.get("services", where, name);
  }

  #serviceByAddress(address: string): KubeObject | undefined {
    return this.#client.list("services").find((service) => ((service.spec?.clusterIPs ?? [service.spec?.clusterIP]) as string[]).includes(address));
  }

  /** `web-0.web.shop.svc.cluster.local`: one pod behind a headless Service. */
  #podOfHeadless(host: string, namespace: string): Pod | undefined {
    const [name = "", subdomain = "", where = namespace] = host.replace(/\.$/, "").split(".");
    const pod = this.#client.get<Pod>("pods", where, name);
    return pod?.spec.subdomain === subdomain ? pod : undefined;
  }

  resolve(host: string, namespace: string): readonly string[] {
    if (/^[\d.]+$/.test(host) || host.includes(":")) return [host];
    const service = this.#serviceByName(host, namespace);
    if (service !== undefined) {
      if (service.spec?.externalName) return this.resolve(service.spec.externalName, namespace);
      if (service.spec?.clusterIP && service.spec.clusterIP !== "None") return (service.spec.clusterIPs as string[] | undefined) ?? [service.spec.clusterIP];
      return (this.endpoints(service, undefined) ?? []).map(({ address }) => address);
    }
    const pod = this.#podOfHeadless(host, namespace);
    if (pod?.status?.podIP) return [pod.status.podIP];
    const isInside = host.endsWith(`.${this.#domain}`) || host.endsWith(".svc") || !host.includes(".");
    // An address of the documentation range stands for the world outside.
    return isInside || NO_SUCH_HOST.test(host) ? [] : ["192.0.2.80"];
  }

  #target(host: string, port: number, namespace: string, self: PodWorker | undefined): Process | "outside" | "unknown" | undefined {
    if (host === "localhost" || host === "127.0.0.1" || host === "::1" || self?.podIps.includes(host)) return self?.processOn(port);
    const service = this.#serviceByName(host, namespace) ?? this.#serviceByAddress(host);
    if (service !== undefined && !service.spec?.externalName) {
      const endpoint = this.nextEndpoint(service, port);
      return endpoint === undefined ? undefined : this.processAt(endpoint);
    }
    const pod = this.#podOfHeadless(host, namespace);
    const worker = this.#workerByAddress(pod?.status?.podIP ?? host);
    if (worker !== undefined) return worker.processOn(port);
    const addresses = this.resolve(host, namespace);
    if (addresses.length === 0) return "unknown";
    return addresses.includes("192.0.2.80") ? "outside" : undefined;
  }

  /** The network as the programs of a pod see it. */
  forPod(pod: Pod, kubelet: Kubelet): ProcessNetwork {
    const namespace = pod.metadata.namespace ?? "";
    const self = (): PodWorker | undefined => kubelet.worker(namespace, pod.metadata.name);
    const isLocal = (host: string): boolean => host === "localhost" || host === "127.0.0.1" || host === "::1";
    const isThere = (): boolean => kubelet.isReachable && self()?.isWired !== false;
    return {
      resolve: (host) => (isThere() ? this.resolve(host, namespace) : []),
      connect: (host, port) => {
        if (!isThere() && !isLocal(host)) return false;
        const target = this.#target(host, port, namespace, self());
        return target === "outside" || (target !== undefined && target !== "unknown");
      },
      fetch: (url, options = {}) => {
        const parsed = /^(https?):\/\/(\[[^\]]+\]|[^/:?]+)(?::(\d+))?(.*)$/.exec(url);
        if (parsed === null) return `unsupported URL "${url}"`;
        const [, scheme, rawHost, portText, rest] = parsed as unknown as [string, "http" | "https", string, string | undefined, string];
        const host = rawHost.replace(/^\[|\]$/g, "");
        const port = portText === undefined ? (scheme === "https" ? 443 : 80) : Number(portText);
        if (!isThere() && !isLocal(host)) return "Network is unreachable";
        const target = this.#target(host, port, namespace, self());
        if (target === "unknown") return `no such host`;
        if (target === "outside") return this.#internet(url);
        const request: HttpRequest = {
          method: options.method ?? "GET",
          path: rest.startsWith("/") ? rest : `/${rest}`,
          host: portText === undefined ? rawHost : `${rawHost}:${portText}`,
          scheme,
          headers: options.headers ?? {},
          ...(options.body === undefined ? {} : { body: options.body }),
          remoteAddress: self()?.podIps[0] ?? "",
        };
        return target?.http(port, request) ?? `Failed to connect to ${host} port ${port}: Connection refused`;
      },
    };
  }
}
