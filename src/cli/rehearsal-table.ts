/** What the user sees when everything is ready: nodes, apps, addresses, and commands that work as pasted. */
import type { AppAddress } from "../manifests/app-addresses.ts";
import type { RehearsalResult } from "./rehearsal-result.ts";
import { textTable } from "./text-table.ts";

export function rehearsalTable(result: RehearsalResult, addresses: readonly AppAddress[]): string {
  const nodes = result.nodes.map(({ name, ready, roles, version, architecture, pods }) => [name, ready ? "Ready" : "NotReady", roles.join(",") || "worker", version, architecture, `${pods} pods`]);
  const apps = result.apps.map(({ app, service, ready, replicas, url }) => [app === service ? app : `${app}/${service}`, `${ready}/${replicas}`, url ?? ""]);
  const lines = [`Ready after ${duration(result.simulatedSeconds ?? 0)} of simulated time, ${duration(result.realSeconds)} of yours.`, "", textTable([["NODE", "STATUS", "ROLES", "VERSION", "ARCH", "RUNS"], ...nodes])];
  if (apps.length > 0) lines.push("", textTable([["APP", "READY", "URL"], ...apps]));
  if (result.serves !== undefined) {
    const { http, https } = result.serves;
    const kubeconfig = quoted(result.serves.kubeconfig);
    lines.push("", "Kubeconfig:", `  ${result.serves.kubeconfig}`, "", "Try:", `  kubectl --kubeconfig ${kubeconfig} get pods -A`);
    const first = addresses[0];
    if (first !== undefined) {
      lines.push(`  curl -i --connect-to ${first.host}:80:127.0.0.1:${http} http://${first.host}${first.path}`);
      if (first.hasTls) lines.push(`  curl --cacert ${quoted(result.serves.authority)} --connect-to ${first.host}:443:127.0.0.1:${https} https://${first.host}${first.path}`);
    }
    const worker = nodes.at(-1)?.[0];
    if (worker !== undefined) lines.push(`  kubectl --kubeconfig ${kubeconfig} drain ${worker} --ignore-daemonsets --delete-emptydir-data`);
    lines.push("", "It runs until you press Ctrl-C.");
  }
  return `${lines.join("\n")}\n`;
}

/** As a shell reads it. */
function quoted(path: string): string {
  return /^[\w@%+=:,./~\\-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
