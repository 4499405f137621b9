/**
 * What a person who uses the apps sees: for each app the share of requests that are answered now, and what is in the way of the others. It is read from what
 * kube-proxy and the ingress know (which may be out of date: a dead pod gets requests until its endpoint is dropped) and from which processes really run.
 */
import type { App, AppService, Homelab } from "../../config/homelab.ts";
import { databaseAddress } from "../../manifests/apps/pod.ts";
import { objectName } from "../../manifests/names.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Cluster } from "../../sim/cluster.ts";
import type { Endpoint } from "../../sim/kubelet/cluster-network.ts";
import type { Site } from "../../sim/site/site.ts";
import { type Way, wayToIngress } from "./doors.ts";
import { Entrance } from "./entrance.ts";
import { both, FINE, type HangsOn, type View } from "./view.ts";

/** Of a pod that was found by its labels, not through a Service. */
const NO_PORT = 0;
const NONE: readonly Endpoint[] = [];
const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
/** What is read of the API. */
const SEEN_IN = ["pods", "services", "discovery.k8s.io/endpointslices", "persistentvolumeclaims"];
const TRAEFIK = { "app.kubernetes.io/name": "traefik" };

export class UserView {
  readonly #homelab: Homelab;
  readonly #cluster: Cluster;
  readonly #site: Site;
  readonly #way: Way | undefined;
  /** Whether a pod can have mounted what a part of the site exports. */
  readonly #hasMounts: boolean;
  /** Endpoints by Service, as the machines know them. */
  readonly #told = new Map<string, readonly Endpoint[]>();
  #ingressKey = "";
  #askers: ReadonlySet<string> = new Set();
  /** Views as last seen, by namespace and app. */
  readonly #known = new Map<string, Map<string, View>>();
  readonly #namespaces: ReadonlySet<string>;
  /** Names that are served with a certificate. */
  readonly #tlsHosts: readonly string[];
  readonly #stops: (() => void)[];
  #lastShared: string | undefined;
  /** The first stretch of the way to the ingress; undefined where there is none. */
  readonly entrance: Entrance | undefined;

  constructor(homelab: Homelab, cluster: Cluster, site: Site) {
    this.#homelab = homelab;
    this.#cluster = cluster;
    this.#site = site;
    this.#way = wayToIngress(homelab);
    this.#hasMounts = Object.values(homelab.platform.storage.classes).some((storage) => storage.kind === "nfs" && storage.server !== undefined && homelab.site[storage.server] !== undefined);
    this.entrance = this.#way && new Entrance(this.#way, cluster, site);
    this.#namespaces = new Set(Object.values(homelab.apps).map(({ namespace }) => namespace));
    this.#tlsHosts = Object.values(homelab.apps).flatMap(({ services }) => Object.values(services).flatMap(({ routes }) => routes.filter(({ tls }) => tls).map(({ host }) => host)));
    const { agents, registry } = cluster;
    this.#stops = [agents.onTurn((namespace) => this.#touch(namespace)), agents.onNetworkChange(() => this.#known.clear()), cluster.volumes.onTurn(({ claim }) => this.#touch(claim.split("/")[0]!)), ...SEEN_IN.map((type) => registry.store.listen(type, ({ object }) => this.#touch(object.metadata.namespace ?? "")))];
  }

  /**
   * What is seen of each app now. Of those in whose namespace nothing has changed it is known, unless something changed that all share: the door, the cluster's
   * DNS, who can be reached, which certificates have ended. Where machines run that do not hear the API, requests go where they went, and each is looked at anew.
   */
  *look(): Iterable<[app: string, view: View]> {
    // The address moves whether or not anybody looks behind it.
    this.entrance?.look();
    const shared = this.#shared();
    if (shared !== this.#lastShared || shared === undefined) this.#known.clear();
    this.#lastShared = shared;
    for (const app of Object.values(this.#homelab.apps)) {
      let view = this.#known.get(app.namespace)?.get(app.name);
      if (view === undefined) {
        view = this.of(app);
        (this.#known.get(app.namespace) ?? this.#known.set(app.namespace, new Map()).get(app.namespace)!).set(app.name, view);
      }
      yield [app.name, view];
    }
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  /** What all apps' views follow from, as text; undefined where it cannot be said in short. */
  #shared(): string | undefined {
    if (this.#hasMounts) return undefined;
    let reach = "";
    for (const { isReachable, followsServices } of this.#cluster.agents.machines) {
      if (isReachable && !followsServices) return undefined;
      reach += isReachable ? "1" : "0";
    }
    const [door, dns] = [this.#door(), this.#through("kube-system", "kube-dns", "cluster DNS")];
    const ended = this.#tlsHosts.filter((host) => this.#cluster.ingress.hasCertificateEnded(host));
    return `${reach} ${door.share} ${door.why} ${JSON.stringify(door.hangsOn)} ${dns.share} ${dns.why} ${ended.join()}`;
  }

  /** Something may be seen otherwise in a namespace; outside the apps' it may be what all share. */
  #touch(namespace: string): void {
    if (this.#namespaces.has(namespace)) this.#known.delete(namespace);
    else this.#known.clear();
  }

  of(app: App): View {
    // The address moves whether or not anybody would get through behind it.
    this.entrance?.look();
    this.#askers = this.#askersOf(app);
    let worst = FINE;
    for (const service of Object.values(app.services)) {
      const view = this.#service(app, service);
      if (view.share < worst.share) worst = view;
    }
    return worst;
  }

  #service(app: App, service: AppService): View {
    const own = this.#ownEndpoints(app, service);
    if (own.share === 0) return own;
    for (const database of databasesOf(service)) {
      const view = this.#through(app.namespace, databaseAddress(app, database).host, `database ${database}`);
      if (view.share < 1) return view;
    }
    if (databasesOf(service).length > 0 || service.after.length > 0) {
      const dns = this.#through("kube-system", "kube-dns", "cluster DNS");
      // A resolver asks the next server after a time-out: only all of them being gone is felt for long.
      if (dns.share === 0) return dns;
    }
    if (service.routes.length === 0) return own;
    const ended = service.routes.find(({ tls, host }) => tls && this.#cluster.ingress.hasCertificateEnded(host));
    if (ended !== undefined) return { share: 0, why: `the certificate of ${ended.host} has ended: browsers refuse it`, hangsOn: { part: ended.host } };
    const door = this.#door();
    return door.share === 0 ? door : both(door, own);
  }

  /** Pods that answer, of those that are sent requests. */
  #ownEndpoints(app: App, service: AppService): View {
    if (service.ports.length > 0) return this.#through(app.namespace, objectName(app, service.name), service.name === app.name ? "the app" : service.name);
    // Nobody connects to it: it is there while one of its pods runs.
    const pods = this.#cluster.client.list("pods", { namespace: app.namespace }).filter((pod) => pod.metadata.name.startsWith(`${objectName(app, service.name)}-`));
    const runs = pods.some((pod) => this.#runs(pod));
    return runs || service.replicas === 0 ? FINE : { share: 0, why: `no pod of ${service.name} runs`, hangsOn: { pods: `${app.namespace}/${objectName(app, service.name)}-` } };
  }

  #runs(pod: KubeObject): boolean {
    const kubelet = this.#cluster.agents.machine(pod["spec"].nodeName as string);
    return kubelet?.isReachable === true && kubelet.worker(pod.metadata.namespace ?? "", pod.metadata.name)?.apps.every((record) => record.current?.process !== undefined && record.current.ended === undefined) === true;
  }

  #through(namespace: string, name: string, what: string): View {
    const service = this.#cluster.client.get("services", namespace, name);
    const endpoints = service === undefined ? [] : this.#endpoints(service);
    const dead = this.#dead(endpoints);
    if (endpoints.length > 0 && dead.length === 0) return FINE;
    const hangsOn = { service: `${namespace}/${name}` };
    if (endpoints.length === 0) return { share: 0, why: `${what} has no pod that is ready`, hangsOn };
    const stopped = dead.map((endpoint) => this.#stoppedVolumeAt(endpoint)).find((why) => why !== undefined);
    if (stopped !== undefined) return { share: 1 - dead.length / endpoints.length, why: `${what}: ${stopped}`, hangsOn };
    const where = [...new Set(dead.map(({ nodeName }) => nodeName))].join(", ");
    const all = endpoints.length === 1 ? "its only pod" : dead.length === endpoints.length ? "all its pods" : `${dead.length} of its ${endpoints.length} pods`;
    return { share: 1 - dead.length / endpoints.length, why: `${what}: requests still go to ${all} on ${where}`, hangsOn };
  }

  /** Machines on which requests to the app's Services begin: those of its pods and of the ingress, as last known. */
  #askersOf(app: App): ReadonlySet<string> {
    const askers = new Set<string>();
    for (const service of Object.values(app.services)) this.#addAskers(askers, `${app.namespace}/${objectName(app, service.name)}`);
    this.#addAskers(askers, this.#ingressKey);
    return askers;
  }

  #addAskers(askers: Set<string>, serviceKey: string): void {
    for (const { nodeName } of this.#told.get(serviceKey) ?? []) askers.add(nodeName);
  }

  /**
   * Where requests to a Service go: what the machines they begin on were told last. While none of these reaches the API (its load balancer is gone), their pods are
   * called not ready, but they do not hear of it, and requests go where they went.
   */
  #endpoints(service: KubeObject): readonly Endpoint[] {
    const key = keyOf(service);
    const known = this.#told.get(key);
    // On a machine that is off no request begins.
    if (known !== undefined && this.#areAskersDeaf()) return known;
    const endpoints = this.#cluster.agents.network.endpoints(service, undefined) ?? [];
    this.#told.set(key, endpoints);
    return endpoints;
  }

  #dead(endpoints: readonly Endpoint[]): readonly Endpoint[] {
    let dead: Endpoint[] | undefined;
    for (const endpoint of endpoints) if (!this.#answers(endpoint)) (dead ??= []).push(endpoint);
    return dead ?? NONE;
  }

  /** None of the machines that requests begin on learns from the API where to send them; of those that are off, none begins. */
  #areAskersDeaf(): boolean {
    let isAnyThere = false;
    for (const machine of this.#askers) {
      const kubelet = this.#cluster.agents.machine(machine);
      if (kubelet?.isReachable !== true) continue;
      if (kubelet.followsServices) return false;
      isAnyThere = true;
    }
    return isAnyThere;
  }

  /** Something listens, its machine can be reached, and the storage it needs answers. */
  #answers(endpoint: Endpoint): boolean {
    const { client, agents } = this.#cluster;
    if (endpoint.port === NO_PORT) {
      const pod = client.get("pods", endpoint.namespace, endpoint.podName);
      return pod !== undefined && this.#runs(pod);
    }
    if (agents.network.processAt(endpoint) === undefined || this.#stoppedVolumeAt(endpoint) !== undefined) return false;
    if (!this.#hasMounts) return true;
    const pod = client.get("pods", endpoint.namespace, endpoint.podName);
    return pod === undefined || this.deadStorageOf(pod) === undefined;
  }

  /** Why a pod that runs cannot read or write one of its volumes that storage keeps copies of. */
  #stoppedVolumeAt({ namespace, podName }: Endpoint): string | undefined {
    const { client, volumes } = this.#cluster;
    if (volumes.isEmpty) return undefined;
    for (const { persistentVolumeClaim } of (client.get("pods", namespace, podName)?.["spec"].volumes ?? []) as { persistentVolumeClaim?: { claimName: string } }[]) {
      if (persistentVolumeClaim === undefined) continue;
      const volumeName: string | undefined = client.get("persistentvolumeclaims", namespace, persistentVolumeClaim.claimName)?.["spec"].volumeName;
      const why = volumes.whyStopped(volumeName ?? "");
      if (why !== undefined) return why;
    }
    return undefined;
  }

  /** The site part whose export a pod has mounted, where that does not answer: what touches it hangs. */
  deadStorageOf(pod: KubeObject): string | undefined {
    for (const volume of (pod["spec"].volumes ?? []) as { persistentVolumeClaim?: { claimName: string } }[]) {
      if (volume.persistentVolumeClaim === undefined) continue;
      const claim = this.#cluster.client.get("persistentvolumeclaims", pod.metadata.namespace, volume.persistentVolumeClaim.claimName);
      const storage = this.#homelab.platform.storage.classes[(claim?.["spec"].storageClassName as string | undefined) ?? ""];
      if (storage?.kind !== "nfs" || storage.server === undefined || this.#homelab.site[storage.server] === undefined) continue;
      if (!this.#site.isPartAlive(storage.server)) return storage.server;
    }
    return undefined;
  }

  #door(): View {
    const way = this.#way;
    if (way === undefined) return FINE;
    const broken = way.parts.find((part) => !this.#site.isPartAlive(part));
    if (broken !== undefined) return { share: 0, why: `nothing comes in through ${broken}`, hangsOn: { part: broken } };
    if (!way.isFromOutside && !this.#site.hasNames) return { share: 0, why: "the home's DNS does not answer: nobody finds its name", hangsOn: { part: "the home's DNS" } };
    const ingress = this.#ingressEndpoints();
    if (way.isOnHostPorts) return this.#onHostPorts(way, ingress);
    const entrance = this.entrance?.look() ?? FINE;
    if (entrance.share === 0) return entrance;
    return both(entrance, this.#ingress(ingress));
  }

  #onHostPorts({ door }: Way, ingress: readonly Endpoint[]): View {
    const machines = door.kind === "machine" ? [door.machine] : door.machines.filter((machine) => ingress.some(({ nodeName }) => nodeName === machine));
    const serving = machines.filter((machine) => ingress.some((endpoint) => endpoint.nodeName === machine && this.#answers(endpoint)));
    if (machines.length === 0 || serving.length === 0) return { share: 0, why: `no ingress pod answers on ${machines.join(", ") || "any machine"}`, hangsOn: this.#ingressHangsOn() };
    return serving.length === machines.length ? FINE : { share: serving.length / machines.length, why: `the ingress is gone on ${machines.filter((machine) => !serving.includes(machine)).join(", ")}`, hangsOn: this.#ingressHangsOn() };
  }

  #ingressEndpoints(): readonly Endpoint[] {
    const { client } = this.#cluster;
    const services = client.list("services", { labels: TRAEFIK });
    const service = services.find(({ spec }) => spec?.type === "LoadBalancer") ?? services[0];
    if (service !== undefined) {
      this.#ingressKey = keyOf(service);
      return this.#endpoints(service);
    }
    // On host ports there may be no Service: its pods themselves.
    return client.list("pods", { labels: TRAEFIK }).map((pod) => ({ address: "", port: NO_PORT, namespace: pod.metadata.namespace ?? "", podName: pod.metadata.name, nodeName: (pod["spec"].nodeName as string | undefined) ?? "" }));
  }

  #ingress(endpoints: readonly Endpoint[]): View {
    const dead = this.#dead(endpoints);
    if (endpoints.length === 0) return { share: 0, why: "no ingress pod is ready", hangsOn: this.#ingressHangsOn() };
    if (dead.length === 0) return FINE;
    const where = [...new Set(dead.map(({ nodeName }) => nodeName))].join(", ");
    return { share: 1 - dead.length / endpoints.length, why: `${dead.length === endpoints.length ? "the ingress is" : "an ingress pod is"} on ${where}, which does not answer`, hangsOn: this.#ingressHangsOn() };
  }

  /** Its Service, or on host ports, where there may be none, its pods. */
  #ingressHangsOn(): HangsOn {
    if (this.#ingressKey !== "") return { service: this.#ingressKey };
    const { namespace, ownerReferences } = this.#cluster.client.list("pods", { labels: TRAEFIK })[0]?.metadata ?? {};
    return { pods: `${namespace ?? ""}/${ownerReferences?.[0]?.name ?? ""}` };
  }

}

/** Databases that a service is told of in its environment, or waits for. */
function databasesOf(service: AppService): string[] {
  return [...new Set(Object.values(service.env).flatMap((value) => (value.kind === "database" ? [value.database] : [])))];
}