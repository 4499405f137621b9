/** What a container runs: shared by services, jobs and cron jobs. */
import { z } from "zod";
import { cpuMemory } from "./machine.ts";
import { SECURITY_LEVELS } from "./platform.ts";
import {
  absolutePath,
  cpu,
  durationOrZero,
  fileName,
  image,
  labelKey,
  labels,
  labelValue,
  memory,
  name,
  oneOf,
  oneOrMore,
  scalarText,
  secretName,
  serviceName,
  text,
  wholeNumber,
} from "./scalars.ts";
import { SITE_PART_KINDS } from "./site-part.ts";
import { isMap, structure } from "./structure.ts";

export const DATABASE_KEYS = ["host", "port", "name", "user", "password", "uri"] as const;

const envName = text(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "an environment variable's name");

const envValue = z.union([
  scalarText,
  structure(
    z.strictObject({
      value: scalarText.optional().describe("A value as it is."),
      secret: secretName.optional().describe("A value of the secrets file."),
      database: serviceName.optional().describe("A database of this app."),
      key: oneOf(DATABASE_KEYS).optional().describe("What of the database."),
      field: text(
        /^(?:metadata\.(?:name|namespace|uid|(?:labels|annotations)\['[^']+'\])|spec\.(?:nodeName|serviceAccountName)|status\.(?:hostIP|hostIPs|podIP|podIPs))$/,
        "a field of the pod, such as spec.nodeName or status.podIP",
      )
        .optional()
        .describe("A field of the pod itself."),
    }),
    (value, report) => {
      const sources = ["value", "secret", "database", "field"].filter((source) => value[source] !== undefined);
      if (sources.length !== 1) {
        report([], sources.length === 0 ? "the variable has no value" : `the variable has several values: ${sources.join(", ")}`, "Give exactly one of value, secret, database and field.");
      } else if (sources[0] === "database" && value["key"] === undefined) {
        report([], "a database variable needs key", `Add key: one of ${DATABASE_KEYS.join(", ")}.`);
      } else if (sources[0] !== "database" && value["key"] !== undefined) {
        report(["key"], "key is only for database", "Remove it.");
      }
    },
  ),
]);

/** Whatever a volume, a configuration file or a secret may be named. */
const mountName = text(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/, "the name of a volume, a configuration file or a secret");

const MOUNT_SOURCES = ["volume", "configFile", "secret", "temporary"] as const;

const mount = structure(
  z.strictObject({
    volume: serviceName.optional().describe("A volume of this app."),
    configFile: fileName.optional().describe("A configuration file of this app."),
    secret: secretName.optional().describe("A value of the secrets file."),
    temporary: name.optional().describe("A name for an empty directory that lives as long as the pod."),
    path: absolutePath.describe("Where in the container."),
    readOnly: z.boolean().optional().describe("Whether the container may write."),
    subPath: text(/^[^/\0][^\0]*$/, "a path within the volume", (value) => !value.split("/").includes("..")).optional().describe("A folder or file within the volume."),
    size: memory.optional().describe("The most a temporary directory may hold."),
  }),
  (value, report) => {
    const sources = MOUNT_SOURCES.filter((source) => value[source] !== undefined);
    if (sources.length !== 1) report([], "a mount needs exactly one source", `Give one of ${MOUNT_SOURCES.join(", ")}.`);
    else if (value["size"] !== undefined && sources[0] !== "temporary") report(["size"], "size is only for a temporary directory", "Remove it; a volume has its size under volumes.");
  },
);

const resources = structure(
  z.strictObject({
    cpu: cpu.optional().describe("Cores it asks for."),
    memory: memory.optional().describe("Memory it asks for."),
    requests: cpuMemory.optional().describe("What the scheduler reserves."),
    limits: cpuMemory.optional().describe("What it may not exceed; over its memory it is killed, over its cpu it is slowed."),
  }),
  (value, report) => {
    for (const field of ["cpu", "memory"]) {
      if (value[field] !== undefined && isMap(value["requests"]) && value["requests"][field] !== undefined) {
        report([field], `${field} and requests.${field} are both given`, "They mean the same: keep one.");
      }
    }
  },
);

const placement = z.strictObject({
  labels: labels.optional().describe("Only on machines with these labels."),
  machines: oneOrMore(name).optional().describe("Only on these machines."),
  tolerations: z
    .array(
      z.strictObject({
        key: labelKey.describe("The taint's key."),
        value: labelValue.optional().describe("The taint's value; any by default."),
        effect: oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("The taint's effect; any by default."),
        seconds: wholeNumber(0, 31_536_000).optional().describe("How long it stays on a machine with such a NoExecute taint."),
      }),
    )
    .optional()
    .describe("Taints it puts up with."),
  spread: z
    .array(
      z.union([
        oneOf(["machine", ...SITE_PART_KINDS]),
        z.strictObject({
          over: oneOf(["machine", ...SITE_PART_KINDS]).describe("Over machines, or over a kind of site part."),
          required: z.boolean().optional().describe("Whether a copy waits rather than breaks the spread."),
          maxSkew: wholeNumber(1, 100).optional().describe("How uneven it may be."),
        }),
      ]),
    )
    .optional()
    .describe("What copies are spread over."),
  near: z.array(serviceName).optional().describe("Services of this app to share a machine with."),
  apart: z.array(serviceName).optional().describe("Services of this app to stay away from."),
});

const words = z.array(z.string({ error: "expected:text" }), { error: "expected:a list of words, such as [sh, -c, 'echo hello']" }).min(1, { error: "expected:a list that is not empty" });

/** Fields of everything that runs a container. */
export const workloadFields = {
  image: image.optional().describe("The container image, with its tag."),
  architectures: z.array(oneOf(["amd64", "arm64", "arm"])).min(1, { error: "expected:a list that is not empty" }).optional().describe("Architectures the image is built for; pods go only there."),
  imagePullPolicy: oneOf(["IfNotPresent", "Always", "Never"]).optional().describe("When the image is pulled."),
  command: words.optional().describe("Replaces the image's entry point; a list of words."),
  args: words.optional().describe("Arguments of the entry point; a list of words."),
  env: z.record(envName, envValue).optional().describe("Environment variables."),
  mounts: z.union([z.record(mountName, absolutePath), z.array(mount)]).optional().describe("Volumes, configuration files and secrets, and where they appear: { data: /var/lib/data }."),
  resources: resources.optional().describe("Cores and memory."),
  placement: placement.optional().describe("Where it may run."),
  security: oneOf(SECURITY_LEVELS).optional().describe("The Pod Security level."),
  runAs: z
    .strictObject({
      user: wholeNumber(0, 2_147_483_647).optional().describe("User id."),
      group: wholeNumber(0, 2_147_483_647).optional().describe("Group id; volumes belong to it, too."),
    })
    .optional()
    .describe("The user it runs as."),
  gracePeriod: durationOrZero.optional().describe("How long it has to stop."),
  priorityClass: name.optional().describe("A PriorityClass."),
};

