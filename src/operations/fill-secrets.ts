/** Secrets with their values, from the homelab's secrets file: in memory, for the API alone. Values go into `data`, which server-side apply can also take away again. */
import type { Homelab } from "../config/homelab.ts";
import { assert } from "../lib/assert.ts";
import { cloneJson } from "../lib/json.ts";
import { own } from "../lib/own.ts";
import { dockerConfigJson } from "../manifests/apps/secret.ts";
import type { RenderedObject, SecretValue } from "../manifests/rendered.ts";
import type { KubeObject } from "../objects/kube-object.ts";

export interface FilledSecret {
  readonly object: KubeObject;
  /** Those that the secrets file has not; the object is not to be applied without them. */
  readonly missing: readonly SecretValue[];
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Anything but a Secret is given back as it is. */
export function fillSecret(homelab: Homelab, rendered: RenderedObject, secret: (name: string) => string | undefined): FilledSecret {
  const { object, values = [] } = rendered;
  if (object.kind !== "Secret" || object.apiVersion !== "v1") return { object, missing: [] };
  const filled = cloneJson(object);
  const { stringData = {}, data = {} } = filled as { stringData?: Record<string, string>; data?: Record<string, string> };
  delete filled["stringData"];
  const bytes: Record<string, string> = { ...data, ...Object.fromEntries(Object.entries(stringData).map(([key, text]) => [key, base64(text)])) };
  const missing: SecretValue[] = [];
  for (const slot of values) {
    const value = secret(slot.secret);
    if (value !== undefined) bytes[slot.key] = base64(slot.form === "registry-password" ? credentials(homelab, rendered, value) : value);
    else missing.push(slot);
  }
  filled["data"] = bytes;
  return { object: filled, missing };
}

function credentials(homelab: Homelab, { at }: RenderedObject, password: string): string {
  const registry = own(homelab.registries, String(at[1]));
  assert(registry !== undefined, "a pull secret is rendered from a registry of the file");
  return dockerConfigJson(registry, password);
}

/** The names that a diff may speak of, by the key in the Secret. */
export function secretNames(values: readonly SecretValue[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(values.map(({ key, secret }) => [key, secret]));
}
