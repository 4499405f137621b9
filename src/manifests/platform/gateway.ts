/** The homelab's Gateway, where routes are Gateway API's: a plain listener, and a secure one for each host with its certificate. */
import type { ICertificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import type { IGateway } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/Gateway";
import type { IGatewayClass } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/GatewayClass";
import type { Homelab } from "../../config/homelab.ts";
import { tlsHosts } from "../apps/routing.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { platformHosts } from "./component-route.ts";
import type { Component } from "./component.ts";
import { crdsOf } from "./crds.ts";
import { GATEWAY, GATEWAY_HTTP, clusterIssuer, gatewayListener, gatewaySecret, ingressNamespace } from "./ingress-place.ts";

const AT = ["platform", "ingress", "routing"];

/** Traefik's entry points listen on these inside the pod; a listener's port names one of them. */
const WEB_PORT = 8000;
const WEBSECURE_PORT = 8443;

function renderGateway(homelab: Homelab): RenderedObject[] {
  const namespace = ingressNamespace(homelab);
  const labels = componentLabels("gateway");
  const hosts = [...new Set([...Object.values(homelab.apps).flatMap(tlsHosts), ...platformHosts(homelab)])].sort();
  const fromAll = { namespaces: { from: "All" as const } };
  const objects: RenderedObject[] = [
    ...(homelab.platform.ingress.bundled ? [] : crdsOf("gateway-api")),
    rendered<IGatewayClass>(AT, { apiVersion: "gateway.networking.k8s.io/v1", kind: "GatewayClass", metadata: { name: homelab.platform.ingress.className, labels }, spec: { controllerName: "traefik.io/gateway-controller" } }),
    rendered<IGateway>(AT, {
      apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata: { name: GATEWAY, namespace, labels },
      spec: {
        gatewayClassName: homelab.platform.ingress.className,
        listeners: [
          { name: GATEWAY_HTTP, port: WEB_PORT, protocol: "HTTP", allowedRoutes: fromAll },
          ...hosts.map((host) => ({
            name: gatewayListener(host), port: WEBSECURE_PORT, protocol: "HTTPS", hostname: host,
            tls: { mode: "Terminate" as const, certificateRefs: [{ name: gatewaySecret(host) }] },
            allowedRoutes: fromAll,
          })),
        ],
      },
    }),
  ];
  if (homelab.platform.certificates?.by === "cert-manager") {
    for (const host of hosts) {
      objects.push(rendered<ICertificate>(["platform", "certificates"], {
        apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata: { name: gatewaySecret(host), namespace, labels },
        spec: { secretName: gatewaySecret(host), dnsNames: [host], issuerRef: { kind: "ClusterIssuer", name: clusterIssuer(homelab), group: "cert-manager.io" } },
      }));
    }
  }
  return objects;
}

export const gateway: Component = {
  name: "gateway",
  summary: "Gateway API: the listeners that the apps' routes attach to",
  at: AT,
  isUsed: (homelab) => homelab.platform.ingress.by === "traefik" && homelab.platform.ingress.routing === "gateway-api",
  install: () => "objects",
  objects: renderGateway,
  crds: ["gateway-api"],
};
