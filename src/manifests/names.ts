/** How generated objects are named and labelled. Labels never change once released: selectors are immutable in the API. */
import { createHash } from "node:crypto";
import type { Path } from "../config/finding.ts";
import type { App, Workload } from "../config/homelab.ts";

export const FIELD_MANAGER = "kubernest";

/** Our own keys. Site parts of a node are `site.kubernest.dev/KIND=NAME`. */
export const SITE_LABEL_PREFIX = "site.kubernest.dev/";
export const OWN_PREFIX = "kubernest.dev/";

/** Characters of a content hash in a name: 40 bits, as in kustomize's suffixes. */
const HASH_LENGTH = 10;

/**
 * The name of a part of an app (service, job, volume): the part's own name where the app has its namespace to itself, which is the default;
 * with the app's name in front where several apps share a namespace.
 */
export function objectName(app: App, part: string): string {
  return app.namespace === app.name || part === app.name ? part : `${app.name}-${part}`;
}

/** The name of a database's cluster object. The suffix keeps what the operators derive from it (services, budgets) apart from the app's own. */
export function databaseName(app: App, database: string): string {
  return `${objectName(app, database)}-db`;
}

/** The Secret that carries a database's address and credentials. CloudNativePG names its own so; we ask the MariaDB operator for the same. */
export function databaseSecretName(app: App, database: string): string {
  return `${databaseName(app, database)}-app`;
}

/** What selects the pods of one workload of an app. */
export function selectorLabels(app: App, part: string): Record<string, string> {
  return { "app.kubernetes.io/name": part, "app.kubernetes.io/instance": app.name };
}

/** What selects every pod of an app. */
export function appSelectorLabels(app: App): Record<string, string> {
  return { "app.kubernetes.io/instance": app.name };
}

/** Labels of every object of an app; `part` where the object belongs to one workload. */
export function objectLabels(app: App, part?: string): Record<string, string> {
  return {
    ...app.labels,
    "app.kubernetes.io/name": part ?? app.name,
    "app.kubernetes.io/instance": app.name,
    "app.kubernetes.io/part-of": app.name,
    "app.kubernetes.io/managed-by": FIELD_MANAGER,
  };
}

/** Labels of a platform component's objects. */
export function componentLabels(component: string): Record<string, string> {
  return { "app.kubernetes.io/name": component, "app.kubernetes.io/part-of": "kubernest-platform", "app.kubernetes.io/managed-by": FIELD_MANAGER };
}

/** A short, stable digest of content, for names that change with it. */
export function contentHash(content: string): string {
  return createHash("sha256").update(content).digest("hex").slice(0, HASH_LENGTH);
}

/** Any text as a part of a DNS label: lower case, dashes, at most 40 characters. */
export function dnsPart(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40).replace(/-+$/, "") || "x";
}

/** A name that must be a DNS subdomain and may come from free text (a secret's name, a registry): kept when it is one. */
export function dnsName(text: string): string {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text) && text.length <= 200 ? text : dnsPart(text);
}

/** Where the file says something of a service: an app in short form writes its only service's fields on the app itself. */
export function servicePath(app: App, service: string): Path {
  const names = Object.keys(app.services);
  return names.length === 1 && service === app.name ? ["apps", app.name] : ["apps", app.name, "services", service];
}

/** The registry of an image reference, as Docker reads it: the first part if it has a dot, a colon or is `localhost`; else Docker Hub. */
export function imageRegistry(image: string): string {
  const slash = image.indexOf("/");
  const first = slash < 0 ? "" : image.slice(0, slash);
  return first.includes(".") || first.includes(":") || first === "localhost" ? first : "docker.io";
}

/** The tag of an image reference as a label value, undefined where there is none that fits. */
export function imageVersion(workload: Pick<Workload, "image">): string | undefined {
  const name = workload.image.split("@")[0] ?? "";
  const tag = /:([A-Za-z0-9_][A-Za-z0-9_.-]{0,62})$/.exec(name)?.[1];
  return tag !== undefined && /[A-Za-z0-9]$/.test(tag) ? tag : undefined;
}
