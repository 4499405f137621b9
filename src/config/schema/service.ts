/** A service of an app: what runs all the time, how others reach it, how it grows and how it is replaced. */
import { z } from "zod";
import { workloadFields } from "./workload.ts";
import {
  distinct,
  duration,
  durationOrZero,
  host,
  ipAddress,
  name,
  oneOf,
  oneOrMore,
  percent,
  percentOrCount,
  port,
  serviceName,
  text,
  wholeNumber,
} from "./scalars.ts";
import { isMap, structure, type Report } from "./structure.ts";

export const REPLICAS_MAX = 10_000;

const urlPath = text(/^\/[^\s?#]*$/, "a URL path, such as /api");

const servicePort = z.union([
  port,
  z.strictObject({
    name: text(/^(?=.*[a-z])[a-z0-9](?:[-a-z0-9]{0,13}[a-z0-9])?$/, "a port's name: at most 15 lower-case letters, digits and hyphens").optional(),
    port: port.describe("What others connect to."),
    containerPort: port.optional().describe("What the container listens on; the same by default."),
    protocol: oneOf(["TCP", "UDP"]).optional(),
  }),
]);

const route = z.strictObject({
  host: host.describe("The host name."),
  path: urlPath.optional().describe("Only requests below this path."),
  pathType: oneOf(["Prefix", "Exact"]).optional(),
  stripPath: z.boolean().optional().describe("Whether the service sees the path without this beginning."),
  port: port.optional().describe("The service's port; its first by default."),
  tls: z.boolean().optional().describe("Whether https is served."),
  redirect: z.boolean().optional().describe("Whether http redirects to https."),
});

const probeFields = {
  path: urlPath.optional().describe("An http GET of this path."),
  port: port.optional().describe("The port; the service's first by default."),
  command: z.array(z.string({ error: "expected:text" })).min(1, { error: "expected:a list that is not empty" }).optional().describe("A command in the container that exits 0."),
  initialDelay: durationOrZero.optional().describe("How long before the first check."),
  period: duration.optional().describe("How often."),
  timeout: duration.optional().describe("How long an answer may take."),
  failureThreshold: wholeNumber(1, 1000).optional().describe("Failures in a row until it counts as down."),
  successThreshold: wholeNumber(1, 100).optional().describe("Successes in a row until it counts as up."),
};

/** Only whole seconds reach Kubernetes. */
function probeRule(value: Record<string, unknown>, report: Report): void {
  if (value["command"] !== undefined && value["path"] !== undefined) report(["command"], "command and path are both given", "Keep one: a probe is a request or a command.");
  if (value["command"] !== undefined && value["port"] !== undefined) report(["port"], "port is not for a command", "Remove it.");
}

const probe = structure(z.strictObject(probeFields), probeRule);
const probeOrPath = z.union([z.literal(false), urlPath, probe]);

const exposure = z.union([
  oneOf(["cluster", "node-port", "load-balancer"]),
  structure(
    z.strictObject({
      kind: oneOf(["cluster", "node-port", "load-balancer"]).describe("Inside only, a port of every node, or an address of its own."),
      address: ipAddress.optional().describe("The load balancer's address."),
      pool: name.optional().describe("The pool its address comes from."),
      nodePort: wholeNumber(30_000, 32_767).optional().describe("The nodes' port."),
    }),
    (value, report) => {
      for (const field of ["address", "pool"]) {
        if (value[field] !== undefined && typeof value["kind"] === "string" && value["kind"] !== "load-balancer") report([field], `${field} is only for load-balancer`, "Remove it, or use kind: load-balancer.");
      }
      if (value["nodePort"] !== undefined && value["kind"] === "cluster") report(["nodePort"], "nodePort is not for cluster", "Remove it, or use kind: node-port.");
    },
  ),
]);

export const serviceFields = {
  ...workloadFields,
  kind: oneOf(["deployment", "stateful-set", "daemon-set"]).optional().describe("What keeps it running; chosen from its volumes by default."),
  port: port.optional().describe("The port it listens on."),
  ports: z.array(servicePort).optional().describe("Its ports, the main one first."),
  host: oneOrMore(host).optional().describe("The host name that leads to it: blog is blog.DOMAIN."),
  path: urlPath.optional().describe("Only requests below this path lead to it."),
  stripPath: z.boolean().optional().describe("Whether it sees the path without this beginning."),
  tls: z.boolean().optional().describe("Whether https is served."),
  redirect: z.boolean().optional().describe("Whether http redirects to https."),
  routes: z.array(route).optional().describe("Its routes in full, instead of host and path."),
  exposure: exposure.optional().describe("How it is reached beside its routes."),
  replicas: wholeNumber(0, REPLICAS_MAX).optional().describe("Copies."),
  scale: structure(
    z.strictObject({
      min: wholeNumber(1, REPLICAS_MAX).optional().describe("The fewest copies."),
      max: wholeNumber(1, REPLICAS_MAX).describe("The most copies."),
      cpu: percent.optional().describe("Cores used, in percent of what it asks for, to stay near."),
      memory: percent.optional().describe("Memory used, in percent of what it asks for, to stay near."),
    }),
    (value, report) => {
      const { min, max } = value;
      if (typeof min === "number" && typeof max === "number" && min > max) report(["min"], `min is ${min}, more than max, which is ${max}`, "Give a min of at most max.");
      if (value["cpu"] === undefined && value["memory"] === undefined) report([], "scale says nothing to go by", "Add cpu: 70%, or memory.");
    },
  )
    .optional()
    .describe("Copies by load."),
  update: z
    .union([
      oneOf(["rolling", "recreate"]),
      structure(
        z.strictObject({
          kind: oneOf(["rolling", "recreate"]).optional().describe("One by one, or all at once with a gap."),
          maxSurge: percentOrCount.optional().describe("Copies above the number while it rolls."),
          maxUnavailable: percentOrCount.optional().describe("Copies that may be missing while it rolls."),
        }),
        (value, report) => {
          for (const field of ["maxSurge", "maxUnavailable"]) {
            if (value["kind"] === "recreate" && value[field] !== undefined) report([field], `${field} is only for rolling`, "Remove it, or use kind: rolling.");
          }
          if (isNothing(value["maxSurge"]) && isNothing(value["maxUnavailable"])) report(["maxSurge"], "neither maxSurge nor maxUnavailable lets anything move", "Let one of them be 1 or more.");
        },
      ),
    ])
    .optional()
    .describe("How copies are replaced."),
  health: probeOrPath.optional().describe("Ready when it answers here, restarted when it stops answering. A path, a map, or false."),
  readiness: probeOrPath.optional().describe("Gets requests only while this answers; by default its port must accept connections."),
  liveness: probeOrPath.optional().describe("Restarted when this stops answering."),
  startup: probeOrPath.optional().describe("The other checks wait until this has answered once."),
  disruptionBudget: z
    .union([z.literal(false), z.strictObject({ maxUnavailable: percentOrCount.describe("Copies that a drain may take at once.") })])
    .optional()
    .describe("How much a drain may take at once."),
  after: distinct(z.array(serviceName), String, "a list that names each once").optional().describe("Services and databases of this app that must answer first."),
};

function isNothing(value: unknown): boolean {
  return value === 0 || value === "0%";
}

/** Rules of a service, in short form (in the app) and in long form alike. */
export function serviceRule(value: Record<string, unknown>, report: Report): void {
  const both = (one: string, other: string) => {
    if (value[one] !== undefined && value[other] !== undefined) report([one], `${one} and ${other} are both given`, `Keep one of them.`);
  };
  both("port", "ports");
  both("host", "routes");
  both("replicas", "scale");
  both("health", "readiness");
  both("health", "liveness");
  for (const field of ["path", "stripPath", "tls", "redirect"]) {
    if (value[field] === undefined || value["host"] !== undefined) continue;
    const hint = value["routes"] === undefined ? "Add host, or remove it." : "Move it into each of routes.";
    report([field], `${field} says nothing without host`, hint);
  }
  const hasPort = value["port"] !== undefined || (Array.isArray(value["ports"]) && value["ports"].length > 0);
  if (hasPort) return;
  for (const field of ["host", "routes"]) {
    if (value[field] !== undefined) report([field], `${field} needs a port to lead to`, "Add port: what the container listens on.");
  }
  const exposed = isMap(value["exposure"]) ? value["exposure"]["kind"] : value["exposure"];
  if (exposed !== undefined && exposed !== "cluster") report(["exposure"], "exposure needs a port", "Add port: what the container listens on.");
  for (const field of ["health", "readiness", "liveness", "startup"]) {
    const check = value[field];
    if (typeof check === "string" || (isMap(check) && check["port"] === undefined && check["command"] === undefined)) {
      report([field], `${field} needs a port to ask`, "Add port: what the container listens on.");
    }
  }
}

export const service = structure(
  z.strictObject({ ...serviceFields, image: workloadFields.image.unwrap().describe("The container image, with its tag.") }),
  serviceRule,
).meta({ id: "Service", description: "A service of an app." });
