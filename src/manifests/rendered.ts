/** What rendering gives: files of objects (or of plain text), each object with the path in the homelab it comes from. */
import type { Path } from "../config/finding.ts";
import { cloneJson } from "../lib/json.ts";
import type { KubeObject } from "../objects/kube-object.ts";

/** Where a value of a rendered Secret comes from. The Secret itself is valid and empty: values are put in by the verb that needs them. */
export interface SecretValue {
  /** The key in the Secret's `stringData`. */
  key: string;
  /** The name of the secret in the homelab's secrets file. */
  secret: string;
  /** `value`: as it is. `registry-password`: the password inside a `.dockerconfigjson`. */
  form: "value" | "registry-password";
  /** What it is, where its name alone does not say. */
  about?: string;
}

export interface RenderedObject {
  /** Where it comes from, for people: `apps.gazette.host`, `platform.ingress`. */
  path: string;
  /** The same as steps, for `HomelabSource.position`. */
  at: Path;
  object: KubeObject;
  /** Only for Secrets. */
  values?: SecretValue[];
}

export interface RenderedFile {
  /** `apps/gazette.yaml`, `platform/traefik.yaml`, `cluster/pi1/k3s-config.yaml`. */
  path: string;
  objects: RenderedObject[];
  /** For a file that is not Kubernetes objects: its whole text. `objects` is then empty. */
  text?: string;
}

/** What `T` must look like to be rendered: the models leave `metadata` optional, an object of ours always has a name. */
export type Named<T> = T & { metadata: { name: string; namespace?: string } };

/**
 * One rendered object. The type parameter is the model's interface (`IDeployment`), so that a misspelt field is a compile error:
 * `rendered<IDeployment>(["apps", "gazette"], { … })`. Undefined fields are left out.
 */
export function rendered<T extends { apiVersion: string; kind: string }>(at: Path, object: Named<T>, values?: SecretValue[]): RenderedObject {
  const item: RenderedObject = { path: pathText(at), at, object: cloneJson(object) as unknown as KubeObject };
  if (values !== undefined && values.length > 0) item.values = values;
  return item;
}

/** `apps.gazette.host`, `apps.shop.services.api.routes[0]`, `registries["ghcr.io"]`. */
export function pathText(at: Path): string {
  let text = "";
  for (const step of at) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z0-9_-]+$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
