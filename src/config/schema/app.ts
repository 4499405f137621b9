/** An app: one service in short form, or several; its databases, volumes, files, secrets, jobs; and what it promises. */
import { z } from "zod";
import { backup } from "./backup-plan.ts";
import { cronJob, job } from "./job.ts";
import { patch } from "./own-objects.ts";
import { SECURITY_LEVELS } from "./platform.ts";
import { promise } from "./promise.ts";
import { service, serviceFields, serviceRule } from "./service.ts";
import {
  absolutePath,
  cidr,
  fileName,
  labelKey,
  labels,
  line,
  memory,
  name,
  oneOf,
  port,
  scalarText,
  secretName,
  serviceName,
  wholeNumber,
} from "./scalars.ts";
import { nearestName } from "../../lib/nearest-name.ts";
import { isMap, structure, type Report } from "./structure.ts";

const volumeSize = memory.describe("Its size, such as 5Gi.");

const volume = z.union([
  memory,
  z.strictObject({
    size: volumeSize,
    path: absolutePath.optional().describe("Where it appears in the app's only service."),
    storageClass: name.optional().describe("A class of platform.storage."),
    access: oneOf(["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"]).optional().describe("Who may mount it at once."),
    perReplica: z.boolean().optional().describe("Whether each copy has its own."),
    backup: backup.optional().describe("Whether and when it is backed up."),
  }),
]);

const database = z.strictObject({
  engine: oneOf(["postgres", "mariadb"]).describe("PostgreSQL or MariaDB."),
  version: z.union([line, z.number()]).optional().describe("Its version."),
  instances: wholeNumber(1, 9).optional().describe("One, or one and its standbys."),
  size: memory.optional().describe("Its volume's size."),
  storageClass: name.optional().describe("A class of platform.storage."),
  resources: serviceFields.resources,
  backup: backup.optional().describe("Whether and when it is backed up."),
});

const configFile = structure(
  z.strictObject({
    content: z.string({ error: "expected:text" }).optional().describe("What is in it."),
    file: line.optional().describe("Or the file beside this one that it is read from."),
    path: absolutePath.optional().describe("Where it appears in the app's only service."),
  }),
  (value, report) => {
    if ((value["content"] === undefined) === (value["file"] === undefined)) report([], "a configuration file needs content or file", "Give exactly one of them.");
  },
);

const ports = z.array(port).min(1, { error: "expected:a list that is not empty" });

const egress = z.union([
  oneOf(["none", "internet"]),
  z.array(
    z.union([
      oneOf(["internet"]),
      structure(
        z.strictObject({
          app: name.optional().describe("An app of this homelab."),
          cidr: cidr.optional().describe("An address range."),
          internet: z.literal(true).optional().describe("Everything outside private ranges."),
          ports: ports.optional().describe("Only these ports."),
        }),
        (value, report) => {
          const targets = ["app", "cidr", "internet"].filter((target) => value[target] !== undefined);
          if (targets.length !== 1) report([], "an egress rule needs exactly one target", "Give one of app, cidr and internet.");
          else if (targets[0] === "app" && value["ports"] !== undefined) report(["ports"], "ports are not for app", "Remove them: an app is reached on its own ports.");
        },
      ),
    ]),
  ),
]);

const { image, ...otherServiceFields } = serviceFields;

export const app = structure(
  z.strictObject({
    image: image.describe("The container image of an app with one service; use services for several."),
    ...otherServiceFields,
    namespace: name.optional().describe("Its namespace; its own name by default."),
    services: z.record(serviceName, service).optional().describe("Its services, by name."),
    databases: z.record(serviceName, database).optional().describe("Its databases, by name."),
    volumes: z.record(serviceName, volume).optional().describe("Its volumes, by name."),
    configFiles: z.record(fileName, z.union([z.string(), configFile])).optional().describe("Its configuration files, by name."),
    secrets: z
      .union([z.array(secretName), z.record(secretName, z.union([absolutePath, z.strictObject({ path: absolutePath.optional() })]))])
      .optional()
      .describe("Values of the secrets file that it uses."),
    jobs: z.record(serviceName, job).optional().describe("What runs once."),
    cronJobs: z.record(serviceName, cronJob).optional().describe("What runs by the clock."),
    promise: promise.optional().describe("What it must survive, how fast it must be back, what it may lose."),
    security: oneOf(SECURITY_LEVELS).optional().describe("The Pod Security level of its namespace."),
    network: z
      .strictObject({
        policy: z.boolean().optional().describe("Whether it gets a NetworkPolicy."),
        from: z.array(name).optional().describe("Apps that may connect to it."),
        egress: egress.optional().describe("Where it may connect to; everywhere by default."),
      })
      .optional()
      .describe("Who may connect to it, and where it may connect to."),
    labels: labels.optional().describe("Labels of its objects."),
    annotations: z.record(labelKey, scalarText).optional().describe("Annotations of its objects."),
    patches: z.array(patch).optional().describe("Changes to the objects made for it."),
  }),
  (value, report) => {
    serviceRule(value, report);
    const services = value["services"];
    const used = Object.keys(serviceFields).filter((field) => field !== "security" && value[field] !== undefined);
    if (services !== undefined) {
      for (const field of used) report([field], `${field} is given beside services`, "Move it into one of services: beside them it would say nothing.");
      if (isMap(services) && Object.keys(services).length === 0) report(["services"], "services is empty", "Add a service.");
    } else if (value["image"] === undefined && (used.length > 0 || !["jobs", "cronJobs", "databases"].some((field) => isMap(value[field]) && Object.keys(value[field]).length > 0))) {
      report([], "the app has no image", "Add image, or services.");
    }
    reportPathsWithoutService(value, report);
    reportUnknownMounts(value, report);
    reportJobsWithoutImage(value, report);
  },
).meta({ id: "App", description: "What you deploy: services, databases, volumes, jobs." });

/** `path` of a volume, file or secret means the app's only service; with several it would be a guess. */
function reportPathsWithoutService(value: Record<string, unknown>, report: Report): void {
  const services = value["services"];
  const serviceCount = isMap(services) ? Object.keys(services).length : value["image"] === undefined ? 0 : 1;
  if (serviceCount === 1) return;
  for (const field of ["volumes", "configFiles", "secrets"]) {
    const things = value[field];
    if (!isMap(things)) continue;
    for (const [key, thing] of Object.entries(things)) {
      const path = isMap(thing) ? thing["path"] : field === "secrets" ? thing : undefined;
      if (path === undefined || path === null) continue;
      report([field, key, ...(isMap(thing) ? ["path"] : [])], `the app has ${serviceCount} services, so the path says not where`, `Remove it here, and mount ${key} in a service: mounts: { ${key}: ${String(path)} }.`);
    }
  }
}

/** In `mounts: { data: /data }`, data is a volume, a file or a secret of the app: it must be one of them. */
function reportUnknownMounts(value: Record<string, unknown>, report: Report): void {
  const known = ["volumes", "configFiles", "secrets"].flatMap((field) => {
    const things = value[field];
    return Array.isArray(things) ? things.filter((thing) => typeof thing === "string") : isMap(things) ? Object.keys(things) : [];
  });
  for (const [path, workload] of workloadsOf(value)) {
    const mounts = workload["mounts"];
    if (!isMap(mounts)) continue;
    for (const name of Object.keys(mounts)) {
      if (known.includes(name)) continue;
      const meant = nearestName(name, known);
      report([...path, "mounts", name], `no volume, configuration file or secret of the app is named ${name}`, meant === undefined ? `Add ${name} to volumes, configFiles or secrets.` : `Write ${meant}, or add ${name} to volumes, configFiles or secrets.`);
    }
  }
}

/** The app itself in short form, its services, jobs and cron jobs, each with its path in the app. */
function workloadsOf(value: Record<string, unknown>): [string[], Record<string, unknown>][] {
  const groups = ["services", "jobs", "cronJobs"].flatMap((group) => {
    const things = value[group];
    return isMap(things) ? Object.entries(things).map(([name, thing]): [string[], unknown] => [[group, name], thing]) : [];
  });
  return [[[] as string[], value] as [string[], unknown], ...groups].filter((pair): pair is [string[], Record<string, unknown>] => isMap(pair[1]));
}

/** A job runs the image of the app's only service unless it names one: with none or several there is nothing to take. */
function reportJobsWithoutImage(value: Record<string, unknown>, report: Report): void {
  const services = value["services"];
  const serviceCount = isMap(services) ? Object.keys(services).length : value["image"] === undefined ? 0 : 1;
  if (serviceCount === 1) return;
  for (const group of ["jobs", "cronJobs"]) {
    const jobs = value[group];
    if (!isMap(jobs)) continue;
    for (const [name, job] of Object.entries(jobs)) {
      if (isMap(job) && job["image"] === undefined) report([group, name], `${name} has no image, and the app has ${serviceCount} services to take one from`, "Add image.");
    }
  }
}
