/** Registries with mirrors, credentials or plain HTTP: k3s' registries.yaml, and containerd's hosts.toml for the others. */
import type { Homelab, Registry } from "../../config/homelab.ts";
import { yamlDocument } from "../yaml-text.ts";
import { secretPlaceholder } from "./placeholder.ts";

/** Docker Hub answers under another name than its images carry. */
function server(registry: Registry): string {
  const scheme = registry.insecure ? "http" : "https";
  return registry.name === "docker.io" ? "https://registry-1.docker.io" : `${scheme}://${registry.name}`;
}

export function mirrorUrl(mirror: string): string {
  return /^https?:\/\//.test(mirror) ? mirror : `https://${mirror}`;
}

/** Undefined where no registry needs an entry. */
export function k3sRegistriesText(homelab: Homelab): string | undefined {
  const mirrors: Record<string, unknown> = {};
  const configs: Record<string, unknown> = {};
  for (const registry of Object.values(homelab.registries)) {
    if (registry.mirrors.length > 0) mirrors[registry.name] = { endpoint: registry.mirrors.map(mirrorUrl) };
    else if (registry.insecure) mirrors[registry.name] = { endpoint: [server(registry)] };
    const config: Record<string, unknown> = {};
    if (registry.password !== undefined) config.auth = { username: registry.username ?? "", password: secretPlaceholder(registry.password.secret) };
    if (registry.insecure) config.tls = { insecure_skip_verify: true };
    if (Object.keys(config).length > 0) configs[registry.name] = config;
  }
  if (Object.keys(mirrors).length === 0 && Object.keys(configs).length === 0) return undefined;
  return yamlDocument({ ...(Object.keys(mirrors).length > 0 ? { mirrors } : {}), ...(Object.keys(configs).length > 0 ? { configs } : {}) });
}

/** `/etc/containerd/certs.d/NAME/hosts.toml`; undefined where containerd's own way will do. Credentials are the pull secrets' business. */
export function containerdHostsText(registry: Registry): string | undefined {
  if (registry.mirrors.length === 0 && !registry.insecure) return undefined;
  const host = (url: string, isInsecure: boolean) => `[host."${url}"]\n  capabilities = ["pull", "resolve"]\n${isInsecure ? "  skip_verify = true\n" : ""}`;
  const blocks = registry.mirrors.length > 0 ? registry.mirrors.map((mirror) => host(mirrorUrl(mirror), registry.insecure)) : [host(server(registry), true)];
  return `server = "${server(registry)}"\n\n${blocks.join("\n")}`;
}
