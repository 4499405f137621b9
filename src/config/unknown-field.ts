/** A field that no schema knows: which one was meant, or where it belongs. */
import type { z } from "zod";
import { nearestName } from "../lib/nearest-name.ts";
import type { Path } from "./finding.ts";
import { valueAt, type Problem } from "./problem.ts";
import { homelabSchema } from "./schema/homelab.ts";
import { fieldNames, placesOf, schemaAt } from "./schema/walk.ts";
import { formatPath, show } from "./show.ts";

/** Names that other tools use for a field that we call otherwise; looked up only where the field exists. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  nodes: "machines",
  hosts: "machines",
  servers: "machines",
  boxes: "machines",
  environment: "env",
  hostnames: "host",
  ingress: "host",
  url: "host",
  volumeMounts: "mounts",
  strategy: "update",
  updateStrategy: "update",
  autoscale: "scale",
  hpa: "scale",
  autoscaling: "scale",
  healthcheck: "health",
  healthCheck: "health",
  livenessProbe: "liveness",
  readinessProbe: "readiness",
  startupProbe: "startup",
  entrypoint: "command",
  imagePullSecrets: "registries",
  applications: "apps",
  services: "apps",
  k8s: "kubernetes",
  cluster: "kubernetes",
  ip: "address",
  role: "roles",
  ram: "memory",
  cores: "cpu",
  model: "hardware",
  cidr: "addresses",
  podCidr: "pods",
  serviceCidr: "services",
  depends_on: "after",
  dependsOn: "after",
  type: "kind",
  mail: "email",
  storageClassName: "storageClass",
  cronjobs: "cronJobs",
  crons: "cronJobs",
  replicaCount: "replicas",
  terminationGracePeriodSeconds: "gracePeriod",
};

/** What to say of it. `root` is the whole value, `path` the map that has the field. */
export function unknownField(root: unknown, path: Path, key: string): Problem {
  const schema = schemaAt(homelabSchema, root, path);
  const known = schema === undefined ? [] : fieldNames(schema);
  const present = valueAt(root, path);
  // A field that is already there is not what the typo meant.
  const free = known.filter((field) => typeof present !== "object" || present === null || !Object.hasOwn(present, field));
  const other = Object.hasOwn(OTHER_NAMES, key) ? OTHER_NAMES[key] : undefined;
  const right = rightPlaces(path, key, schema);
  const isOther = other !== undefined && free.includes(other);
  // A field that is right elsewhere was misplaced, not misspelt.
  const meant = isOther ? other : right.length > 0 ? undefined : nearestName(key, free);
  const place = path.length === 0 ? "the file" : formatPath(path);
  return {
    id: "unknown-field",
    severity: "error",
    path: [...path, key],
    at: "key",
    value: key,
    message: `${place} has no field ${quoteIfOdd(key)}`,
    ...(known.length === 0 ? {} : { expected: `one of ${[...known].sort().join(", ")}` }),
    ...(meant !== undefined ? { didYouMean: meant } : right.length > 0 ? { didYouMean: right[0] } : {}),
    fix: meant !== undefined ? `Write ${meant}, or remove it.` : right.length > 0 ? `Move it: it belongs at ${right.join(" or ")}.` : "Remove it.",
  };
}

/** More places than this say nothing. */
const RIGHT_PLACES_MAX = 2;

/** Where a field of this name belongs: below this map, or else in the sections of the file. Empty where there are many such places. */
function rightPlaces(path: Path, key: string, schema: z.core.$ZodType | undefined): string[] {
  const below = schema === undefined ? [] : nearestPlaces(key, schema).map((one) => formatPath([...path, ...one]));
  if (below.length > 0) return below.length > RIGHT_PLACES_MAX ? [] : below;
  if (path.length > 0 && path[0] !== "kubernetes" && path[0] !== "platform") return [];
  const anywhere = nearestPlaces(key, homelabSchema).map(formatPath);
  return anywhere.length > RIGHT_PLACES_MAX ? [] : anywhere;
}

function nearestPlaces(key: string, schema: z.core.$ZodType): string[][] {
  const places = placesOf(key, schema);
  return places.filter((one) => one.length === places[0]!.length);
}

function quoteIfOdd(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? key : show(key);
}
