/** Environment variables: literals, secrets of the store, what a database's operator writes down, and fields of the pod. */
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { App, DatabaseKey, EnvValue, Named } from "../../config/homelab.ts";
import { databaseSecretName, dnsName } from "../names.ts";

/** The keys CloudNativePG writes into its `…-app` Secret (its documentation, "Applications"); we ask the MariaDB operator for the same ones. */
export const DATABASE_SECRET_KEYS: Record<DatabaseKey, string> = { host: "host", port: "port", name: "dbname", user: "username", password: "password", uri: "uri" };

/** The Secret object of a secret of the store, in the app's namespace, and its only key. */
export function secretObject(secret: string): { name: string; key: string } {
  return { name: dnsName(secret), key: /^[-._A-Za-z0-9]+$/.test(secret) ? secret : dnsName(secret) };
}

export function renderEnv(app: App, env: Named<EnvValue>): IEnvVar[] | undefined {
  const list = Object.entries(env).map(([name, value]): IEnvVar => {
    switch (value.kind) {
      case "literal": return { name, value: value.value };
      case "secret": return { name, valueFrom: { secretKeyRef: secretObject(value.secret) } };
      case "database": return { name, valueFrom: { secretKeyRef: { name: databaseSecretName(app, value.database), key: DATABASE_SECRET_KEYS[value.key] } } };
      case "field": return { name, valueFrom: { fieldRef: { fieldPath: value.field } } };
    }
  });
  return list.length === 0 ? undefined : list;
}
