/** The ingress controller's reports: addresses on Ingresses and Gateways, acceptance on routes (Traefik's Kubernetes providers). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { withCondition } from "../conditions.ts";
import type { ControllerContext, Reconciler } from "../reconciler.ts";
import type { Condition, Service } from "../shapes.ts";
import { isOperatorRunning, OPERATOR_RETRY_MS, watchServed } from "../platform/operator.ts";

const INGRESSES = "networking.k8s.io/ingresses";
const CLASSES = "networking.k8s.io/ingressclasses";
const GATEWAYS = "gateway.networking.k8s.io/gateways";
const ROUTES = "gateway.networking.k8s.io/httproutes";
const TRAEFIK = { "app.kubernetes.io/name": "traefik" };
const CONTROLLER_NAME = "traefik.io/gateway-controller";

export function ingressStatusController(): Reconciler {
  const types = [INGRESSES, GATEWAYS, ROUTES];
  return {
    name: "ingress-status",
    watches: [],
    start({ client, clock }, enqueue) {
      const all = (): void => {
        for (const type of types) if (client.serves(type)) for (const { metadata } of client.list(type)) enqueue(`${type}|${metadata.namespace}|${metadata.name}`);
      };
      const stops = types.map((type) => watchServed(client, [type], (act) => void clock.after(0, act), ({ type: change, object }) => {
        if (change !== "DELETED") enqueue(`${type}|${object.metadata.namespace}|${object.metadata.name}`);
      }));
      stops.push(client.watch<Service>("services", ({ object, previous }) => {
        if (object.spec.type === "LoadBalancer" && !semanticEqual(object.status?.loadBalancer, previous?.status?.loadBalancer)) all();
      }));
      return () => stops.forEach((stop) => stop());
    },
    sync(key, context) {
      const [type = "", namespace, name = ""] = key.split("|");
      const object = context.client.serves(type) ? context.client.get(type, namespace, name) : undefined;
      if (object === undefined) return;
      if (!isOperatorRunning(context.client, TRAEFIK)) return { upkeepMs: OPERATOR_RETRY_MS };
      if (type === INGRESSES) syncIngress(context, object);
      else if (type === GATEWAYS) syncGateway(context, object);
      else syncRoute(context, object);
    },
  };
}

/** The addresses of the ingress controller's own Service. */
function entryPoints({ client }: ControllerContext): { ip?: string; hostname?: string }[] {
  const services = client.list<Service>("services", { labels: TRAEFIK }).filter(({ spec }) => spec.type === "LoadBalancer");
  const chosen = services[0] ?? client.list<Service>("services").find(({ metadata, spec }) => metadata.name === "traefik" && spec.type === "LoadBalancer");
  return (chosen?.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ({ ...(ip ? { ip } : {}), ...(hostname ? { hostname } : {}) }));
}

function isTraefikClass({ client }: ControllerContext, ingress: KubeObject): boolean {
  const name: string | undefined = ingress["spec"]?.ingressClassName ?? ingress.metadata.annotations?.["kubernetes.io/ingress.class"];
  if (name === undefined) return client.list(CLASSES).length === 0;
  return name === "traefik" || client.get(CLASSES, undefined, name)?.["spec"]?.controller === "traefik.io/ingress-controller";
}

function syncIngress(context: ControllerContext, ingress: KubeObject): void {
  if (!isTraefikClass(context, ingress)) return;
  const addresses = entryPoints(context);
  if (semanticEqual(ingress["status"]?.loadBalancer?.ingress, addresses)) return;
  context.client.updateStatus(INGRESSES, { ...ingress, status: { loadBalancer: addresses.length > 0 ? { ingress: addresses } : {} } });
}

function conditionsFor({ clock }: ControllerContext, before: Condition[] | undefined, generation: number, wanted: readonly [type: string, reason: string, message: string][]): Condition[] {
  let conditions = before ?? [];
  for (const [type, reason, message] of wanted) conditions = withCondition(conditions, { type, status: "True", reason, message, observedGeneration: generation }, rfc3339(clock.now()));
  return conditions;
}

function syncGateway(context: ControllerContext, gateway: KubeObject): void {
  const { client } = context;
  const generation = gateway.metadata.generation ?? 0;
  const routes = client.serves(ROUTES) ? client.list(ROUTES) : [];
  const attached = routes.filter((route) => parents(route).some(({ name, namespace }) => name === gateway.metadata.name && (namespace ?? route.metadata.namespace) === gateway.metadata.namespace)).length;
  const before: { name: string; conditions?: Condition[] }[] = gateway["status"]?.listeners ?? [];
  const listeners = ((gateway["spec"]?.listeners ?? []) as { name: string }[]).map(({ name }) => ({
    name,
    attachedRoutes: attached,
    supportedKinds: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute" }],
    conditions: conditionsFor(context, before.find((listener) => listener.name === name)?.conditions, generation, [
      ["Accepted", "Accepted", "No error found"],
      ["ResolvedRefs", "ResolvedRefs", "No error found"],
      ["Programmed", "Programmed", "No error found"],
    ]),
  }));
  const addresses = entryPoints(context).map(({ ip, hostname }) => (ip ? { type: "IPAddress", value: ip } : { type: "Hostname", value: hostname }));
  const conditions = conditionsFor(context, gateway["status"]?.conditions, generation, [
    ["Accepted", "Accepted", "Gateway successfully scheduled"],
    ["Programmed", "Programmed", "Gateway successfully scheduled"],
  ]);
  const status = { ...gateway["status"], ...(addresses.length > 0 ? { addresses } : {}), conditions, listeners };
  if (!semanticEqual(status, gateway["status"])) client.updateStatus(GATEWAYS, { ...gateway, status });
}

interface Parent {
  name: string;
  namespace?: string;
  [field: string]: unknown;
}

const parents = (route: KubeObject): Parent[] => route["spec"]?.parentRefs ?? [];

function syncRoute(context: ControllerContext, route: KubeObject): void {
  const generation = route.metadata.generation ?? 0;
  const before: { parentRef: Parent; conditions?: Condition[] }[] = route["status"]?.parents ?? [];
  const reported = parents(route)
    .filter(({ name, namespace }) => context.client.serves(GATEWAYS) && context.client.get(GATEWAYS, namespace ?? route.metadata.namespace, name) !== undefined)
    .map((parentRef) => ({
      parentRef,
      controllerName: CONTROLLER_NAME,
      conditions: conditionsFor(context, before.find((one) => one.parentRef.name === parentRef.name)?.conditions, generation, [["Accepted", "Accepted", ""], ["ResolvedRefs", "ResolvedRefs", ""]]),
    }));
  if (reported.length === 0 || semanticEqual(reported, before)) return;
  context.client.updateStatus(ROUTES, { ...route, status: { parents: reported } });
}
