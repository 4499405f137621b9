/** Every place that names a secret of the secrets file. */
import type { Path } from "../../config/finding.ts";
import type { Homelab, SecretRef } from "../../config/homelab.ts";
import { fluxSecrets } from "../../manifests/platform/flux.ts";
import { workloadsOf } from "./workloads.ts";

export interface SecretReference {
  readonly secret: string;
  readonly path: Path;
}

export function secretReferences(homelab: Homelab): SecretReference[] {
  const found: SecretReference[] = [];
  const add = (ref: SecretRef | undefined, path: Path): void => {
    if (ref !== undefined) found.push({ secret: ref.secret, path });
  };
  const { platform, kubernetes } = homelab;
  add(kubernetes.datastore.url, ["kubernetes", "datastore", "url"]);
  add(platform.certificates?.dns01?.credentials, ["platform", "certificates", "dns01", "credentials"]);
  add(platform.backups?.s3.accessKey, ["platform", "backups", "s3", "accessKey"]);
  add(platform.backups?.s3.secretKey, ["platform", "backups", "s3", "secretKey"]);
  add(platform.backups?.encryptionKey, ["platform", "backups", "encryptionKey"]);
  add(platform.monitoring.grafana?.password, ["platform", "monitoring", "grafana", "password"]);
  add(platform.gitops?.credentials, ["platform", "gitops", "credentials"]);
  for (const [index, alert] of platform.monitoring.alerts.entries()) add(alert.webhook, ["platform", "monitoring", "alerts", index, "webhook"]);
  for (const [index, notification] of (platform.gitops?.notifications ?? []).entries()) add(notification.webhook, ["platform", "gitops", "notifications", index, "webhook"]);
  for (const registry of Object.values(homelab.registries)) add(registry.password, ["registries", registry.name, "password"]);
  for (const { item, path } of workloadsOf(homelab)) {
    for (const [name, value] of Object.entries(item.env)) if (value.kind === "secret") found.push({ secret: value.secret, path: [...path, "env", name] });
    for (const [index, mount] of item.mounts.entries()) if (mount.source === "secret") found.push({ secret: mount.name, path: [...path, "mounts", index] });
  }
  found.push(...fluxSecrets(homelab));
  const named = new Set(found.map((reference) => reference.secret));
  for (const app of Object.values(homelab.apps)) {
    for (const secret of Object.values(app.secrets)) if (!named.has(secret.name)) found.push({ secret: secret.name, path: ["apps", app.name, "secrets", secret.name] });
  }
  return found;
}
