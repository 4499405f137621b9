/** The whole file in long form. Pure, and never throws on what the schema and its rules accept. */
import type { Path } from "../finding.ts";
import type { Homelab, SitePart, SitePartKind } from "../homelab.ts";
import type { HomelabInput } from "../schema/homelab.ts";
import { expandApp, expandPatch } from "./app.ts";
import { Expansion, list, mapNamed } from "./expansion.ts";
import { endpointLoadBalancers, expandKubernetes } from "./kubernetes.ts";
import { expandMachines } from "./machine.ts";
import { expandPlatform } from "./platform.ts";
import { expandSite } from "./site.ts";

export interface Expanded {
  readonly homelab: Homelab;
  /** Where an expanded path comes from in the file. */
  sourcePath(path: Path): Path;
}

/** `texts`: numbers and booleans as written, by path (`pathKey`). */
export function expandHomelab(input: HomelabInput, texts: ReadonlyMap<string, string> = new Map()): Expanded {
  const e = new Expansion(texts);
  const timeZone = e.or(["timeZone"], input.timeZone, "UTC", "the same everywhere");
  const machines = expandMachines(input.machines, input.machineDefaults, endpointLoadBalancers(input), e);
  const site = expandSite(input.site, e);
  const kubernetes = expandKubernetes(input.kubernetes, machines, { hasBackups: input.platform?.backups !== undefined, disable: impliedDisable(input) }, e);
  const apps = Object.values(input.apps ?? {});
  const platform = expandPlatform(
    input.platform,
    {
      distribution: kubernetes.distribution,
      workerCount: Object.values(machines).filter((machine) => machine.roles.includes("worker")).length,
      disable: kubernetes.disable,
      domain: input.domain,
      homelabName: input.name,
      engines: new Set(apps.flatMap((app) => Object.values(app.databases ?? {}).map((database) => database.engine))),
      hasRoutes: apps.some((app) => app.host !== undefined || app.routes !== undefined || Object.values(app.services ?? {}).some((service) => service.host !== undefined || service.routes !== undefined)),
    },
    e,
  );
  const context = { platform, domain: input.domain, timeZone, spreadKinds: spreadKinds(site) };
  const homelab: Homelab = {
    name: input.name,
    domain: input.domain,
    timeZone,
    lan: list(input.lan),
    machines,
    site,
    kubernetes,
    platform,
    registries: mapNamed(input.registries, (name, registry) => ({
      name,
      username: registry.username,
      password: registry.password,
      mirrors: registry.mirrors ?? [],
      insecure: e.or(["registries", name, "insecure"], registry.insecure, false, "https, and a certificate that someone vouches for"),
    })),
    artifacts: { mirror: input.artifacts?.mirror },
    secrets: {
      by: e.or<"sops">(["secrets", "by"], input.secrets?.by, "sops", "git, Flux and NixOS read it, too"),
      file: e.or(["secrets", "file"], input.secrets?.file, "secrets.sops.yaml", "beside the homelab's file"),
      recipients: input.secrets?.recipients ?? [],
    },
    apps: mapNamed(input.apps, (name, app) => expandApp(name, app, context, e)),
    objects: (input.objects ?? []).map((object) => ("file" in object && typeof object.file === "string" && !("kind" in object) ? { kind: "file", file: object.file } : { kind: "inline", object })),
    charts: mapNamed(input.charts, (name, chart) => ({
      name,
      repository: chart.repository,
      chart: e.or(["charts", name, "chart"], chart.chart, name, "the name here"),
      version: chart.version,
      namespace: e.or(["charts", name, "namespace"], chart.namespace, name, "the name here"),
      values: chart.values ?? {},
    })),
    patches: (input.patches ?? []).map(expandPatch),
    defaults: e.defaults,
  };
  return { homelab, sourcePath: (path) => e.sourcePath(path) };
}

/** Kinds of which there are several that carry something: copies can be spread over those. */
function spreadKinds(site: Readonly<Record<string, SitePart>>): SitePartKind[] {
  const counts = new Map<SitePartKind, number>();
  for (const part of Object.values(site)) {
    if (part.connects.length + part.powers.length + part.runs.length > 0) counts.set(part.kind, (counts.get(part.kind) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 1).map(([kind]) => kind);
}

/** Parts that k3s would bring, and that the platform leaves out or replaces. */
function impliedDisable(input: HomelabInput): { part: string; why: string }[] {
  const { platform = {}, kubernetes } = input;
  if (kubernetes?.distribution === "kubeadm") return [];
  const implied: { part: string; why: string }[] = [];
  const ingress = typeof platform.ingress === "string" ? platform.ingress : platform.ingress?.by;
  if (ingress === "none") implied.push({ part: "traefik", why: "platform.ingress is none" });
  const written = platform.loadBalancer;
  const loadBalancer = typeof written === "string" ? written : (written?.by ?? (written?.pools === undefined && written?.mode === undefined ? undefined : "metallb"));
  if (loadBalancer !== undefined && loadBalancer !== "servicelb") implied.push({ part: "servicelb", why: `platform.loadBalancer is ${loadBalancer}` });
  const storage = platform.storage;
  const classes = typeof storage === "string" ? { [storage]: storage } : storage?.classes;
  const localPath = classes?.["local-path"];
  if (classes !== undefined && (typeof localPath === "string" ? localPath : localPath?.kind) !== "local-path") {
    implied.push({ part: "local-storage", why: "platform.storage has no class local-path" });
  }
  const metrics = typeof platform.metrics === "boolean" ? platform.metrics : platform.metrics?.enabled;
  if (metrics === false) implied.push({ part: "metrics-server", why: "platform.metrics is off" });
  return implied;
}
