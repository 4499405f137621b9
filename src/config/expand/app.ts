/** An app in long form. */
import type { z } from "zod";
import type { App, AppNetwork, AppPromise, AppSecret, BackupPlan, ConfigFile, CronJob, Database, EgressRule, Job, Mount, Patch, Platform, Survival, Volume } from "../homelab.ts";
import type { app as appSchema } from "../schema/app.ts";
import type { promise as promiseSchema } from "../schema/promise.ts";
import type { patch as patchSchema } from "../schema/own-objects.ts";
import { serviceFields } from "../schema/service.ts";
import { isMap } from "../schema/structure.ts";
import { duration, list, mapNamed, quantity, type Expansion } from "./expansion.ts";
import { cronOf, expandBackup } from "./schedule.ts";
import { expandService, type ServiceContext } from "./service.ts";
import { expandResources, expandWorkload, mountOf, type ServiceInput } from "./workload.ts";

type AppInput = z.input<typeof appSchema>;

export interface HomelabContext {
  readonly platform: Platform;
  readonly domain: string | undefined;
  readonly timeZone: string;
  readonly spreadKinds: ServiceContext["spreadKinds"];
}

/** Versions that the operators' own images carry as long-term releases. */
const DATABASE_VERSIONS = { postgres: "17", mariadb: "11.8" } as const;

export function expandApp(name: string, input: AppInput, context: HomelabContext, e: Expansion): App {
  const path = ["apps", name];
  const security = e.or([...path, "security"], input.security, context.platform.policies.podSecurity, "platform.policies.podSecurity");
  const volumes = mapNamed(input.volumes, (volume, one) => expandVolume(volume, one, context.platform, [...path, "volumes", volume], e));
  const configFiles = mapNamed(input.configFiles, (file, one): ConfigFile => ({ name: file, content: typeof one === "string" ? one : (one.content ?? "") }));
  const secrets = Object.fromEntries((Array.isArray(input.secrets) ? input.secrets : Object.keys(input.secrets ?? {})).map((secret): [string, AppSecret] => [secret, { name: secret }]));
  const inApp: ServiceContext = {
    security,
    volumes,
    configFiles,
    secrets,
    spreadKinds: context.spreadKinds,
    domain: context.domain,
    hasCertificates: context.platform.certificates !== undefined,
  };
  const services = servicesOf(name, input, path, e);
  const only = Object.keys(services).length === 1 ? Object.values(services)[0] : undefined;
  const expandedServices = mapNamed(services, (service, one) => {
    const at = [...path, "services", service];
    return expandService(service, one, only === undefined ? [] : mountsOfApp(input, [...at, "mounts"], path, e), inApp, at, e);
  });
  const jobImage = (kind: "jobs" | "cronJobs", job: string, own: string | undefined) => e.or([...path, kind, job, "image"], own, only?.image ?? "", "the image of the app's only service");
  return {
    name,
    namespace: e.or([...path, "namespace"], input.namespace, name, "one namespace for each app"),
    services: expandedServices,
    databases: mapNamed(input.databases, (database, one) => expandDatabase(database, one, context.platform, [...path, "databases", database], e)),
    volumes,
    configFiles,
    jobs: mapNamed(input.jobs, (job, one): Job => {
      const at = [...path, "jobs", job];
      return {
        ...expandWorkload(job, jobImage("jobs", job, one.image), one, [], inApp, at, e),
        when: e.or<Job["when"]>([...at, "when"], one.when, "install", "once, when the app is installed"),
        retries: e.or([...at, "retries"], one.retries, 6, "Kubernetes' own default"),
        deadline: one.deadline === undefined ? undefined : duration(one.deadline),
      };
    }),
    cronJobs: mapNamed(input.cronJobs, (job, one): CronJob => {
      const at = [...path, "cronJobs", job];
      return {
        ...expandWorkload(job, jobImage("cronJobs", job, one.image), one, [], inApp, at, e),
        schedule: cronOf(one.schedule),
        timeZone: e.or([...at, "timeZone"], one.timeZone, context.timeZone, "the homelab's timeZone"),
        concurrency: e.or<CronJob["concurrency"]>([...at, "concurrency"], one.concurrency, "Forbid", "two runs at once are rarely meant"),
        retries: e.or([...at, "retries"], one.retries, 6, "Kubernetes' own default"),
        deadline: one.deadline === undefined ? undefined : duration(one.deadline),
        keepSucceeded: e.or([...at, "keepSucceeded"], one.keepSucceeded, 3, "Kubernetes' own default"),
        keepFailed: e.or([...at, "keepFailed"], one.keepFailed, 1, "Kubernetes' own default"),
        suspended: e.or([...at, "suspended"], one.suspended, false, "it runs"),
      };
    }),
    // After the workloads: they add the secrets that only they name.
    secrets,
    promise: input.promise === undefined ? undefined : expandPromise(input.promise, [...path, "promise"], e),
    security,
    network: expandNetwork(input.network, context.platform, [...path, "network"], e),
    labels: e.labels([...path, "labels"], input.labels),
    annotations: e.labels([...path, "annotations"], input.annotations),
    patches: (input.patches ?? []).map(expandPatch),
  };
}

/** The services as written, or the one that the app itself is in short form. */
function servicesOf(name: string, input: AppInput, path: readonly string[], e: Expansion): Readonly<Record<string, ServiceInput>> {
  if (input.services !== undefined || input.image === undefined) return input.services ?? {};
  e.comesFrom([...path, "services", name], path);
  const own = Object.fromEntries(Object.keys(serviceFields).flatMap((field) => (field === "security" ? [] : [[field, (input as Record<string, unknown>)[field]]])));
  return { [name]: { ...own, image: input.image } };
}

/** Mounts that volumes, files and secrets with a `path` mean in the only service. */
function mountsOfApp(input: AppInput, path: readonly (string | number)[], appPath: readonly string[], e: Expansion): Mount[] {
  const mounts: Mount[] = [];
  const add = (source: Mount["source"], name: string, at: string | undefined, from: readonly string[]) => {
    if (at === undefined) return;
    const to = [...path, mounts.length];
    e.comesFrom(to, [...appPath, ...from]);
    mounts.push(mountOf(source, name, at, to, e));
  };
  for (const [name, volume] of Object.entries(input.volumes ?? {})) add("volume", name, isMap(volume) ? volume.path : undefined, ["volumes", name]);
  for (const [name, file] of Object.entries(input.configFiles ?? {})) add("config-file", name, isMap(file) ? file.path : undefined, ["configFiles", name]);
  if (input.secrets !== undefined && !Array.isArray(input.secrets)) {
    for (const [name, secret] of Object.entries(input.secrets)) add("secret", name, isMap(secret) ? secret.path : secret, ["secrets", name]);
  }
  return mounts;
}

function expandVolume(name: string, written: NonNullable<AppInput["volumes"]>[string], platform: Platform, path: readonly string[], e: Expansion): Volume {
  const input = typeof written === "string" ? { size: written } : written;
  return {
    name,
    size: quantity(input.size),
    storageClass: e.or([...path, "storageClass"], input.storageClass, platform.storage.default, "platform.storage.default"),
    access: e.or<Volume["access"]>([...path, "access"], input.access, "ReadWriteOnce", "what every kind of storage can do"),
    perReplica: e.or([...path, "perReplica"], input.perReplica, false, "copies share it"),
    backup: expandBackup(input.backup, plannedFor(platform), [...path, "backup"], e),
  };
}

function plannedFor(platform: Platform): BackupPlan | undefined {
  return platform.backups?.plan;
}

function expandDatabase(name: string, input: NonNullable<AppInput["databases"]>[string], platform: Platform, path: readonly string[], e: Expansion): Database {
  return {
    name,
    engine: input.engine,
    version: input.version === undefined ? e.or([...path, "version"], undefined, DATABASE_VERSIONS[input.engine], "a version with years of support ahead") : e.text([...path, "version"], input.version),
    instances: e.or([...path, "instances"], input.instances, 1, "one is enough until a promise asks for more"),
    size: quantity(e.or([...path, "size"], input.size, "1Gi", "enough to begin with")),
    storageClass: e.or([...path, "storageClass"], input.storageClass, platform.storage.default, "platform.storage.default"),
    resources: expandResources(input.resources, { cpu: "100m", memory: "256Mi" }, "a small database's share", [...path, "resources"], e),
    backup: expandBackup(input.backup, plannedFor(platform), [...path, "backup"], e),
  };
}

function expandNetwork(input: AppInput["network"], platform: Platform, path: readonly string[], e: Expansion): AppNetwork {
  const egress = input?.egress;
  return {
    policy: e.or([...path, "policy"], input?.policy, platform.policies.networkPolicies, "platform.policies.networkPolicies"),
    from: input?.from ?? [],
    egress: egress === undefined ? undefined : egress === "none" ? [] : egress === "internet" ? [{ kind: "internet", ports: [] }] : egress.map(expandEgress),
  };
}

function expandEgress(rule: Exclude<NonNullable<NonNullable<AppInput["network"]>["egress"]>, string>[number]): EgressRule {
  if (rule === "internet") return { kind: "internet", ports: [] };
  if (rule.app !== undefined) return { kind: "app", app: rule.app };
  if (rule.cidr !== undefined) return { kind: "cidr", cidr: rule.cidr, ports: rule.ports ?? [] };
  return { kind: "internet", ports: rule.ports ?? [] };
}

function expandPromise(input: z.input<typeof promiseSchema>, path: readonly string[], e: Expansion): AppPromise {
  const loses = e.or([...path, "loses"], input.loses, "nothing", "a promise that names no loss allows none");
  return {
    survives: list(input.survives).map(survivalOf),
    backWithin: input.backWithin === undefined ? undefined : duration(input.backWithin),
    loses: loses === "nothing" ? { kind: "nothing" } : loses === "everything since the last backup" ? { kind: "since-last-backup" } : { kind: "writes", within: duration(loses) },
    byHand: e.or([...path, "byHand"], input.byHand, false, "what only a person can mend counts as broken"),
  };
}

function survivalOf(text: string): Survival {
  switch (text) {
    case "one machine":
      return { kind: "one-machine" };
    case "two machines":
      return { kind: "two-machines" };
    case "one site part":
      return { kind: "one-site-part" };
    default:
      return { kind: "named", name: text };
  }
}

export function expandPatch(input: z.input<typeof patchSchema>): Patch {
  return {
    target: { kind: input.target.kind, name: input.target.name, namespace: input.target.namespace },
    change: input.json === undefined ? { type: "strategic", patch: input.merge ?? {} } : { type: "json", patch: input.json },
  };
}
