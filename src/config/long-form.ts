/**
 * A homelab back as a file: the long form, every default written out. Loading what this gives makes the same homelab, so that
 * `explain` never shows a field that the file could not say.
 */
import { own } from "../lib/own.ts";
import type {
  App,
  AppService,
  Argument,
  CpuMemory,
  CronJob,
  Disk,
  Duration,
  EgressRule,
  EnvValue,
  Homelab,
  Job,
  Kubernetes,
  Loss,
  Machine,
  Mount,
  Patch,
  Platform,
  Probe,
  Quantity,
  Resources,
  SitePart,
  Survival,
  Workload,
} from "./homelab.ts";

/** Fields without a value are left out; so are maps and lists with nothing in them. */
type Fields = Record<string, unknown>;

/** The homelab in the file's words, plain data. */
export function longForm(homelab: Homelab): Fields {
  return fields({
    name: homelab.name,
    domain: homelab.domain,
    timeZone: homelab.timeZone,
    lan: homelab.lan,
    machines: each(homelab.machines, machine),
    site: each(homelab.site, sitePart),
    kubernetes: kubernetes(homelab.kubernetes),
    platform: platform(homelab.platform),
    registries: each(homelab.registries, ({ name: _name, ...registry }) => fields({ ...registry })),
    artifacts: fields({ ...homelab.artifacts }),
    secrets: fields({ ...homelab.secrets }),
    apps: each(homelab.apps, app),
    objects: homelab.objects.map((object) => (object.kind === "inline" ? object.object : { file: object.file })),
    charts: each(homelab.charts, ({ name: _name, ...chart }) => fields({ ...chart })),
    patches: homelab.patches.map(patch),
  });
}

function fields(values: Fields): Fields {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && !isHollow(value)));
}

function isHollow(value: unknown): boolean {
  return typeof value === "object" && value !== null && (Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0);
}

/** A map whose entries stay even where nothing is in them: their names say something. */
function each<T>(values: Readonly<Record<string, T>>, print: (value: T) => unknown): Fields | undefined {
  const entries = Object.entries(values);
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([name, value]) => [name, print(value)]));
}

function amount(value: Quantity | undefined): string | undefined {
  return value?.text;
}

function time(value: Duration | undefined): string | undefined {
  return value?.text;
}

function cpuMemory(value: CpuMemory): Fields {
  return fields({ cpu: amount(value.cpu), memory: amount(value.memory) });
}

function disk(value: Disk): Fields {
  return fields({ kind: value.kind, size: amount(value.size), device: value.device, use: value.use });
}

function args(values: readonly Argument[]): Fields {
  const result: Record<string, string | string[]> = {};
  for (const { name, value } of values) {
    const before = own(result, name);
    result[name] = before === undefined ? value : [...(typeof before === "string" ? [before] : before), value];
  }
  return result;
}

function machine(value: Machine): Fields {
  return fields({
    ...value,
    name: undefined,
    roles: value.roles.length === 0 ? ["none"] : value.roles,
    taints: value.taints.map((taint) => ({ ...taint })),
    memory: amount(value.memory),
    cpu: amount(value.cpu),
    disks: value.disks.map(disk),
    os: fields({ ...value.os }),
    ssh: fields({ ...value.ssh }),
    reserved: fields({ system: cpuMemory(value.reserved.system), kubernetes: cpuMemory(value.reserved.kubernetes) }),
    network: fields({ ...value.network }),
    journalMax: amount(value.journalMax),
    kubeletArgs: args(value.kubeletArgs),
  });
}

function sitePart(value: SitePart): Fields {
  return fields({
    ...value,
    name: undefined,
    forwards: value.forwards.map((forward) => ({ ...forward })),
    arpExpiry: time(value.arpExpiry),
    holds: time(value.holds),
    cpu: amount(value.cpu),
    memory: amount(value.memory),
    disks: value.disks.map(disk),
  });
}

function kubernetes(value: Kubernetes): Fields {
  const { enforcesPolicies: _derived, ...network } = value.network;
  return fields({
    ...value,
    // Nobody is not the same as nothing said.
    endpoint: { ...fields({ ...value.endpoint }), on: value.endpoint.on },
    datastore: fields({
      ...value.datastore,
      quota: amount(value.datastore.quota),
      memoryLimit: amount(value.datastore.memoryLimit),
      compactionRetention: time(value.datastore.compactionRetention),
    }),
    network: fields({ ...network, dns: fields({ ...network.dns }) }),
    extraArgs: fields(Object.fromEntries(Object.entries(value.extraArgs).map(([component, list]) => [component, args(list)]))),
    kubelet: { ...value.kubelet, containerLogMaxSize: amount(value.kubelet.containerLogMaxSize), memoryMin: amount(value.kubelet.memoryMin) },
    certificates: { ...value.certificates, validity: time(value.certificates.validity), caValidity: time(value.certificates.caValidity) },
    eventTtl: time(value.eventTtl),
  });
}

function platform(value: Platform): Fields {
  const { bundled: _derived, ...ingress } = value.ingress;
  const { monitoring, gitops, git } = value;
  const takesPools = value.loadBalancer.by === "metallb" || value.loadBalancer.by === "kube-vip";
  const store = (one: { retention: Duration; size: Quantity } | undefined) => (one === undefined ? undefined : { retention: time(one.retention), size: amount(one.size) });
  return fields({
    ingress,
    certificates: value.certificates === undefined ? undefined : certificates(value.certificates),
    loadBalancer: fields({
      by: value.loadBalancer.by,
      mode: value.loadBalancer.by === "servicelb" ? undefined : value.loadBalancer.mode,
      pools: takesPools ? each(value.loadBalancer.pools, ({ name: _name, ...pool }) => pool) : undefined,
    }),
    storage: fields({
      default: value.storage.default,
      classes: each(value.storage.classes, ({ name: _name, ...one }) => {
        const isCopying = one.kind === "longhorn" || one.kind === "ceph" || one.kind === "linstor";
        return fields({ ...one, replicas: isCopying ? one.replicas : undefined });
      }),
    }),
    metrics: { enabled: value.metrics.enabled, resolution: time(value.metrics.resolution) },
    databases: value.databases,
    backups: value.backups,
    monitoring: fields({
      prometheus: store(monitoring.prometheus),
      // Present with nothing in it, it still means that Grafana runs.
      grafana: monitoring.grafana === undefined ? undefined : isHollow(fields({ ...monitoring.grafana })) ? true : fields({ ...monitoring.grafana }),
      loki: store(monitoring.loki),
      alerts: monitoring.alerts.map((alert) => fields({ ...alert })),
    }),
    gitops:
      gitops === undefined
        ? undefined
        : fields({ ...gitops, interval: time(gitops.interval), timeout: time(gitops.timeout), notifications: gitops.notifications.map((one) => fields({ ...one })) }),
    git: git === undefined ? undefined : { ...git, size: amount(git.size) },
    imageUpdates: value.imageUpdates,
    policies: value.policies,
  });
}

function certificates(value: NonNullable<Platform["certificates"]>): Fields {
  return fields({ ...value, staging: value.issuer === "local-ca" ? undefined : value.staging });
}

function app(value: App): Fields {
  return fields({
    ...value,
    name: undefined,
    services: each(value.services, service),
    databases: each(value.databases, (one) => fields({ ...one, name: undefined, size: amount(one.size), resources: resources(one.resources), backup: one.backup ?? false })),
    volumes: each(value.volumes, (one) => fields({ ...one, name: undefined, size: amount(one.size), backup: one.backup ?? false })),
    configFiles: each(value.configFiles, (one) => ({ content: one.content })),
    secrets: Object.keys(value.secrets),
    jobs: each(value.jobs, job),
    cronJobs: each(value.cronJobs, cronJob),
    promise:
      value.promise === undefined
        ? undefined
        : fields({ survives: value.promise.survives.map(survival), backWithin: time(value.promise.backWithin), loses: loss(value.promise.loses), byHand: value.promise.byHand }),
    network: fields({ policy: value.network.policy, from: value.network.from, egress: undefined }),
    patches: value.patches.map(patch),
    ...(value.network.egress === undefined
      ? {}
      : { network: { ...fields({ policy: value.network.policy, from: value.network.from }), egress: value.network.egress.length === 0 ? "none" : value.network.egress.map(egress) } }),
  });
}

function workload(value: Workload): Fields {
  return {
    image: value.image,
    architectures: value.architectures,
    imagePullPolicy: value.imagePullPolicy,
    command: value.command,
    args: value.args,
    env: each(value.env, env),
    mounts: value.mounts.map(mount),
    resources: resources(value.resources),
    // An empty spread says that there is none: it must not become the default again.
    placement: {
      ...fields({ labels: value.placement.labels, machines: value.placement.machines, tolerations: value.placement.tolerations.map((one) => fields({ ...one })) }),
      spread: value.placement.spread.map((one) => ({ ...one })),
      ...fields({ near: value.placement.near, apart: value.placement.apart }),
    },
    security: value.security,
    runAs: fields({ ...value.runAs }),
    gracePeriod: time(value.gracePeriod),
    priorityClass: value.priorityClass,
  };
}

function service(value: AppService): Fields {
  return fields({
    ...workload(value),
    kind: value.kind,
    ports: value.ports.map((port) => ({ ...port })),
    routes: value.routes.map((route) => ({ ...route })),
    exposure: fields({ ...value.exposure }),
    replicas: value.scale === undefined ? value.replicas : undefined,
    scale: value.scale === undefined ? undefined : fields({ ...value.scale }),
    update: { ...value.update },
    readiness: probe(value.readiness),
    liveness: probe(value.liveness),
    startup: probe(value.startup),
    disruptionBudget: value.disruptionBudget ?? false,
    after: value.after,
  });
}

function probe(value: Probe | undefined): false | Fields {
  if (value === undefined) return false;
  const { check } = value;
  const asked = check.kind === "exec" ? { command: check.command } : check.kind === "http" ? { path: check.path, port: check.port } : { port: check.port };
  return {
    ...asked,
    initialDelay: time(value.initialDelay),
    period: time(value.period),
    timeout: time(value.timeout),
    failureThreshold: value.failureThreshold,
    successThreshold: value.successThreshold,
  };
}

function job(value: Job): Fields {
  return fields({ ...workload(value), when: value.when, retries: value.retries, deadline: time(value.deadline) });
}

function cronJob(value: CronJob): Fields {
  return fields({
    ...workload(value),
    schedule: value.schedule,
    timeZone: value.timeZone,
    concurrency: value.concurrency,
    retries: value.retries,
    deadline: time(value.deadline),
    keepSucceeded: value.keepSucceeded,
    keepFailed: value.keepFailed,
    suspended: value.suspended,
  });
}

function resources(value: Resources): Fields {
  return fields({ requests: cpuMemory(value.requests), limits: cpuMemory(value.limits) });
}

function env(value: EnvValue): unknown {
  switch (value.kind) {
    case "literal":
      return value.value;
    case "secret":
      return { secret: value.secret };
    case "database":
      return { database: value.database, key: value.key };
    case "field":
      return { field: value.field };
  }
}

function mount(value: Mount): Fields {
  const source = { volume: "volume", "config-file": "configFile", secret: "secret", temporary: "temporary" }[value.source];
  return fields({ [source]: value.name, path: value.path, readOnly: value.readOnly, subPath: value.subPath, size: amount(value.size) });
}

function egress(rule: EgressRule): unknown {
  if (rule.kind === "app") return { app: rule.app };
  if (rule.kind === "cidr") return fields({ cidr: rule.cidr, ports: rule.ports });
  return fields({ internet: true, ports: rule.ports });
}

function survival(value: Survival): string {
  return value.kind === "named" ? value.name : value.kind.replace(/-/g, " ");
}

function loss(value: Loss): string {
  if (value.kind === "writes") return value.within.text;
  return value.kind === "nothing" ? "nothing" : "everything since the last backup";
}

function patch(value: Patch): Fields {
  return { target: fields({ ...value.target }), ...(value.change.type === "strategic" ? { merge: value.change.patch } : { json: value.change.patch }) };
}
