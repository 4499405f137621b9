/** A service in long form: ports, routes, probes, scale, update. */
import type { AppService, CountOrPercent, Exposure, Mount, Probe, Route, Scale, ServicePort, UpdateStrategy } from "../homelab.ts";
import { isMap } from "../schema/structure.ts";
import { duration, list, type Expansion } from "./expansion.ts";
import { fullHost } from "./host.ts";
import { expandWorkload, type AppContext, type ServiceInput } from "./workload.ts";

type At = readonly (string | number)[];

export interface ServiceContext extends AppContext {
  readonly domain: string | undefined;
  readonly hasCertificates: boolean;
}

export function expandService(name: string, input: ServiceInput, extraMounts: readonly Mount[], context: ServiceContext, path: At, e: Expansion): AppService {
  const workload = expandWorkload(name, input.image, input, extraMounts, context, path, e);
  const volumes = workload.mounts.flatMap((mount) => (mount.source === "volume" && Object.hasOwn(context.volumes, mount.name) ? [context.volumes[mount.name]!] : []));
  const hasOwnVolume = volumes.some((volume) => volume.perReplica);
  const isShared = volumes.some((volume) => !volume.perReplica && volume.access.startsWith("ReadWriteOnce"));
  const ports = expandPorts(input, path, e);
  const kind = e.or<AppService["kind"]>(
    [...path, "kind"],
    input.kind,
    hasOwnVolume ? "stateful-set" : "deployment",
    hasOwnVolume ? "each copy has its own volume" : "copies are alike",
  );
  const scale = expandScale(input.scale, [...path, "scale"], e);
  const replicas = scale === undefined ? e.or([...path, "replicas"], input.replicas, 1, "one is enough until a promise asks for more") : scale.min;
  return {
    ...workload,
    kind,
    ports,
    routes: expandRoutes(input, ports, context, path, e),
    exposure: expandExposure(input.exposure, [...path, "exposure"], e),
    replicas,
    scale,
    update: expandUpdate(input.update, kind, isShared, [...path, "update"], e),
    ...expandProbes(input, ports, path, e),
    disruptionBudget: expandBudget(input.disruptionBudget, kind === "daemon-set" ? 0 : replicas, [...path, "disruptionBudget"], e),
    after: input.after ?? [],
  };
}

function expandPorts(input: ServiceInput, path: At, e: Expansion): ServicePort[] {
  if (input.port !== undefined) e.comesFrom([...path, "ports", 0, "port"], [...path, "port"]);
  const written = input.ports ?? (input.port === undefined ? [] : [input.port]);
  return written.map((one, index) => {
    const own = typeof one === "number" ? { port: one } : one;
    const at = [...path, "ports", index];
    const protocol = e.or<"TCP" | "UDP">([...at, "protocol"], own.protocol, "TCP", "what the web runs on");
    const name = written.length === 1 ? "http" : `${protocol.toLowerCase()}-${own.port}`;
    return {
      name: e.or([...at, "name"], own.name, name, written.length === 1 ? "the only port" : "its protocol and number"),
      port: own.port,
      containerPort: e.or([...at, "containerPort"], own.containerPort, own.port, "the same as port"),
      protocol,
    };
  });
}

function expandRoutes(input: ServiceInput, ports: readonly ServicePort[], context: ServiceContext, path: At, e: Expansion): Route[] {
  const main = ports[0]?.port ?? 80;
  const hosts = list(input.host);
  const { path: below, stripPath, tls, redirect } = input;
  const short = hosts.map((host) => ({ host, path: below, stripPath, tls, redirect }));
  for (const index of short.keys()) {
    const to = [...path, "routes", index];
    e.comesFrom([...to, "host"], Array.isArray(input.host) ? [...path, "host", index] : [...path, "host"]);
    for (const field of ["path", "stripPath", "tls", "redirect"]) e.comesFrom([...to, field], [...path, field]);
  }
  return (input.routes ?? short).map((route: NonNullable<ServiceInput["routes"]>[number], index) => {
    const at = [...path, "routes", index];
    const isSecure = e.or([...at, "tls"], route.tls, context.hasCertificates, context.hasCertificates ? "platform.certificates is given" : "there is no platform.certificates");
    return {
      host: fullHost(route.host, context.domain),
      path: e.or([...at, "path"], route.path, "/", "everything"),
      pathType: e.or<Route["pathType"]>([...at, "pathType"], route.pathType, "Prefix", "what is below the path, too"),
      stripPath: e.or([...at, "stripPath"], route.stripPath, false, "the service sees the path as it is"),
      port: e.or([...at, "port"], route.port, main, "the service's first port"),
      tls: isSecure,
      redirect: e.or([...at, "redirect"], route.redirect, isSecure, isSecure ? "what is served by https should be read by https" : "there is no https"),
    };
  });
}

function expandExposure(written: ServiceInput["exposure"], path: At, e: Expansion): Exposure {
  const input: Partial<Exposure> = typeof written === "object" ? written : { kind: written };
  return {
    kind: e.or<Exposure["kind"]>([...path, "kind"], input.kind, "cluster", "its routes, or the other apps, reach it"),
    address: input.address,
    pool: input.pool,
    nodePort: input.nodePort,
  };
}

function expandScale(written: ServiceInput["scale"], path: At, e: Expansion): Scale | undefined {
  if (written === undefined) return undefined;
  return {
    min: e.or([...path, "min"], written.min, 1, "no more than is needed"),
    max: written.max,
    cpu: percentNumber(written.cpu),
    memory: percentNumber(written.memory),
  };
}

function percentNumber(value: string | number | undefined): number | undefined {
  return value === undefined ? undefined : Number.parseInt(String(value), 10);
}

function expandUpdate(written: ServiceInput["update"], kind: AppService["kind"], isShared: boolean, path: At, e: Expansion): UpdateStrategy {
  const input = typeof written === "string" ? { kind: written } : (written ?? {});
  const mustStop = kind === "deployment" && isShared && written === undefined;
  const strategy = e.or<UpdateStrategy["kind"]>(
    [...path, "kind"],
    input.kind,
    mustStop ? "recreate" : "rolling",
    mustStop ? "its volume is for one machine at a time: the new copy would wait for the old one for ever" : "no gap",
  );
  if (strategy === "recreate") return { kind: "recreate" };
  const one = kind === "deployment";
  const surge = input.maxUnavailable !== undefined && isZero(input.maxUnavailable) ? 1 : one ? 1 : 0;
  const maxSurge = e.or<CountOrPercent>([...path, "maxSurge"], input.maxSurge, surge, one ? "the new copy is ready before the old one goes" : "the next copy waits for the one before");
  const isStill = isZero(maxSurge);
  return {
    kind: "rolling",
    maxSurge,
    maxUnavailable: e.or<CountOrPercent>([...path, "maxUnavailable"], input.maxUnavailable, isStill ? 1 : 0, isStill ? "one at a time" : "no copy is missing meanwhile"),
  };
}

function isZero(value: CountOrPercent): boolean {
  return value === 0 || value === "0%";
}

type ProbeInput = ServiceInput["health"];

function expandProbes(input: ServiceInput, ports: readonly ServicePort[], path: At, e: Expansion): Pick<AppService, "readiness" | "liveness" | "startup"> {
  const tcp = ports.find((port) => port.protocol === "TCP")?.containerPort;
  if (input.health !== undefined) {
    e.comesFrom([...path, "readiness"], [...path, "health"]);
    e.comesFrom([...path, "liveness"], [...path, "health"]);
  }
  const readiness = input.readiness ?? input.health;
  if (readiness === undefined && tcp !== undefined) e.note([...path, "readiness", "port"], tcp, "an app that listens can serve");
  if (input.liveness === undefined && input.health === undefined && tcp !== undefined) {
    e.note([...path, "liveness"], false, "a restart can make things worse: only health, where the app says it, asks for one");
  }
  return {
    readiness: expandProbe(readiness ?? (tcp === undefined ? false : { port: tcp }), tcp, [...path, "readiness"], e),
    liveness: expandProbe(livenessOf(input), tcp, [...path, "liveness"], e),
    startup: expandProbe(input.startup, tcp, [...path, "startup"], e),
  };
}

/** `health` asks for both; the number of successes is the readiness probe's alone (Kubernetes takes only 1 for liveness). */
function livenessOf(input: ServiceInput): ProbeInput {
  if (input.liveness !== undefined) return input.liveness;
  return isMap(input.health) ? { ...input.health, successThreshold: undefined } : input.health;
}

function expandProbe(written: ProbeInput, tcpPort: number | undefined, path: At, e: Expansion): Probe | undefined {
  if (written === undefined || written === false) return undefined;
  const input = typeof written === "string" ? { path: written } : written;
  const port = input.port ?? tcpPort ?? 80;
  if (input.command === undefined && input.port === undefined) e.note([...path, "port"], port, "the service's first port");
  return {
    check:
      input.command !== undefined
        ? { kind: "exec", command: input.command }
        : input.path !== undefined
          ? { kind: "http", path: input.path, port }
          : { kind: "tcp", port },
    initialDelay: duration(e.or([...path, "initialDelay"], input.initialDelay, "0s", "Kubernetes' own default")),
    period: duration(e.or([...path, "period"], input.period, "10s", "Kubernetes' own default")),
    timeout: duration(e.or([...path, "timeout"], input.timeout, "1s", "Kubernetes' own default")),
    failureThreshold: e.or([...path, "failureThreshold"], input.failureThreshold, 3, "Kubernetes' own default"),
    successThreshold: e.or([...path, "successThreshold"], input.successThreshold, 1, "Kubernetes' own default"),
  };
}

function expandBudget(written: ServiceInput["disruptionBudget"], replicas: number, path: At, e: Expansion): AppService["disruptionBudget"] {
  if (written === false) return undefined;
  if (written !== undefined) return { maxUnavailable: written.maxUnavailable };
  if (replicas < 2) return undefined;
  e.note([...path, "maxUnavailable"], 1, "a drain takes one copy at a time");
  return { maxUnavailable: 1 };
}
