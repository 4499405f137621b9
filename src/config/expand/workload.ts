/** What services, jobs and cron jobs share: image, environment, mounts, resources, placement. */
import type { z } from "zod";
import { quantityNumber } from "../../lib/quantity.ts";
import type { AppSecret, EnvValue, Mount, Placement, Resources, Security, SitePartKind, Volume, Workload, ConfigFile } from "../homelab.ts";
import type { service as serviceSchema } from "../schema/service.ts";
import { isMap } from "../schema/structure.ts";
import { duration, list, mapNamed, optionalQuantity, quantity, type Expansion } from "./expansion.ts";

export type ServiceInput = z.input<typeof serviceSchema>;
export type WorkloadInput = Pick<
  ServiceInput,
  "architectures" | "imagePullPolicy" | "command" | "args" | "env" | "mounts" | "resources" | "placement" | "security" | "runAs" | "gracePeriod" | "priorityClass"
>;
export type ResourcesInput = ServiceInput["resources"];

/** What a workload may refer to in its app. */
export interface AppContext {
  readonly security: Security;
  readonly volumes: Readonly<Record<string, Volume>>;
  readonly configFiles: Readonly<Record<string, ConfigFile>>;
  /** Declared ones; those that are only used are added here. */
  readonly secrets: Record<string, AppSecret>;
  /** Kinds of site parts that copies are spread over. */
  readonly spreadKinds: readonly SitePartKind[];
}

type At = readonly (string | number)[];

export function expandWorkload(name: string, image: string, input: WorkloadInput, extraMounts: readonly Mount[], context: AppContext, path: At, e: Expansion): Workload {
  return {
    name,
    image,
    architectures: input.architectures ?? [],
    imagePullPolicy: input.imagePullPolicy,
    command: input.command,
    args: input.args,
    env: mapNamed(input.env, (variable, value) => expandEnv(value, [...path, "env", variable], context, e)),
    mounts: [...extraMounts, ...expandMounts(input.mounts, context, [...path, "mounts"], extraMounts.length, e)],
    resources: expandResources(input.resources, { cpu: "50m", memory: "64Mi" }, "a small web server's share", [...path, "resources"], e),
    placement: expandPlacement(input.placement, context, [...path, "placement"], e),
    security: e.or([...path, "security"], input.security, context.security, "the app's"),
    runAs: { user: input.runAs?.user, group: input.runAs?.group },
    gracePeriod: duration(e.or([...path, "gracePeriod"], input.gracePeriod, "30s", "Kubernetes' own default")),
    priorityClass: input.priorityClass,
  };
}

function expandEnv(value: NonNullable<WorkloadInput["env"]>[string], path: At, context: AppContext, e: Expansion): EnvValue {
  if (!isMap(value)) return { kind: "literal", value: e.text(path, value) };
  if (value.secret !== undefined) {
    useSecret(value.secret, context);
    return { kind: "secret", secret: value.secret };
  }
  if (value.database !== undefined) return { kind: "database", database: value.database, key: value.key ?? "uri" };
  if (value.field !== undefined) return { kind: "field", field: value.field };
  return { kind: "literal", value: value.value === undefined ? "" : e.text([...path, "value"], value.value) };
}

function useSecret(name: string, context: AppContext): void {
  if (!Object.hasOwn(context.secrets, name)) context.secrets[name] = { name };
}

function expandMounts(written: WorkloadInput["mounts"], context: AppContext, path: At, offset: number, e: Expansion): Mount[] {
  if (written === undefined) return [];
  if (!Array.isArray(written)) {
    return Object.entries(written).map(([name, at], index) => {
      e.comesFrom([...path, offset + index], [...path, name]);
      return mountOf(sourceOf(name, context), name, at, [...path, offset + index], e);
    });
  }
  return written.map((mount, index) => {
    const to = [...path, offset + index];
    if (offset > 0) e.comesFrom(to, [...path, index]);
    if (mount.volume !== undefined) return { ...mountOf("volume", mount.volume, mount.path, to, e, mount.readOnly), subPath: mount.subPath };
    if (mount.configFile !== undefined) return { ...mountOf("config-file", mount.configFile, mount.path, to, e, mount.readOnly), subPath: mount.subPath };
    if (mount.secret !== undefined) {
      useSecret(mount.secret, context);
      return { ...mountOf("secret", mount.secret, mount.path, to, e, mount.readOnly), subPath: mount.subPath };
    }
    return { ...mountOf("temporary", mount.temporary ?? "temporary", mount.path, to, e, mount.readOnly), subPath: mount.subPath, size: optionalQuantity(mount.size) };
  });
}

/** What a name in `mounts: { NAME: path }` means: a rule of the schema has made sure that it is one of them. */
function sourceOf(name: string, context: AppContext): Mount["source"] {
  if (Object.hasOwn(context.volumes, name)) return "volume";
  return Object.hasOwn(context.configFiles, name) ? "config-file" : "secret";
}

export function mountOf(source: Mount["source"], name: string, at: string, path: At, e: Expansion, readOnly?: boolean): Mount {
  const isGiven = source === "config-file" || source === "secret";
  return {
    source,
    name,
    path: at,
    readOnly: e.or([...path, "readOnly"], readOnly, isGiven, isGiven ? "it comes from the file, not from the app" : "the app writes there"),
    subPath: undefined,
    size: undefined,
  };
}

/** `cpu` and `memory` alone are requests. A default request never exceeds a limit that was written. */
export function expandResources(written: ResourcesInput, standard: { cpu: string; memory: string }, why: string, path: At, e: Expansion): Resources {
  const limits = { cpu: optionalQuantity(written?.limits?.cpu), memory: optionalQuantity(written?.limits?.memory) };
  const request = (field: "cpu" | "memory") => {
    const own = written?.requests?.[field] ?? written?.[field];
    const limit = limits[field];
    const isOver = limit !== undefined && limit.value < quantityNumber(standard[field]);
    return quantity(e.or<string | number>([...path, "requests", field], own, isOver ? limit.text : standard[field], isOver ? "its limit" : why));
  };
  for (const field of ["cpu", "memory"] as const) {
    if (written?.requests?.[field] === undefined && written?.[field] !== undefined) e.comesFrom([...path, "requests", field], [...path, field]);
  }
  return { requests: { cpu: request("cpu"), memory: request("memory") }, limits };
}

function expandPlacement(written: WorkloadInput["placement"], context: AppContext, path: At, e: Expansion): Placement {
  const standard = (["machine", ...context.spreadKinds] as const).map((over) => ({ over, required: false, maxSkew: 1 }));
  if (written?.spread === undefined) {
    e.note([...path, "spread"], standard, context.spreadKinds.length === 0 ? "one machine's failure should take few copies" : "one machine's or site part's failure should take few copies");
  }
  return {
    labels: e.labels([...path, "labels"], written?.labels),
    machines: list(written?.machines),
    tolerations: (written?.tolerations ?? []).map((toleration, index) => ({
      key: toleration.key,
      value: toleration.value === undefined ? undefined : e.text([...path, "tolerations", index, "value"], toleration.value),
      effect: toleration.effect,
      seconds: toleration.seconds,
    })),
    spread:
      written?.spread === undefined
        ? standard
        : written.spread.map((one, index) => {
            const own = typeof one === "string" ? { over: one } : one;
            return {
              over: own.over,
              required: e.or([...path, "spread", index, "required"], own.required, false, "a copy in a full place is better than none"),
              maxSkew: e.or([...path, "spread", index, "maxSkew"], own.maxSkew, 1, "as even as can be"),
            };
          }),
    near: written?.near ?? [],
    apart: written?.apart ?? [],
  };
}
