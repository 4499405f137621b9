/** What the user sees when everything is ready: nodes, apps, addresses, and commands that work as pasted. */
import type { Homelab } from "../config/homelab.ts";
import type { Rehearsal } from "../rehearse/rehearsal.ts";
import { textTable } from "./text-table.ts";

export interface RehearsalTableOptions {
  homelab: Homelab;
  rehearsal: Rehearsal;
  simulatedMs: number;
  realMs: number;
  kubeconfig: string;
  authorityFile: string;
  isServing: boolean;
}

export function rehearsalTable(options: RehearsalTableOptions): string {
  const { homelab, rehearsal, kubeconfig } = options;
  const { client } = rehearsal.cluster;
  const nodes = client.list("nodes").map((node) => {
    const roles = Object.keys(node.metadata.labels ?? {})
      .filter((label) => label.startsWith("node-role.kubernetes.io/"))
      .map((label) => label.slice("node-role.kubernetes.io/".length));
    const info = node["status"]?.nodeInfo as { kubeletVersion?: string; architecture?: string } | undefined;
    const pods = client.podsOnNode(node.metadata.name).length;
    return [node.metadata.name, "Ready", roles.join(",") || "worker", info?.kubeletVersion ?? "", info?.architecture ?? "", `${pods} pods`];
  });
  const apps = Object.values(homelab.apps).flatMap((app) =>
    Object.values(app.services).map((service) => {
      const workload = ["apps/deployments", "apps/statefulsets", "apps/daemonsets"]
        .flatMap((type) => client.list(type, { namespace: app.namespace }))
        .find((object) => object.metadata.labels?.["app.kubernetes.io/component"] === service.name || object.metadata.name === service.name);
      const status = (workload?.["status"] ?? {}) as { readyReplicas?: number; replicas?: number; numberReady?: number; desiredNumberScheduled?: number };
      const ready = `${status.readyReplicas ?? status.numberReady ?? 0}/${status.replicas ?? status.desiredNumberScheduled ?? 0}`;
      const url = rehearsal.addresses.find((address) => address.app === app.name && address.service === service.name)?.url ?? "";
      return [app.name === service.name ? app.name : `${app.name}/${service.name}`, ready, url];
    }),
  );
  const lines = [
    `Ready after ${seconds(options.simulatedMs)} of simulated time, ${seconds(options.realMs)} of yours.`,
    "",
    textTable([["NODE", "STATUS", "ROLES", "VERSION", "ARCH", "RUNS"], ...nodes]),
  ];
  if (apps.length > 0) lines.push("", textTable([["APP", "READY", "URL"], ...apps]));
  if (options.isServing) {
    lines.push("", "Kubeconfig:", `  ${kubeconfig}`, "", "Try:", `  kubectl --kubeconfig ${kubeconfig} get pods -A`);
    const first = rehearsal.addresses[0];
    const { http, https } = rehearsal.ports;
    if (first !== undefined) {
      lines.push(`  curl -i --connect-to ${first.host}:80:127.0.0.1:${http} http://${first.host}${first.path}`);
      if (first.hasTls) lines.push(`  curl --cacert ${options.authorityFile} --connect-to ${first.host}:443:127.0.0.1:${https} https://${first.host}${first.path}`);
    }
    const worker = nodes.at(-1)?.[0];
    if (worker !== undefined) lines.push(`  kubectl --kubeconfig ${kubeconfig} drain ${worker} --ignore-daemonsets --delete-emptydir-data`);
    lines.push("", "It runs until you press Ctrl-C.");
  }
  return `${lines.join("\n")}\n`;
}

function seconds(ms: number): string {
  const total = Math.round(ms / 100) / 10;
  return total < 120 ? `${total} s` : `${Math.floor(total / 60)} min ${Math.round(total % 60)} s`;
}
