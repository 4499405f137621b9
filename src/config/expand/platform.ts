/** The platform: what serves the apps, by what the distribution brings and what the apps need. */
import type { z } from "zod";
import type { Backups, Certificates, Ingress, LoadBalancer, Platform } from "../homelab.ts";
import type { HomelabInput } from "../schema/homelab.ts";
import type { platform as platformSchema } from "../schema/platform.ts";
import { isMap } from "../schema/structure.ts";
import { duration, list, mapNamed, type Expansion } from "./expansion.ts";
import { expandGit, expandGitOps, expandImageUpdates } from "./delivery.ts";
import { expandMonitoring } from "./monitoring.ts";
import { expandPlan, USUAL_PLAN } from "./schedule.ts";
import { expandStorage, type StorageContext } from "./storage.ts";

type PlatformInput = z.input<typeof platformSchema>;

export interface PlatformContext extends StorageContext {
  readonly disable: readonly string[];
  readonly domain: string | undefined;
  readonly homelabName: string;
  readonly engines: ReadonlySet<string>;
  readonly hasRoutes: boolean;
}

export function expandPlatform(written: HomelabInput["platform"], context: PlatformContext, e: Expansion): Platform {
  const input: PlatformInput = written ?? {};
  const path = ["platform"];
  const loadBalancer = expandLoadBalancer(input.loadBalancer, context, e);
  const ingress = expandIngress(input.ingress, context, loadBalancer, e);
  const metrics = typeof input.metrics === "boolean" ? { enabled: input.metrics } : (input.metrics ?? {});
  const isMetricsOff = context.disable.includes("metrics-server");
  const operator = <T extends string>(field: "postgres" | "mariadb", name: T, value: T | "none" | undefined): T | "none" =>
    e.or<T | "none">([...path, "databases", field], value, context.engines.has(field) ? name : "none", context.engines.has(field) ? "an app has such a database" : "no app has such a database");
  return {
    ingress,
    certificates: expandCertificates(input.certificates, ingress, context.workerCount, e),
    loadBalancer,
    storage: expandStorage(input.storage, context, e),
    metrics: {
      enabled: e.or([...path, "metrics", "enabled"], metrics.enabled, !isMetricsOff, isMetricsOff ? "kubernetes.disable names metrics-server" : "for kubectl top and automatic scaling"),
      resolution: duration(e.or([...path, "metrics", "resolution"], metrics.resolution, "15s", "metrics-server's own default")),
    },
    databases: { postgres: operator("postgres", "cloudnative-pg", input.databases?.postgres), mariadb: operator("mariadb", "mariadb-operator", input.databases?.mariadb) },
    backups: input.backups === undefined ? undefined : expandBackups(input.backups, context.homelabName, e),
    monitoring: expandMonitoring(input.monitoring, context.domain, e),
    gitops: input.gitops === undefined ? undefined : expandGitOps(input.gitops, context.domain, context.homelabName, e),
    git: input.git === undefined ? undefined : expandGit(input.git, context.domain, e),
    imageUpdates: input.imageUpdates === undefined ? undefined : expandImageUpdates(input.imageUpdates, e),
    policies: {
      podSecurity: e.or<Platform["policies"]["podSecurity"]>([...path, "policies", "podSecurity"], input.policies?.podSecurity, "baseline", "what stock images run under"),
      networkPolicies: e.or([...path, "policies", "networkPolicies"], input.policies?.networkPolicies, true, "apps do not reach each other unless they say so"),
    },
  };
}

function expandIngress(written: PlatformInput["ingress"], context: PlatformContext, loadBalancer: LoadBalancer, e: Expansion): Ingress {
  const path = ["platform", "ingress"];
  const input = typeof written === "string" ? { by: written } : (written ?? {});
  const isDisabled = context.disable.includes("traefik");
  const isBrought = context.distribution === "k3s" && !isDisabled;
  const [standard, why]: [Ingress["by"], string] =
    written !== undefined && typeof written !== "string"
      ? ["traefik", "platform.ingress is given"]
      : isBrought
        ? ["traefik", "k3s brings it"]
        : isDisabled || !context.hasRoutes
          ? ["none", isDisabled ? "kubernetes.disable names traefik" : "no app has a host"]
          : ["traefik", "apps have hosts"];
  const by = e.or([...path, "by"], input.by, standard, why);
  const routing = e.or<Ingress["routing"]>([...path, "routing"], input.routing, by === "traefik" ? "traefik" : "ingress", by === "traefik" ? "Traefik's own routes say the most" : "the standard kind");
  const hasLoadBalancer = loadBalancer.by !== "none";
  return {
    by,
    bundled: by === "traefik" && isBrought,
    routing,
    className: e.or([...path, "className"], input.className, "traefik", "Traefik's own name"),
    replicas: e.or([...path, "replicas"], input.replicas, 1, "Traefik's own default"),
    exposure: e.or<Ingress["exposure"]>([...path, "exposure"], input.exposure, hasLoadBalancer ? "load-balancer" : "host-ports", hasLoadBalancer ? `${loadBalancer.by} gives it an address` : "there is no load balancer"),
    httpPort: e.or([...path, "httpPort"], input.httpPort, 80, "http's own port"),
    httpsPort: e.or([...path, "httpsPort"], input.httpsPort, 443, "https' own port"),
  };
}

function expandCertificates(input: PlatformInput["certificates"], ingress: Ingress, workerCount: number, e: Expansion): Certificates | undefined {
  if (input === undefined) return undefined;
  const path = ["platform", "certificates"];
  const issuer = e.or<Certificates["issuer"]>([...path, "issuer"], input.issuer, "letsencrypt", "browsers trust it");
  // On the nodes' own ports one runs on each of them, whatever replicas says; they cannot share what they ask for.
  const isOnEach = ingress.exposure === "host-ports" && workerCount > 1;
  const canTraefik = issuer === "letsencrypt" && ingress.by === "traefik" && ingress.replicas === 1 && !isOnEach && ingress.routing !== "gateway-api";
  const why = canTraefik
    ? "Traefik has one replica, and asks for certificates itself"
    : issuer === "local-ca"
      ? "it runs the local authority"
      : ingress.routing === "gateway-api"
        ? "it knows Gateways"
        : ingress.by === "none"
          ? "no ingress controller asks for them"
          : isOnEach
            ? "Traefik runs on each node, and all must share certificates"
            : "several replicas must share certificates";
  return {
    issuer,
    by: e.or<Certificates["by"]>([...path, "by"], input.by, canTraefik ? "traefik" : "cert-manager", why),
    email: input.email,
    staging: e.or([...path, "staging"], input.staging, false, "browsers refuse the test system's certificates"),
    dns01: input.dns01,
  };
}

function expandLoadBalancer(written: PlatformInput["loadBalancer"], context: PlatformContext, e: Expansion): LoadBalancer {
  const path = ["platform", "loadBalancer"];
  const input = typeof written === "string" ? { by: written } : (written ?? {});
  const isDisabled = context.disable.includes("servicelb");
  const [standard, why]: [LoadBalancer["by"], string] =
    input.pools !== undefined || input.mode !== undefined
      ? ["metallb", input.pools === undefined ? "there is a mode" : "there are pools"]
      : context.distribution === "k3s" && !isDisabled
        ? ["servicelb", "k3s brings it"]
        : ["none", isDisabled ? "kubernetes.disable names servicelb" : "kubeadm brings none"];
  const pools = input.pools;
  return {
    by: e.or([...path, "by"], input.by, standard, why),
    mode: e.or<LoadBalancer["mode"]>([...path, "mode"], input.mode, "layer2", "works on any home network"),
    pools: isMap(pools)
      ? mapNamed(pools, (name, pool) => {
          const one = isMap(pool) ? pool : { addresses: pool, autoAssign: undefined };
          return { name, addresses: list(one.addresses), autoAssign: e.or([...path, "pools", name, "autoAssign"], one.autoAssign, true, "any service may have one") };
        })
      : pools === undefined
        ? {}
        : { default: { name: "default", addresses: list(pools), autoAssign: e.or([...path, "pools", "default", "autoAssign"], undefined, true, "any service may have one") } },
  };
}

function expandBackups(input: NonNullable<PlatformInput["backups"]>, homelabName: string, e: Expansion): Backups {
  const path = ["platform", "backups"];
  return {
    s3: {
      endpoint: input.s3.endpoint,
      bucket: input.s3.bucket,
      region: e.or([...path, "s3", "region"], input.s3.region, "us-east-1", "what stores without regions call theirs"),
      path: e.or([...path, "s3", "path"], input.s3.path, homelabName, "the homelab's name, so that a bucket can hold several"),
      accessKey: input.s3.accessKey,
      secretKey: input.s3.secretKey,
    },
    volumes: e.or<"volsync" | "none">([...path, "volumes"], input.volumes, "volsync", "it copies volumes of every storage class"),
    encryptionKey: input.encryptionKey,
    plan: expandPlan(input.plan, USUAL_PLAN, "weekly, as much as a month", [...path, "plan"], e),
  };
}
