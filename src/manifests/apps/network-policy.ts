/**
 * Who may connect to an app: its own pods, the ingress controller on the routed ports, the apps it names, everyone where it is exposed.
 * What it may connect to is free until it is declared.
 */
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { INetworkPolicyEgressRule } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyEgressRule";
import type { INetworkPolicyPeer } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer";
import type { App, AppService, Database, EgressRule, Homelab } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";
import { appSelectorLabels, databaseName, objectLabels, objectName, selectorLabels, servicePath } from "../names.ts";
import { ingressNamespace } from "../platform/ingress-place.ts";
import { rendered, type RenderedObject } from "../rendered.ts";

/** Where `internet` is not: private, shared, link-local and loopback ranges (RFC 1918, 6598, 3927, 4193, 4291). */
const NOT_INTERNET_V4 = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];
const NOT_INTERNET_V6 = ["::1/128", "fc00::/7", "fe80::/10"];

/** Operators talk to the databases they look after: their namespaces. */
const OPERATOR_NAMESPACE: Record<Database["engine"], string> = { postgres: "cnpg-system", mariadb: "mariadb-system" };

function namespacePeer(namespace: string, pods?: Record<string, string>): INetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } }, ...(pods === undefined ? {} : { podSelector: { matchLabels: pods } }) };
}

function appPeer(homelab: Homelab, name: string): INetworkPolicyPeer {
  const other = own(homelab.apps, name);
  return other === undefined ? namespacePeer(name) : namespacePeer(other.namespace, appSelectorLabels(other));
}

export function databaseSelector(app: App, database: Database): Record<string, string> {
  const name = databaseName(app, database.name);
  return database.engine === "postgres" ? { "cnpg.io/cluster": name } : { "app.kubernetes.io/name": "mariadb", "app.kubernetes.io/instance": name };
}

export function renderNetworkPolicies(homelab: Homelab, app: App): RenderedObject[] {
  if (!app.network.policy) return [];
  const at = ["apps", app.name, "network"];
  const own: INetworkPolicyPeer = { podSelector: { matchLabels: appSelectorLabels(app) } };
  const { egress } = app.network;
  const objects = [rendered<INetworkPolicy>(at, {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: app.name, namespace: app.namespace, labels: objectLabels(app) },
    spec: {
      podSelector: { matchLabels: appSelectorLabels(app) },
      policyTypes: egress === undefined ? ["Ingress"] : ["Ingress", "Egress"],
      ingress: [{ from: [own, ...app.network.from.map((name) => appPeer(homelab, name))] }],
      ...(egress === undefined ? {} : { egress: egressRules(homelab, app, egress) }),
    },
  })];
  for (const service of Object.values(app.services)) objects.push(...serviceRules(homelab, app, service));
  for (const database of Object.values(app.databases)) objects.push(databaseRules(app, database, own));
  return objects;
}

/** What comes from outside the cluster reaches only the ports it is routed to. */
function serviceRules(homelab: Homelab, app: App, service: AppService): RenderedObject[] {
  const name = objectName(app, service.name);
  const containerPort = (port: number) => service.ports.find((candidate) => candidate.port === port);
  const ports = [...new Set(service.routes.map((route) => route.port))].map(containerPort).filter((port) => port !== undefined);
  const ingress = [];
  if (ports.length > 0) {
    ingress.push({
      from: [namespacePeer(ingressNamespace(homelab), { "app.kubernetes.io/name": "traefik" })],
      ports: ports.map((port) => ({ port: port.containerPort, protocol: port.protocol })),
    });
  }
  if (service.exposure.kind !== "cluster") ingress.push({ ports: service.ports.map((port) => ({ port: port.containerPort, protocol: port.protocol })) });
  if (ingress.length === 0) return [];
  return [rendered<INetworkPolicy>([...servicePath(app, service.name), service.routes.length > 0 ? "host" : "exposure"], {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `${name}-from-outside`, namespace: app.namespace, labels: objectLabels(app, name) },
    spec: { podSelector: { matchLabels: selectorLabels(app, name) }, policyTypes: ["Ingress"], ingress },
  })];
}

function databaseRules(app: App, database: Database, own: INetworkPolicyPeer): RenderedObject {
  const name = databaseName(app, database.name);
  const members = databaseSelector(app, database);
  return rendered<INetworkPolicy>(["apps", app.name, "databases", database.name], {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace: app.namespace, labels: objectLabels(app, objectName(app, database.name)) },
    spec: {
      podSelector: { matchLabels: members },
      policyTypes: ["Ingress"],
      ingress: [
        { from: [own], ports: [{ port: database.engine === "postgres" ? 5432 : 3306, protocol: "TCP" }] },
        { from: [{ podSelector: { matchLabels: members } }, namespacePeer(OPERATOR_NAMESPACE[database.engine])] },
      ],
    },
  });
}

function egressRules(homelab: Homelab, app: App, egress: readonly EgressRule[]): INetworkPolicyEgressRule[] {
  const own: INetworkPolicyPeer[] = [
    { podSelector: { matchLabels: appSelectorLabels(app) } },
    ...Object.values(app.databases).map((database) => ({ podSelector: { matchLabels: databaseSelector(app, database) } })),
  ];
  const rules: INetworkPolicyEgressRule[] = [
    { to: own },
    { to: [namespacePeer("kube-system", { "k8s-app": "kube-dns" })], ports: [{ port: 53, protocol: "UDP" }, { port: 53, protocol: "TCP" }] },
  ];
  for (const rule of egress) {
    switch (rule.kind) {
      case "app":
        rules.push({ to: [appPeer(homelab, rule.app)] });
        break;
      case "cidr":
        rules.push({ to: [{ ipBlock: { cidr: rule.cidr } }], ...portList(rule.ports) });
        break;
      case "internet":
        rules.push({
          to: [
            { ipBlock: { cidr: "0.0.0.0/0", except: NOT_INTERNET_V4 } },
            ...(homelab.kubernetes.network.pods.some((range) => range.includes(":")) ? [{ ipBlock: { cidr: "::/0", except: NOT_INTERNET_V6 } }] : []),
          ],
          ...portList(rule.ports),
        });
        break;
    }
  }
  return rules;
}

function portList(ports: readonly number[]): { ports?: { port: number; protocol: "TCP" }[] } {
  return ports.length === 0 ? {} : { ports: ports.map((port) => ({ port, protocol: "TCP" as const })) };
}
