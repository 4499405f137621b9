/** etcd's members, asked of and changed through a member that lives: kubeadm's own etcd pod has etcdctl. */
import type { MachineSession } from "../engine/machine-session.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { isTrue } from "../kube/readiness.ts";
import { shellQuote } from "../lib/shell-quote.ts";
import { bracketed } from "../manifests/cluster/cluster-machines.ts";
import type { KubeObject } from "../objects/kube-object.ts";

export interface EtcdMember {
  readonly id: string;
  /** The node's; empty for a member that was added and has not started yet. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly isHealthy: boolean;
  /** It follows, and has no vote yet. */
  readonly isLearner: boolean;
}

const DEADLINE_MS = 60_000;
const PKI = "/etc/kubernetes/pki/etcd";

/** `node`: the control plane of the session, as the cluster calls it. */
function etcdctl(node: string, words: string): string {
  return `kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=${DEADLINE_MS / 2000}s -n kube-system exec ${shellQuote(`etcd-${node}`)} -c etcd -- etcdctl --endpoints=https://127.0.0.1:2379 --cacert=${PKI}/ca.crt --cert=${PKI}/server.crt --key=${PKI}/server.key ${words}`;
}

export async function etcdMembers(session: MachineSession, node: string): Promise<EtcdMember[]> {
  // Health ends with a failure when any member is not well: what it printed is what counts.
  const script = `${etcdctl(node, "member list")} || exit 1\n${etcdctl(node, "endpoint health --cluster")} 2>&1 || :`;
  const { code, stdout, stderr } = await session.read(script, DEADLINE_MS);
  if (code !== 0) throw new StepFailed("change-failed", `${session.machine}: etcd's members could not be listed: ${stderr.trim().split("\n").at(-1) ?? ""}`, { machine: session.machine, hint: `is a majority of the control planes on? kubernest status; then kubectl -n kube-system logs etcd-${node}` });
  return parseMembers(stdout);
}

/** k3s keeps etcd to itself, and lets a member go when its Node does: who they are, and whether they are well, its Nodes tell. */
export function k3sMembers(nodes: readonly KubeObject[]): EtcdMember[] {
  return nodes.filter(({ metadata }) => metadata.labels?.["node-role.kubernetes.io/etcd"] === "true").map((node) => ({ id: node.metadata.name, name: node.metadata.name, peerUrls: [], isHealthy: isTrue(node, "Ready"), isLearner: false }));
}

/** `8e9e05c52164694d, started, cp1, https://192.168.1.11:2380, https://192.168.1.11:2379, false`, then `https://192.168.1.11:2379 is healthy: …` */
export function parseMembers(output: string): EtcdMember[] {
  const lines = output.split("\n");
  const healthy = new Set(lines.flatMap((line) => /(https?:\/\/\S+) is healthy/.exec(line)?.[1] ?? []));
  return lines.flatMap((line) => {
    const [id, , name, peers, urls, learner] = line.split(", ");
    return id === undefined || !/^[0-9a-f]{1,16}$/.test(id) || urls === undefined ? [] : [{ id, name: name ?? "", peerUrls: (peers ?? "").split(","), isHealthy: urls.split(",").some((url) => healthy.has(url)), isLearner: learner?.trim() === "true" }];
  });
}

/** A member that never started has no name yet: its address tells whose it is. */
export function memberOf(members: readonly EtcdMember[], node: string, address: string | undefined): EtcdMember | undefined {
  return members.find(({ name }) => name === node) ?? members.find(({ name, peerUrls }) => name === "" && address !== undefined && peerUrls.includes(`https://${bracketed(address)}:2380`));
}

/** Why a member must not go, or undefined. What remains must have a majority of itself that is well; learners have no vote. `machine`: what people call it. */
export function quorumAfter(members: readonly EtcdMember[], { id }: EtcdMember, machine: string): string | undefined {
  const rest = members.filter((member) => member.id !== id && !member.isLearner);
  const healthy = rest.filter(({ isHealthy }) => isHealthy).length;
  if (healthy > rest.length / 2) return undefined;
  return `without ${machine}, ${healthy} of ${rest.length} etcd members would be well: nothing could be written any more`;
}

export async function removeEtcdMember(session: MachineSession, node: string, { id, name }: EtcdMember): Promise<void> {
  const { code, stdout, stderr } = await session.read(etcdctl(node, `member remove ${id}`), DEADLINE_MS);
  if (code !== 0) throw new StepFailed("change-failed", `${session.machine}: etcd did not let ${name || id} go: ${(stderr || stdout).trim().split("\n").at(-1) ?? ""}`, { machine: session.machine, hint: "are the other members well? kubernest status" });
}
