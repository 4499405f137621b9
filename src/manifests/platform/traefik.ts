/** Traefik: k3s' own with our configuration, or all of it as our own objects. */
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { IIngressClass } from "kubernetes-models/networking.k8s.io/v1/IngressClass";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import type { IClusterRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole";
import type { IClusterRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding";
import type { INamespace } from "kubernetes-models/v1/Namespace";
import type { IPersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { ISecret } from "kubernetes-models/v1/Secret";
import type { IService } from "kubernetes-models/v1/Service";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { Homelab } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";
import { SECRET_SOURCE_ANNOTATION } from "../apps/secret.ts";
import { ipFamilyPolicy } from "../apps/service.ts";
import type { Footprint } from "../footprint.ts";
import type { HelmChartConfig } from "../kinds/helm-chart.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { WAIT_IMAGE, componentVersion } from "../versions.ts";
import { yamlDocument } from "../yaml-text.ts";
import type { Component, ComponentProblem } from "./component.ts";
import { crdsOf } from "./crds.ts";
import { CERT_RESOLVER, ingressNamespace } from "./ingress-place.ts";

const AT = ["platform", "ingress"];
const NAME = "traefik";
/** What a small home's Traefik uses at rest, measured order of magnitude; the bundled one asks for nothing. */
const REQUESTS = { cpu: "50m", memory: "96Mi" };
const DATA = "/data";
const STORAGE = `${DATA}/acme.json`;
const ACME_SIZE = "128Mi";
const DNS_SECRET = "traefik-dns01";
/** The user id of Traefik's image. */
const USER = 65532;

/** Let's Encrypt's directories (letsencrypt.org/docs/acme-protocol-updates, staging-environment). */
export const ACME_SERVER = "https://acme-v02.api.letsencrypt.org/directory";
export const ACME_STAGING_SERVER = "https://acme-staging-v02.api.letsencrypt.org/directory";

const SELECTOR = { "app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": NAME };

/** Whether Traefik itself asks for certificates. */
export function isAcmeClient(homelab: Homelab): boolean {
  const { certificates } = homelab.platform;
  return certificates?.by === "traefik" && certificates.issuer === "letsencrypt";
}

function acmeServer(homelab: Homelab): string {
  return homelab.platform.certificates?.staging === true ? ACME_STAGING_SERVER : ACME_SERVER;
}

/** What the chart of k3s' Traefik is told beside its own defaults. */
function bundledValues(homelab: Homelab): Record<string, unknown> {
  const { ingress, certificates } = homelab.platform;
  const values: Record<string, unknown> = {};
  if (isAcmeClient(homelab)) {
    const dns = certificates?.dns01;
    values.certificatesResolvers = {
      [CERT_RESOLVER]: {
        acme: {
          ...(certificates?.email === undefined ? {} : { email: certificates.email }),
          caServer: acmeServer(homelab),
          storage: STORAGE,
          ...(dns === undefined ? { httpChallenge: { entryPoint: "web" } } : { dnsChallenge: { provider: dns.provider } }),
        },
      },
    };
    values.persistence = { enabled: true, size: ACME_SIZE, path: DATA };
    // Traefik refuses a store that others may read; a fresh volume has no file yet.
    values.deployment = {
      replicas: ingress.replicas,
      initContainers: [{ name: "volume-permissions", image: WAIT_IMAGE, command: ["sh", "-c", `touch ${STORAGE}; chmod -v 600 ${STORAGE}`], volumeMounts: [{ name: "data", mountPath: DATA }] }],
    };
    values.podSecurityContext = { fsGroup: USER, fsGroupChangePolicy: "OnRootMismatch", runAsGroup: USER, runAsNonRoot: true, runAsUser: USER };
    // The volume is attached to one pod at a time.
    values.updateStrategy = { type: "Recreate", rollingUpdate: null };
    if (dns !== undefined) values.envFrom = [{ secretRef: { name: DNS_SECRET } }];
  } else if (ingress.replicas !== 1) values.deployment = { replicas: ingress.replicas };
  if (ingress.routing === "gateway-api") {
    values.providers = { kubernetesGateway: { enabled: true } };
    values.gateway = { enabled: false };
  }
  const ports: Record<string, unknown> = {};
  if (ingress.exposure === "host-ports") {
    values.service = { enabled: false };
    ports.web = { hostPort: ingress.httpPort };
    ports.websecure = { hostPort: ingress.httpsPort };
  } else {
    if (ingress.httpPort !== 80) ports.web = { exposedPort: ingress.httpPort };
    if (ingress.httpsPort !== 443) ports.websecure = { exposedPort: ingress.httpsPort };
  }
  if (Object.keys(ports).length > 0) values.ports = ports;
  return values;
}

function dnsSecret(homelab: Homelab): RenderedObject[] {
  const dns = homelab.platform.certificates?.dns01;
  if (!isAcmeClient(homelab) || dns === undefined) return [];
  const variable = own(DNS_VARIABLES, dns.provider);
  if (variable === undefined) return [];
  return [rendered<ISecret>(["platform", "certificates", "dns01"], {
    apiVersion: "v1", kind: "Secret",
    metadata: { name: DNS_SECRET, namespace: ingressNamespace(homelab), labels: componentLabels(NAME), annotations: { [SECRET_SOURCE_ANNOTATION]: dns.credentials.secret } },
    type: "Opaque",
    stringData: { [variable]: "" },
  }, [{ key: variable, secret: dns.credentials.secret, form: "value" }])];
}

/** DNS providers that are content with one token, and the variable that holds it (go-acme.github.io/lego/dns). Others want several, and there is one secret. */
const DNS_VARIABLES: Readonly<Record<string, string>> = {
  cloudflare: "CF_DNS_API_TOKEN", desec: "DESEC_TOKEN", digitalocean: "DO_AUTH_TOKEN", duckdns: "DUCKDNS_TOKEN", gandiv5: "GANDIV5_PERSONAL_ACCESS_TOKEN",
  hetzner: "HETZNER_API_TOKEN", infomaniak: "INFOMANIAK_ACCESS_TOKEN", linode: "LINODE_TOKEN", vultr: "VULTR_API_KEY",
};

function problems(homelab: Homelab): ComponentProblem[] {
  const { certificates, ingress } = homelab.platform;
  const found: ComponentProblem[] = [];
  const dns = isAcmeClient(homelab) ? certificates?.dns01 : undefined;
  if (dns !== undefined && own(DNS_VARIABLES, dns.provider) === undefined) {
    found.push({ at: ["platform", "certificates", "dns01", "provider"], message: `platform.certificates.dns01.provider: Traefik cannot use ${dns.provider} with one token; there are ${Object.keys(DNS_VARIABLES).join(", ")}` });
  }
  if (isAcmeClient(homelab) && ingress.routing === "gateway-api") {
    found.push({ at: ["platform", "certificates", "by"], message: "platform.certificates.by: the listeners of a Gateway read their certificates from Secrets, which Traefik's own client does not make; use cert-manager" });
  }
  return found;
}

function renderOwn(homelab: Homelab): RenderedObject[] {
  const { ingress, certificates } = homelab.platform;
  const namespace = ingressNamespace(homelab);
  const labels = { ...componentLabels(NAME), ...SELECTOR };
  const metadata = { name: NAME, namespace, labels };
  const isAcme = isAcmeClient(homelab);
  const usesGateway = ingress.routing === "gateway-api";
  const hostPorts = ingress.exposure === "host-ports";
  const dns = isAcme ? certificates?.dns01 : undefined;
  const args = [
    "--global.checknewversion=false",
    "--global.sendanonymoususage=false",
    "--entrypoints.web.address=:8000/tcp",
    "--entrypoints.websecure.address=:8443/tcp",
    "--entrypoints.websecure.http.tls=true",
    "--entrypoints.metrics.address=:9100/tcp",
    "--entrypoints.traefik.address=:8080/tcp",
    "--ping=true",
    "--metrics.prometheus=true",
    "--metrics.prometheus.entrypoint=metrics",
    "--providers.kubernetescrd",
    `--providers.kubernetesingress.ingressclass=${ingress.className}`,
    ...(hostPorts ? [] : [`--providers.kubernetesingress.ingressendpoint.publishedservice=${namespace}/${NAME}`]),
    ...(usesGateway ? ["--providers.kubernetesgateway", ...(hostPorts ? [] : [`--providers.kubernetesgateway.statusaddress.service.name=${NAME}`, `--providers.kubernetesgateway.statusaddress.service.namespace=${namespace}`])] : []),
    ...(isAcme
      ? [
        ...(certificates?.email === undefined ? [] : [`--certificatesresolvers.${CERT_RESOLVER}.acme.email=${certificates.email}`]),
        `--certificatesresolvers.${CERT_RESOLVER}.acme.caserver=${acmeServer(homelab)}`,
        `--certificatesresolvers.${CERT_RESOLVER}.acme.storage=${STORAGE}`,
        dns === undefined ? `--certificatesresolvers.${CERT_RESOLVER}.acme.httpchallenge.entrypoint=web` : `--certificatesresolvers.${CERT_RESOLVER}.acme.dnschallenge.provider=${dns.provider}`,
      ]
      : []),
  ];
  const template: IPodTemplateSpec = {
    metadata: { labels: SELECTOR, annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "9100", "prometheus.io/path": "/metrics" } },
    spec: {
      serviceAccountName: NAME,
      terminationGracePeriodSeconds: 60,
      priorityClassName: "system-cluster-critical",
      securityContext: { runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER, seccompProfile: { type: "RuntimeDefault" } },
      topologySpreadConstraints: hostPorts ? undefined : [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: SELECTOR } }],
      containers: [{
        name: NAME,
        image: `docker.io/library/traefik:${componentVersion("traefik").app}`,
        args,
        envFrom: dns === undefined ? undefined : [{ secretRef: { name: DNS_SECRET } }],
        ports: [
          { name: "web", containerPort: 8000, protocol: "TCP", hostPort: hostPorts ? ingress.httpPort : undefined },
          { name: "websecure", containerPort: 8443, protocol: "TCP", hostPort: hostPorts ? ingress.httpsPort : undefined },
          { name: "traefik", containerPort: 8080, protocol: "TCP" },
          { name: "metrics", containerPort: 9100, protocol: "TCP" },
        ],
        readinessProbe: { httpGet: { path: "/ping", port: 8080 }, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 1 },
        livenessProbe: { httpGet: { path: "/ping", port: 8080 }, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 },
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
        resources: { requests: REQUESTS },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
        volumeMounts: [{ name: "data", mountPath: DATA }, { name: "tmp", mountPath: "/tmp" }],
      }],
      initContainers: isAcme
        ? [{
          name: "volume-permissions", image: WAIT_IMAGE, command: ["sh", "-c", `touch ${STORAGE}; chmod -v 600 ${STORAGE}`],
          resources: { requests: { cpu: "10m", memory: "8Mi" } },
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
          volumeMounts: [{ name: "data", mountPath: DATA }],
        }]
        : undefined,
      volumes: [isAcme ? { name: "data", persistentVolumeClaim: { claimName: NAME } } : { name: "data", emptyDir: {} }, { name: "tmp", emptyDir: {} }],
    },
  };
  const read = ["get", "list", "watch"];
  const objects: RenderedObject[] = [
    rendered<INamespace>(AT, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: { ...componentLabels(NAME), "pod-security.kubernetes.io/enforce": hostPorts ? "privileged" : "baseline", "pod-security.kubernetes.io/warn": hostPorts ? "privileged" : "restricted" } } }),
    rendered<IServiceAccount>(AT, { apiVersion: "v1", kind: "ServiceAccount", metadata }),
    ...dnsSecret(homelab),
    ...crdsOf("traefik"),
    rendered<IClusterRole>(AT, {
      apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: NAME, labels },
      rules: [
        { apiGroups: [""], resources: ["configmaps", "nodes", "services", "namespaces", "secrets"], verbs: read },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
        { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses", "ingresses"], verbs: read },
        { apiGroups: ["networking.k8s.io"], resources: ["ingresses/status"], verbs: ["update"] },
        { apiGroups: ["traefik.io"], resources: ["ingressroutes", "ingressroutetcps", "ingressrouteudps", "middlewares", "middlewaretcps", "serverstransports", "serverstransporttcps", "tlsoptions", "tlsstores", "traefikservices"], verbs: read },
        ...(usesGateway
          ? [
            { apiGroups: ["gateway.networking.k8s.io"], resources: ["backendtlspolicies", "gatewayclasses", "gateways", "grpcroutes", "httproutes", "listenersets", "referencegrants", "tcproutes", "tlsroutes"], verbs: read },
            { apiGroups: ["gateway.networking.k8s.io"], resources: ["backendtlspolicies/status", "gatewayclasses/status", "gateways/status", "grpcroutes/status", "httproutes/status", "listenersets/status", "tcproutes/status", "tlsroutes/status"], verbs: ["update"] },
          ]
          : []),
      ],
    }),
    rendered<IClusterRoleBinding>(AT, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: NAME, labels }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: NAME }, subjects: [{ kind: "ServiceAccount", name: NAME, namespace }] }),
    rendered<IIngressClass>(AT, { apiVersion: "networking.k8s.io/v1", kind: "IngressClass", metadata: { name: ingress.className, labels, annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } }, spec: { controller: "traefik.io/ingress-controller" } }),
  ];
  if (isAcme) {
    objects.push(rendered<IPersistentVolumeClaim>(["platform", "certificates"], {
      apiVersion: "v1", kind: "PersistentVolumeClaim", metadata,
      spec: { accessModes: ["ReadWriteOnce"], storageClassName: homelab.platform.storage.default, resources: { requests: { storage: ACME_SIZE } } },
    }));
  }
  if (hostPorts) {
    objects.push(rendered<IDaemonSet>(AT, { apiVersion: "apps/v1", kind: "DaemonSet", metadata, spec: { selector: { matchLabels: SELECTOR }, updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } }, template } }));
    return objects;
  }
  objects.push(
    rendered<IDeployment>(AT, {
      apiVersion: "apps/v1", kind: "Deployment", metadata,
      spec: {
        replicas: ingress.replicas,
        selector: { matchLabels: SELECTOR },
        // The certificate store is attached to one pod at a time.
        strategy: isAcme ? { type: "Recreate" } : { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template,
      },
    }),
    rendered<IService>(AT, {
      apiVersion: "v1", kind: "Service", metadata,
      spec: {
        type: homelab.platform.loadBalancer.by === "none" ? "NodePort" : "LoadBalancer",
        ipFamilyPolicy: ipFamilyPolicy(homelab),
        selector: SELECTOR,
        ports: [
          { name: "web", port: ingress.httpPort, targetPort: "web", protocol: "TCP" },
          { name: "websecure", port: ingress.httpsPort, targetPort: "websecure", protocol: "TCP" },
        ],
      },
    }),
  );
  if (ingress.replicas > 1) {
    objects.push(rendered<IPodDisruptionBudget>(AT, { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata, spec: { maxUnavailable: 1, selector: { matchLabels: SELECTOR }, unhealthyPodEvictionPolicy: "AlwaysAllow" } }));
  }
  return objects;
}

/** k3s 1.36 runs its Traefik from its own mirror, without requests (release notes v1.36.2+k3s1; manifests/traefik.yaml of k3s). */
const K3S_TRAEFIK_IMAGE = "rancher/mirrored-library-traefik:3.7.4";
const K3S_SELECTOR = { "app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": "traefik-kube-system" };

function bundledFootprint(homelab: Homelab): Footprint {
  const { ingress } = homelab.platform;
  const hostPorts = ingress.exposure === "host-ports";
  return {
    workloads: [{
      kind: "Deployment", namespace: "kube-system", name: NAME, replicas: ingress.replicas, labels: K3S_SELECTOR,
      serviceAccount: NAME, priorityClass: "system-cluster-critical", tolerates: "control-plane",
      containers: [{
        name: NAME, image: K3S_TRAEFIK_IMAGE, ready: { path: "/ping", port: 8080 },
        ports: [
          { name: "metrics", port: 9100 }, { name: "traefik", port: 8080 },
          { name: "web", port: 8000, hostPort: hostPorts ? ingress.httpPort : undefined },
          { name: "websecure", port: 8443, hostPort: hostPorts ? ingress.httpsPort : undefined },
        ],
      }],
    }],
    services: hostPorts ? [] : [{
      namespace: "kube-system", name: NAME, type: "LoadBalancer", selector: K3S_SELECTOR, labels: K3S_SELECTOR,
      ports: [{ name: "web", port: ingress.httpPort, targetPort: "web" }, { name: "websecure", port: ingress.httpsPort, targetPort: "websecure" }],
    }],
    objects: [{ apiVersion: "networking.k8s.io/v1", kind: "IngressClass", metadata: { name: "traefik", labels: K3S_SELECTOR, annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } }, spec: { controller: "traefik.io/ingress-controller" } }],
  };
}

export const traefik: Component = {
  name: "traefik",
  summary: "ingress controller: brings requests from outside to the apps",
  at: AT,
  isUsed: (homelab) => homelab.platform.ingress.by === "traefik",
  install: (homelab) => (homelab.platform.ingress.bundled ? "bundled" : "objects"),
  problems,
  objects(homelab) {
    if (!homelab.platform.ingress.bundled) return renderOwn(homelab);
    const values = bundledValues(homelab);
    if (Object.keys(values).length === 0) return [];
    return [
      ...dnsSecret(homelab),
      rendered<HelmChartConfig>(AT, { apiVersion: "helm.cattle.io/v1", kind: "HelmChartConfig", metadata: { name: "traefik", namespace: "kube-system", labels: componentLabels(NAME) }, spec: { valuesContent: yamlDocument(values) } }),
    ];
  },
  footprint: (homelab) => (homelab.platform.ingress.bundled ? bundledFootprint(homelab) : { workloads: [] }),
  crds: ["traefik"],
};
