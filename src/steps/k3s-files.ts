/** Files that k3s reads on a machine. All of them are for root alone where they hold a secret, and none of them is an argument. */
import type { Machine } from "../config/homelab.ts";
import { OUR_MARK } from "../facts/kubernetes.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { firstControlPlane, resolvConf, upstreamResolvers } from "../manifests/cluster/cluster-machines.ts";
import { K3S_ENVIRONMENT_FILE, K3S_RESOLV_CONF, K3S_TOKEN_FILE, k3sConfigText, k3sEnvironmentText } from "../manifests/cluster/k3s.ts";
import type { K3sRole } from "../manifests/cluster/k3s-unit.ts";
import { k3sRegistriesText } from "../manifests/cluster/registries.ts";
import type { Change, Text } from "./change.ts";
import { K3S_TOKEN_SECRET } from "./made-secrets.ts";
import type { Want } from "./step.ts";
import { contentOf, type WantedFile } from "./wanted-file.ts";

export const K3S_CONFIG = "/etc/rancher/k3s/config.yaml";
const K3S_REGISTRIES = "/etc/rancher/k3s/registries.yaml";
const HEADER = `${OUR_MARK}\n`;

/** The hash of the cluster's authority, read from a server that runs. */
export const K3S_CA_HASH = "K3S_CA_HASH";

export function usesK3s({ homelab, machine }: Pick<Want, "homelab" | "machine">): boolean {
  return homelab.kubernetes.distribution === "k3s" && (machine.roles.includes("control-plane") || machine.roles.includes("worker"));
}

export function k3sRole(machine: Machine): K3sRole {
  return machine.roles.includes("control-plane") ? "server" : "agent";
}

/** Those that not every homelab needs: where one is left over from an older file, it goes. */
const OPTIONAL = [K3S_ENVIRONMENT_FILE, K3S_REGISTRIES, K3S_RESOLV_CONF];

export const K3S_FILE_PATHS: readonly string[] = [K3S_CONFIG, K3S_TOKEN_FILE, ...OPTIONAL];

/** The first server begins the cluster, or joins one that others hold: it is no part of it then, or joined that way before. */
function joinsVia(facts: MachineFacts, { homelab, machine, cluster }: Want): Machine | undefined {
  if (firstControlPlane(homelab) !== machine || homelab.kubernetes.datastore.kind !== "etcd") return undefined;
  const governing = cluster.governedBy === undefined || cluster.governedBy === machine.name ? undefined : homelab.machines[cluster.governedBy];
  if (facts.kubernetes.k3s?.hasJoined !== true) return governing;
  // What it joined by stays written there, so that k3s is not started anew for a line that it does not read any more.
  const written = contentOf(facts, K3S_CONFIG);
  return Object.values(homelab.machines).find((other) => other !== machine && k3sRole(other) === "server" && written === HEADER + k3sConfigText(homelab, machine, other));
}

/** A secret inside double quotes, of YAML or of systemd, whatever characters it has. */
function quotedSecrets(text: string): string {
  return text.replaceAll("${SECRET:", "${JSON:SECRET:");
}

function withValues(text: string): Text {
  const values = [...new Set([...text.matchAll(/\$\{((?:JSON:)?SECRET:[^}]+|K3S_CA_HASH)\}/g)].map((match) => match[1]!))];
  return values.length === 0 ? { text: HEADER + text } : { text: HEADER + text, values };
}

/** In the order in which they must be there: the configuration first, whose mark says whose k3s this is. */
export function k3sFiles(facts: MachineFacts, want: Want): WantedFile[] {
  const { homelab, machine } = want;
  const isServer = k3sRole(machine) === "server";
  const via = joinsVia(facts, want);
  const begins = firstControlPlane(homelab) === machine && via === undefined;
  const files: WantedFile[] = [{ path: K3S_CONFIG, content: withValues(k3sConfigText(homelab, machine, via)), mode: "0600" }];
  // The full form tells a machine which authority it may believe; who begins the cluster makes that authority. k3s reads nothing but the token in this file.
  const token = begins || (isServer && homelab.kubernetes.datastore.kind === "external") ? { text: `\${SECRET:${K3S_TOKEN_SECRET}}\n`, values: [`SECRET:${K3S_TOKEN_SECRET}`] } : { text: `K10\${${K3S_CA_HASH}}::server:\${SECRET:${K3S_TOKEN_SECRET}}\n`, values: [K3S_CA_HASH, `SECRET:${K3S_TOKEN_SECRET}`] };
  files.push({ path: K3S_TOKEN_FILE, content: token, mode: "0600" });
  const environment = isServer ? k3sEnvironmentText(homelab) : undefined;
  if (environment !== undefined) files.push({ path: K3S_ENVIRONMENT_FILE, content: withValues(quotedSecrets(environment.replace(/=(.*)$/gm, '="$1"'))), mode: "0600" });
  const registries = k3sRegistriesText(homelab);
  if (registries !== undefined) files.push({ path: K3S_REGISTRIES, content: withValues(quotedSecrets(registries)), mode: "0600" });
  if (upstreamResolvers(homelab).length > 0) files.push({ path: K3S_RESOLV_CONF, content: { text: HEADER + resolvConf(homelab) }, mode: "0644" });
  return files;
}

/** Ours that the file does not ask for any more; somebody else's stays. */
export function leftoverK3sFiles(facts: MachineFacts, want: Want, step: string): Change[] {
  const wanted = new Set(k3sFiles(facts, want).map(({ path }) => path));
  return OPTIONAL.filter((path) => !wanted.has(path) && contentOf(facts, path).startsWith(HEADER)).map((path) => ({ step, summary: `remove ${path}`, why: "the file asks for nothing that is in it", risk: "safe", run: [{ do: "remove-file", path, restoresOriginal: false }] }));
}
