/** cert-manager, and the issuer that the apps' certificates name. */
import type { ICertificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import type { IClusterIssuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1/ClusterIssuer";
import type { IACMEChallengeSolverDNS01 } from "@kubernetes-models/cert-manager/acme.cert-manager.io/v1/ACMEChallengeSolverDNS01";
import type { ISecret } from "kubernetes-models/v1/Secret";
import type { Homelab } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";
import { SECRET_SOURCE_ANNOTATION } from "../apps/secret.ts";
import type { Footprint } from "../footprint.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { componentVersion } from "../versions.ts";
import { pinnedChart, type Component } from "./component.ts";
import { clusterIssuer } from "./ingress-place.ts";
import { ACME_SERVER, ACME_STAGING_SERVER } from "./traefik.ts";

const AT = ["platform", "certificates"];
const NAMESPACE = "cert-manager";
const DNS_SECRET = "dns01-credentials";
const DNS_KEY = "token";

const TOKEN = { name: DNS_SECRET, key: DNS_KEY };

/** The DNS providers that cert-manager speaks to by itself with one token; others need a webhook of their own. */
const DNS_SOLVERS: Readonly<Record<string, IACMEChallengeSolverDNS01>> = {
  cloudflare: { cloudflare: { apiTokenSecretRef: TOKEN } },
  digitalocean: { digitalocean: { tokenSecretRef: TOKEN } },
};

function renderIssuers(homelab: Homelab): RenderedObject[] {
  const { certificates, ingress } = homelab.platform;
  const labels = componentLabels("cert-manager");
  const name = clusterIssuer(homelab);
  if (certificates?.issuer === "local-ca") {
    return [
      rendered<IClusterIssuer>(AT, { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name: "self-signed", labels }, spec: { selfSigned: {} } }),
      rendered<ICertificate>(AT, {
        apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata: { name, namespace: NAMESPACE, labels },
        spec: { isCA: true, commonName: `${homelab.name} local CA`, secretName: name, duration: "87600h", privateKey: { algorithm: "ECDSA", size: 256 }, issuerRef: { kind: "ClusterIssuer", name: "self-signed", group: "cert-manager.io" } },
      }),
      rendered<IClusterIssuer>(AT, { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name, labels }, spec: { ca: { secretName: name } } }),
    ];
  }
  const dns = certificates?.dns01;
  const objects: RenderedObject[] = [];
  if (dns !== undefined) {
    objects.push(rendered<ISecret>([...AT, "dns01"], {
      apiVersion: "v1", kind: "Secret", metadata: { name: DNS_SECRET, namespace: NAMESPACE, labels, annotations: { [SECRET_SOURCE_ANNOTATION]: dns.credentials.secret } },
      type: "Opaque", stringData: { [DNS_KEY]: "" },
    }, [{ key: DNS_KEY, secret: dns.credentials.secret, form: "value" }]));
  }
  const http01 = ingress.routing === "gateway-api"
    ? { gatewayHTTPRoute: { parentRefs: [{ name: "homelab", namespace: ingress.bundled ? "kube-system" : "traefik", kind: "Gateway" }] } }
    : { ingress: { ingressClassName: ingress.className } };
  objects.push(rendered<IClusterIssuer>(AT, {
    apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name, labels },
    spec: {
      acme: {
        server: certificates?.staging === true ? ACME_STAGING_SERVER : ACME_SERVER,
        ...(certificates?.email === undefined ? {} : { email: certificates.email }),
        privateKeySecretRef: { name: `${name}-account` },
        solvers: [dns === undefined ? { http01 } : { dns01: own(DNS_SOLVERS, dns.provider) ?? {} }],
      },
    },
  }));
  return objects;
}

function footprint(): Footprint {
  const version = componentVersion("cert-manager").app;
  const workload = (name: string, component: string, image: string, port: number): Footprint["workloads"][number] => ({
    kind: "Deployment", namespace: NAMESPACE, name, serviceAccount: name,
    labels: { "app.kubernetes.io/name": component === "controller" ? "cert-manager" : component, "app.kubernetes.io/instance": "cert-manager", "app.kubernetes.io/component": component },
    containers: [{ name: `cert-manager-${component}`, image: `quay.io/jetstack/cert-manager-${image}:${version}`, ports: [{ name: "http-metrics", port }] }],
  });
  return {
    workloads: [
      workload("cert-manager", "controller", "controller", 9402),
      workload("cert-manager-cainjector", "cainjector", "cainjector", 9402),
      workload("cert-manager-webhook", "webhook", "webhook", 10250),
    ],
    services: [{ namespace: NAMESPACE, name: "cert-manager-webhook", selector: { "app.kubernetes.io/instance": "cert-manager", "app.kubernetes.io/component": "webhook" }, ports: [{ name: "https", port: 443, targetPort: 10250 }] }],
  };
}

export const certManager: Component = {
  name: "cert-manager",
  summary: "asks for certificates and renews them",
  at: AT,
  isUsed: (homelab) => homelab.platform.certificates?.by === "cert-manager",
  install: () => "chart",
  problems(homelab) {
    const dns = homelab.platform.certificates?.dns01;
    if (dns === undefined || own(DNS_SOLVERS, dns.provider) !== undefined) return [];
    return [{ at: [...AT, "dns01", "provider"], message: `platform.certificates.dns01.provider: cert-manager speaks to ${Object.keys(DNS_SOLVERS).join(" and ")} by itself; for ${dns.provider} its webhook is needed, with an issuer of your own in objects` }];
  },
  objects: renderIssuers,
  charts: (homelab) => [pinnedChart("cert-manager", AT, NAMESPACE, {
    crds: { enabled: true },
    ...(homelab.platform.ingress.routing === "gateway-api" ? { config: { enableGatewayAPI: true } } : {}),
  })],
  footprint,
  crds: ["cert-manager"],
};
