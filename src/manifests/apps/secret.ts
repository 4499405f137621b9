/** Secrets of the store that an app uses, and pull secrets. Valid, with every key, and without values: `values` says where each comes from. */
import type { ISecret } from "kubernetes-models/v1/Secret";
import type { App, Homelab, Registry } from "../../config/homelab.ts";
import { OWN_PREFIX, dnsPart, imageRegistry, objectLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { secretObject } from "./env.ts";

/** Where the values come from, for people and for tools that read only the object. */
export const SECRET_SOURCE_ANNOTATION = `${OWN_PREFIX}values-from`;

export function renderSecrets(app: App): RenderedObject[] {
  return Object.values(app.secrets).map((secret) => {
    const { name, key } = secretObject(secret.name);
    return rendered<ISecret>(["apps", app.name, "secrets", secret.name], {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: app.namespace, labels: objectLabels(app), annotations: { [SECRET_SOURCE_ANNOTATION]: secret.name } },
      type: "Opaque",
      stringData: { [key]: "" },
    }, [{ key, secret: secret.name, form: "value" }]);
  });
}

export function pullSecretName(registry: Registry): string {
  return `registry-${dnsPart(registry.name)}`;
}

/** The registries with credentials that these images come from, in the file's order. */
export function registriesOf(homelab: Homelab, images: Iterable<string>): Registry[] {
  const used = new Set([...images].map(imageRegistry));
  return Object.values(homelab.registries).filter((registry) => registry.password !== undefined && used.has(registry.name));
}

export function renderPullSecret(registry: Registry, namespace: string, labels: Record<string, string>): RenderedObject {
  const password = registry.password;
  return rendered<ISecret>(["registries", registry.name], {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: pullSecretName(registry), namespace, labels,
      ...(password === undefined ? {} : { annotations: { [SECRET_SOURCE_ANNOTATION]: password.secret } }),
    },
    type: "kubernetes.io/dockerconfigjson",
    // The API checks that this is JSON, not what is in it: without a password a pull fails with the registry's own words.
    stringData: { ".dockerconfigjson": dockerConfigJson(registry, undefined) },
  }, password === undefined ? [] : [{ key: ".dockerconfigjson", secret: password.secret, form: "registry-password" }]);
}

/** The text of a `.dockerconfigjson`; without a password it is valid and empty. */
export function dockerConfigJson(registry: Registry, password: string | undefined): string {
  // Docker Hub's credentials are looked up under its old API's address.
  const server = registry.name === "docker.io" ? "https://index.docker.io/v1/" : registry.name;
  if (password === undefined) return JSON.stringify({ auths: { [server]: {} } });
  const username = registry.username ?? "";
  return JSON.stringify({ auths: { [server]: { username, password, auth: Buffer.from(`${username}:${password}`).toString("base64") } } });
}
