/** What is wrong with what `status` saw, and what to do about each. Pure. */
import type { Homelab, Machine } from "../config/homelab.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { kubectlName } from "./compare-objects.ts";
import { endpointHolders, type Seen } from "./status.ts";

export interface Problem {
  /** A machine, `etcd`, `API endpoint`, an app, `file`. */
  readonly where: string;
  readonly what: string;
  readonly fix: string;
}

const DAY_MS = 86_400_000;
/** kubeadm's certificates live a year: by then somebody has time for them. */
const CERTIFICATE_DAYS_MIN = 30;
const MEMORY_FREE_SHARE_MIN = 0.05;
/** The kubelet sends pods away below 10 % of a disk, and images before, below 15 %. */
const DISK_FREE_SHARE_MIN = 0.15;
/** etcd takes no more writes at its quota. */
const ETCD_QUOTA_SHARE_MAX = 0.8;

export interface NodeState {
  readonly name: string;
  readonly ready: boolean;
  /** Why it is not ready, as the control plane says it. */
  readonly reason: string | undefined;
  readonly version: string | undefined;
  readonly roles: readonly string[];
  readonly isCordoned: boolean;
}

export function nodeState(node: KubeObject): NodeState {
  const status = node["status"] as { conditions?: { type: string; status: string; reason?: string; message?: string }[]; nodeInfo?: { kubeletVersion?: string } } | undefined;
  const condition = status?.conditions?.find(({ type }) => type === "Ready");
  const roles = Object.keys(node.metadata.labels ?? {}).flatMap((label) => /^node-role\.kubernetes\.io\/(.+)$/.exec(label)?.[1] ?? []);
  return { name: node.metadata.name, ready: condition?.status === "True", reason: condition?.status === "True" ? undefined : (condition?.message ?? condition?.reason ?? "it has not said anything yet"), version: status?.nodeInfo?.kubeletVersion, roles: roles.length === 0 ? ["worker"] : roles.sort(), isCordoned: (node["spec"] as { unschedulable?: boolean } | undefined)?.unschedulable === true };
}

export function judgeStatus(homelab: Homelab, seen: Seen, nowMs: number): Problem[] {
  const machines = Object.values(homelab.machines).filter(({ roles }) => roles.length > 0);
  return [
    ...seen.failures.map((failure): Problem => ({ where: failure.machine ?? "file", what: withoutName(failure.message, failure.machine), fix: failure.hint ?? "the debug log says more" })),
    ...seen.refusals.map(({ machine, refused, hint }): Problem => ({ where: machine, what: refused, fix: hint })),
    ...machines.flatMap((machine) => machineProblems(machine, seen, nowMs)),
    ...(seen.apiError === undefined ? [] : [{ where: "API", what: seen.apiError.message, fix: seen.apiError.hint ?? `kubernest exec --sudo control-plane -- journalctl -u ${homelab.kubernetes.distribution === "k3s" ? "k3s" : "kubelet"} -n 50` }]),
    ...(seen.apiNote === undefined ? [] : [{ where: "API endpoint", what: seen.apiNote, fix: "look at the holder of the address, and at the machines that forward to the control planes" }]),
    ...etcdProblems(homelab, machines, seen),
    ...holderProblems(homelab, seen),
    ...nodeProblems(homelab, machines, seen),
    ...(seen.unready ?? []).map(({ what, why, hint }): Problem => ({ where: what, what: why, fix: hint ?? `kubectl describe ${kubectlName(what)}` })),
    ...(seen.changes === undefined || seen.changes === 0 ? [] : [{ where: "file", what: `${seen.changes} change${seen.changes === 1 ? "" : "s"} to what is there`, fix: "kubernest plan shows them, kubernest up makes them" }]),
  ];
}

function machineProblems({ name, hostname }: Machine, { facts, states }: Seen, nowMs: number): Problem[] {
  const [state, fact] = [states[name], facts[name]];
  if (state === undefined || fact === undefined) return [];
  const problems: Problem[] = [];
  const isNode = fact.kubernetes.kubeadm?.hasJoined === true || fact.kubernetes.k3s?.hasData === true;
  // What is not there yet is what the plan counts, not what is broken.
  if (isNode) for (const { part, port, answer } of state.ports) if (answer !== "ok") problems.push({ where: name, what: `${part} on port ${port}: ${answer}`, fix: fixOf(part, { name, hostname }, fact) });
  if (state.memoryBytes > 0 && state.memoryFreeBytes < state.memoryBytes * MEMORY_FREE_SHARE_MIN) problems.push({ where: name, what: `${mebibytes(state.memoryFreeBytes)} Mi of ${mebibytes(state.memoryBytes)} Mi of memory are free`, fix: `kubectl top pods -A --sort-by=memory, and move or limit what takes most` });
  for (const { mountPoint, sizeBytes, freeBytes, isReadOnly } of fact.filesystems) {
    if (isReadOnly || sizeBytes === 0 || !["/", "/var", "/var/lib"].includes(mountPoint)) continue;
    if (freeBytes < sizeBytes * DISK_FREE_SHARE_MIN) problems.push({ where: name, what: `${mountPoint} has ${Math.floor((freeBytes / sizeBytes) * 100)} % free`, fix: `below 15 % the kubelet removes images, below 10 % pods: make room (journalctl --vacuum-size=100M, apt clean) or take a larger disk` });
  }
  // One line per machine: they were made together and end together.
  const soon = state.certificates.filter(({ expiresAtMs }) => expiresAtMs - nowMs < CERTIFICATE_DAYS_MIN * DAY_MS).sort((a, b) => a.expiresAtMs - b.expiresAtMs);
  if (soon.length > 0) {
    const days = daysLeft(soon[0]!.expiresAtMs, nowMs);
    problems.push({ where: name, what: `${soon[0]!.path} ${days < 0 ? `ended ${-days} days ago` : `ends in ${days} days`}${soon.length > 1 ? `, and ${soon.length - 1} more soon` : ""}`, fix: fact.kubernetes.k3s === undefined ? `on ${name}: kubeadm certs renew all, then restart the control plane's pods; a kubelet renews its own` : `on ${name}: systemctl restart k3s renews them` });
  }
  return problems;
}

/** What writes the journal of a node: k3s is kubelet and control plane in one. */
function nodeUnit({ kubernetes: { k3s } }: Pick<MachineFacts, "kubernetes">): string {
  return k3s === undefined ? "kubelet" : k3s.role === "agent" ? "k3s-agent" : "k3s";
}

function fixOf(part: string, { name, hostname }: Pick<Machine, "name" | "hostname">, fact: MachineFacts): string {
  if (part !== "API endpoint" && (part === "kubelet" || fact.kubernetes.k3s !== undefined)) return `kubernest exec --sudo ${name} -- journalctl -u ${nodeUnit(fact)} -n 50`;
  if (part === "API endpoint") return `from ${name} the endpoint does not answer: look at the machines that carry its address`;
  return `kubectl -n kube-system get pods --field-selector spec.nodeName=${hostname}; without the API: kubernest exec --sudo ${name} -- 'ls -t /var/log/pods | head'`;
}

function etcdProblems(homelab: Homelab, machines: readonly Machine[], { facts, states }: Seen): Problem[] {
  const { datastore } = homelab.kubernetes;
  if (datastore.kind !== "etcd") return [];
  const members = machines.filter(({ name, roles }) => roles.includes("control-plane") && (facts[name]?.kubernetes.kubeadm?.hasJoined === true || facts[name]?.kubernetes.k3s?.hasData === true));
  const all = machines.filter(({ roles }) => roles.includes("control-plane")).length;
  const leading = members.filter(({ name }) => states[name]?.etcd?.isLeader === true);
  const healthy = members.filter(({ name }) => states[name]?.etcd?.hasLeader === true);
  const problems: Problem[] = [];
  if (members.length > 0 && healthy.length * 2 <= all) problems.push({ where: "etcd", what: `${healthy.length} of ${all} members see a leader: nothing can be written`, fix: "bring a control plane back; where that cannot be, restore from a snapshot" });
  else if (healthy.length > 0 && healthy.length < all) problems.push({ where: "etcd", what: `${healthy.length} of ${all} members are well`, fix: "bring the others back, or replace them: kubernest node replace NAME" });
  if (leading.length > 1) problems.push({ where: "etcd", what: `${leading.map(({ name }) => name).join(" and ")} both lead`, fix: "ask again: the old one learns it within a second or two; if it stays so, these are two clusters" });
  for (const { name } of members) {
    const size = states[name]?.etcd?.sizeBytes ?? 0;
    if (size > datastore.quota.value * ETCD_QUOTA_SHARE_MAX) problems.push({ where: "etcd", what: `${name}: ${mebibytes(size)} Mi of ${datastore.quota.text} are used; at its quota it takes no more writes`, fix: "defragment it (etcdctl defrag on each member, one after the other), or raise kubernetes.datastore.quota" });
  }
  return problems;
}

function holderProblems(homelab: Homelab, { facts }: Seen): Problem[] {
  const { endpoint } = homelab.kubernetes;
  if (endpoint.address === undefined || (endpoint.by !== "haproxy" && endpoint.by !== "kube-vip")) return [];
  const holders = endpointHolders(homelab, facts);
  if (holders.length === 1) return [];
  return [{ where: "API endpoint", what: holders.length === 0 ? `no machine that answers holds ${endpoint.address}` : `${holders.join(" and ")} both hold ${endpoint.address}`, fix: holders.length === 0 ? `kubernest exec --sudo ${endpoint.on.join(",") || "control-plane"} -- journalctl -u keepalived -n 30` : "they do not hear each other: VRRP (protocol 112) must pass between them" }];
}

function nodeProblems(homelab: Homelab, machines: readonly Machine[], { nodes, facts }: Seen): Problem[] {
  if (nodes === undefined) return [];
  const states = nodes.map(nodeState);
  // The cluster knows machines by their host names.
  const byNode = new Map(Object.values(homelab.machines).map(({ hostname, name }) => [hostname, name]));
  const problems = states.flatMap(({ name: node, ready, reason, isCordoned }): Problem[] => {
    const name = byNode.get(node);
    if (name === undefined) return [{ where: node, what: "a node that the file does not have", fix: `put it into the file, or take it away: kubectl drain ${node} --ignore-daemonsets, then kubectl delete node ${node}` }];
    if (!ready) return [{ where: name, what: `the node is not ready: ${reason}`, fix: facts[name] === undefined ? `is ${name} on, and in the network?` : `kubernest exec --sudo ${name} -- journalctl -u ${nodeUnit(facts[name])} -n 50` }];
    return isCordoned ? [{ where: name, what: "no new pods are placed on it (cordoned)", fix: `kubectl uncordon ${node}, when whatever it was is over` }] : [];
  });
  const named = new Set(states.map(({ name }) => name));
  const absent = machines.filter(({ hostname, roles }) => !named.has(hostname) && (roles.includes("control-plane") || roles.includes("worker")));
  return [...problems, ...absent.map(({ name }): Problem => ({ where: name, what: "it is no node of the cluster", fix: "kubernest up makes it one" }))];
}

/** Whole days, negative when it is over. */
export function daysLeft(expiresAtMs: number, nowMs: number): number {
  return Math.floor((expiresAtMs - nowMs) / DAY_MS);
}

const mebibytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

/** Where a problem is stands before it already. */
function withoutName(message: string, machine: string | undefined): string {
  return machine !== undefined && message.startsWith(`${machine}: `) ? message.slice(machine.length + 2) : message;
}
