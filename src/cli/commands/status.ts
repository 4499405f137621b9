/** `kubernest status`: what is, against what should be, and what to do about each difference. Changes nothing. */
import { Option } from "commander";
import type { Homelab } from "../../config/homelab.ts";
import { daysLeft, judgeStatus, nodeState, type Problem } from "../../operations/judge-status.ts";
import { endpointHolders, type Seen, seeStatus } from "../../operations/status.ts";
import { LOCAL_ENDPOINT } from "../../manifests/cluster/cluster-machines.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { homelabFile } from "../homelab-file.ts";
import { openSecretsOf } from "../homelab-secrets.ts";
import { loadOrReport } from "../load-or-report.ts";
import { operationView } from "../operation-view.ts";
import { painter } from "../paint.ts";
import { realOperationPorts } from "../real-operation-ports.ts";
import { textTable } from "../text-table.ts";

const HELP = `
Every machine is read over SSH, all at once, and the cluster is asked through its API.

  ports   2381 etcd, 6443 API, 10248 kubelet, 10249 and 10256 kube-proxy, 10257 controller-manager, 10259 scheduler

Exit codes:
  0  all is well
  1  something is not: what, and what to do, is printed last
  3  the file is invalid
`;

export const statusCommand: CommandModule = {
  configure(command) {
    command
      .option("-c, --config <file>", "the homelab file")
      .addOption(new Option("-o, --output <format>", "text, or JSON for programs").choices(["text", "json"]).default("text"))
      .addHelpText("after", HELP);
  },

  async run(_args, options, io) {
    const file = homelabFile(options, io);
    const homelab = await loadOrReport(file, io);
    if (typeof homelab === "number") return homelab;
    const secrets = await openSecretsOf(homelab, file, io);
    if (typeof secrets === "number") return secrets;
    const view = operationView(io);
    const seen = await seeStatus(homelab, realOperationPorts(homelab, io, view, (name) => secrets.get(name)));
    view.end();
    const problems = judgeStatus(homelab, seen, io.now());
    io.stdout(options["output"] === "json" ? `${JSON.stringify(statusDocument(homelab, seen, problems, io.now()), null, 2)}\n` : statusText(homelab, seen, problems, io));
    return problems.length === 0 ? EXIT.done : EXIT.failed;
  },
};

export function statusDocument(homelab: Homelab, seen: Seen, problems: readonly Problem[], nowMs: number): object {
  return {
    homelab: homelab.name,
    well: problems.length === 0,
    machines: Object.values(homelab.machines).filter(({ roles }) => roles.length > 0).map(({ name, roles }) => {
      const [facts, state] = [seen.facts[name], seen.states[name]];
      return {
        name, roles, reached: facts !== undefined,
        ...(facts === undefined ? {} : { system: facts.system.prettyName, architecture: facts.system.architecture }),
        ...(state === undefined ? {} : { load: state.load, memoryBytes: state.memoryBytes, memoryFreeBytes: state.memoryFreeBytes, ports: state.ports, etcd: state.etcd, certificates: state.certificates.map(({ path, expiresAtMs }) => ({ path, expiresAt: new Date(expiresAtMs).toISOString(), days: daysLeft(expiresAtMs, nowMs) })) }),
      };
    }),
    nodes: seen.nodes?.map(nodeState),
    endpoint: { address: homelab.kubernetes.endpoint.address, port: homelab.kubernetes.endpoint.port, heldBy: endpointHolders(homelab, seen.facts) },
    apps: seen.apps,
    changes: seen.changes,
    problems,
  };
}

export function statusText(homelab: Homelab, seen: Seen, problems: readonly Problem[], io: Pick<CommandIo, "colour" | "now" | "width">): string {
  const paint = painter(io.colour);
  const nodes = new Map((seen.nodes ?? []).map((node) => [node.metadata.name, nodeState(node)]));
  const rows = Object.values(homelab.machines).filter(({ roles }) => roles.length > 0).map(({ name, hostname, roles }) => {
    const [facts, state, node] = [seen.facts[name], seen.states[name], nodes.get(hostname)];
    const days = (state?.certificates ?? []).map(({ expiresAtMs }) => daysLeft(expiresAtMs, io.now()));
    const silent = (state?.ports ?? []).filter(({ answer }) => answer !== "ok").map(({ port }) => port);
    const root = facts?.filesystems.find(({ mountPoint }) => mountPoint === "/");
    return {
      machine: [
        name, roles.join(","), facts === undefined ? "does not answer" : `${facts.system.id} ${facts.system.version ?? ""}`.trimEnd(),
        state === undefined ? "-" : state.load.toFixed(2), state === undefined || state.memoryBytes === 0 ? "-" : percent(1 - state.memoryFreeBytes / state.memoryBytes), root === undefined || root.sizeBytes === 0 ? "-" : percent(1 - root.freeBytes / root.sizeBytes),
      ],
      node: [
        node === undefined ? "-" : `${node.ready ? "ready" : "not ready"}${node.isCordoned ? ", cordoned" : ""}`, node?.version ?? "-",
        state?.etcd === undefined ? "-" : state.etcd.isLeader ? "leader" : state.etcd.hasLeader ? "member" : "no leader",
        state === undefined || state.ports.length === 0 ? "-" : silent.length === 0 ? "all" : `not ${[...new Set(silent)].join(" ")}`,
        days.length === 0 ? "-" : `${Math.min(...days)} d`,
      ],
    };
  });
  const lines = machineTables([{ machine: ["MACHINE", "ROLES", "SYSTEM", "LOAD", "MEMORY", "DISK"], node: ["NODE", "VERSION", "ETCD", "PORTS", "CERTIFICATES"] }, ...rows], io.width);
  const { endpoint } = homelab.kubernetes;
  if (endpoint.by === "local") lines.push("", `API endpoint ${LOCAL_ENDPOINT.address}:${LOCAL_ENDPOINT.port}, a proxy on each node; for kubectl ${endpoint.address ?? "a control plane"}:${endpoint.port}`);
  else if (endpoint.address !== undefined) lines.push("", `API endpoint ${endpoint.address}:${endpoint.port}, held by ${endpointHolders(homelab, seen.facts).join(", ") || "no machine that was read"}`);
  if (seen.apps !== undefined && seen.apps.length > 0) lines.push("", textTable([["APP", "SERVICE", "READY", "URL"], ...seen.apps.map(({ app, service, ready, replicas, urls }) => [app, service, `${ready}/${replicas}`, urls.join(" ") || "-"])]));
  lines.push("");
  if (problems.length === 0) lines.push(paint.green("All is well: everything is as the file says."));
  for (const { where, what, fix } of problems) lines.push(`${paint.red(`${where}: ${what}`)}\n  → ${fix}`);
  return `${lines.join("\n")}\n`;
}

/** One table where it fits, else two. */
function machineTables(rows: readonly { readonly machine: readonly string[]; readonly node: readonly string[] }[], width: number): string[] {
  const whole = textTable(rows.map(({ machine, node }) => [...machine, ...node]));
  if (whole.split("\n").every((line) => line.length <= width)) return [whole];
  return [textTable(rows.map(({ machine }) => machine)), "", textTable(rows.map(({ machine, node }) => [machine[0]!, ...node]))];
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
