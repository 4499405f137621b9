/**
 * The cluster begins, or a machine becomes part of it: `kubeadm init` on the first control plane while there is no cluster, `kubeadm join` for all others. An attempt that
 * was interrupted is cleared away and made again; a cluster that is not ours is left alone.
 */
import { OUR_MARK, UNFINISHED_MARK } from "../facts/kubernetes.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { controlPlaneMachines, firstControlPlane } from "../manifests/cluster/cluster-machines.ts";
import { KUBEADM_PATCHES, kubeadmText, type KubeadmVerb } from "../manifests/cluster/kubeadm.ts";
import type { Action, Change } from "./change.ts";
import { usesKubeadm } from "./install-kubernetes.ts";
import { hasOtherControlPlanes, KUBE_VIP_MANIFEST, KUBELET_PATCH, kubeadmNodeFiles } from "./kubeadm-files.ts";
import type { Decision, Refusal, Step, Want } from "./step.ts";
import { contentOf, fileChange, isThere } from "./wanted-file.ts";

/** In memory: it holds the token. */
const CONFIG = "/run/kubernest/kubeadm.yaml";

const INIT_DEADLINE_MS = 10 * 60_000;
const JOIN_DEADLINE_MS = 10 * 60_000;
const RESET_DEADLINE_MS = 3 * 60_000;
/** A pod has half a minute to end, and the kubelet may look at its directory only every 20 s. */
const KUBE_VIP_STOP_SECONDS = 60;
const KUBE_VIP_DEADLINE_MS = 3 * 60_000;

/** The values that a machine needs to join; the operation makes or reads them. */
export const JOIN_VALUES = ["BOOTSTRAP_TOKEN", "CERTIFICATE_KEY", "CA_CERT_HASH"] as const;

/** What is wrong with a machine that has something of Kubernetes, or undefined. */
function notOurs(facts: MachineFacts, want: Want): Refusal | undefined {
  const { kubeadm, k3s, others } = facts.kubernetes;
  const name = want.machine.name;
  if (others.length > 0) return { refused: `${others.join(", ")} is on it`, hint: "another Kubernetes would fight over ports and networks: remove it first, with its own tool" };
  if (k3s !== undefined) return { refused: `${k3s.isOurs ? "" : "somebody's "}k3s is on it, and the file wants kubeadm`, hint: k3s.isOurs ? `kubernest reset ${name} takes it away` : `if nobody needs it: k3s-uninstall.sh or k3s-agent-uninstall.sh on ${name}, then run the same command again; else leave ${name} out with roles: [none]` };
  if (kubeadm !== undefined && !kubeadm.isOurs && (kubeadm.hasJoined || kubeadm.hasEtcdData)) return { refused: "it is part of a cluster that kubeadm made by another hand", hint: `if nobody needs it: kubeadm reset on ${name}, then run the same command again` };
  const there = kubeadm?.caHash;
  const governing = want.cluster.governedBy === undefined ? undefined : want.cluster.machines[want.cluster.governedBy]?.kubernetes.kubeadm?.caHash;
  if (kubeadm?.hasJoined === true && there !== undefined && governing !== undefined && there !== governing) return { refused: `it is part of another cluster than ${want.cluster.governedBy}`, hint: `kubernest reset ${name} takes it out of that one` };
  return undefined;
}

export const formCluster: Step = {
  id: "form-cluster",
  summary: "begins the cluster on the first control plane",
  concerns: (want) => usesKubeadm(want) && firstControlPlane(want.homelab) === want.machine,
  questions: (want) => ({ files: kubeadmNodeFiles(want.homelab, want.machine, true).map(({ path }) => path) }),
  decide(facts, want): Decision {
    const refusal = notOurs(facts, want);
    if (refusal !== undefined) return refusal;
    if (want.cluster.governedBy !== undefined) return [];
    // A control plane that does not answer may hold the cluster: a second one beside it would be the worst of ends.
    const silent = controlPlaneMachines(want.homelab).filter(({ name }) => want.cluster.machines[name] === undefined);
    if (silent.length > 0) return { refused: `no cluster is to be seen, but ${silent.map(({ name }) => name).join(", ")} did not answer and may hold one`, hint: `bring ${silent.length === 1 ? "it" : "them"} up, or take ${silent.length === 1 ? "it" : "them"} out of the file` };
    return begin(facts, want, "init");
  },
};

export const joinCluster: Step = {
  id: "join-cluster",
  isJoin: true,
  summary: "makes the machine a node of the cluster",
  concerns: (want) => usesKubeadm(want) && !(firstControlPlane(want.homelab) === want.machine && want.cluster.governedBy === undefined),
  questions: (want) => ({ files: [KUBE_VIP_MANIFEST, ...kubeadmNodeFiles(want.homelab, want.machine, false).map(({ path }) => path)] }),
  decide(facts, want): Decision {
    const refusal = notOurs(facts, want);
    if (refusal !== undefined) return refusal;
    // The kubelet's is of a step of its own.
    if (facts.kubernetes.kubeadm?.hasJoined === true && !facts.kubernetes.kubeadm.isHalfDone) return [...filesOf(facts, want, false).filter(({ summary }) => !summary.endsWith(KUBELET_PATCH)), ...withoutKubeVip(facts, want)];
    return begin(facts, want, "join");
  },
};

/** Files that a node reads keep to what the file says, also after it has joined. */
function filesOf(facts: MachineFacts, want: Want, isForming: boolean): Change[] {
  const step = isForming ? "form-cluster" : "join-cluster";
  return kubeadmNodeFiles(want.homelab, want.machine, isForming).flatMap((file): Change[] => {
    const change = fileChange(facts, file, want);
    // The address leaves its holder for a moment when that starts anew.
    const risk = file.path === KUBE_VIP_MANIFEST && isThere(facts, file.path) ? "disrupts" : "safe";
    return change === undefined ? [] : [{ step, summary: `write ${file.path}`, why: change.why, risk, run: [change.action] }];
  });
}

/** The API's address is not its own any more: what still ran would go on taking it. */
function withoutKubeVip(facts: MachineFacts, { homelab }: Want): Change[] {
  if (homelab.kubernetes.endpoint.by === "kube-vip" || !contentOf(facts, KUBE_VIP_MANIFEST).startsWith(OUR_MARK)) return [];
  return [{ step: "join-cluster", summary: `remove ${KUBE_VIP_MANIFEST}`, why: "something else carries the API's address", risk: "disrupts", run: [{ do: "remove-file", path: KUBE_VIP_MANIFEST, restoresOriginal: false }] }];
}

/** Waits until no kube-vip runs any more, and takes off an address that it left. The address is the file's: no part of a command can stand in it. */
function stopped(address: string): string {
  return `running() { for p in /proc/[0-9]*/comm; do { read -r name <"$p"; } 2>/dev/null && [ "$name" = kube-vip ] && return 0; done; return 1; }
n=0
while running && [ $n -lt ${KUBE_VIP_STOP_SECONDS} ]; do sleep 1; n=$((n + 1)); done
running || ip -o address show | while read -r number link family own rest; do case $own in "${address}"/*) ip address delete "$own" dev "$link" ;; esac; done`;
}

/**
 * kube-vip as it runs for good, as the administrator whom `kubeadm init` has given his rights by now. It is stopped first: what comes next must not use an address that is about
 * to leave. A kubelet that was started anew meanwhile, as `init` does at its end, knows nothing of it and kills it, and then the address stays behind: it is taken off.
 */
function settleKubeVip({ homelab, machine }: Want): Action[] {
  const { endpoint } = homelab.kubernetes;
  const file = kubeadmNodeFiles(homelab, machine, false).find(({ path }) => path === KUBE_VIP_MANIFEST);
  if (file === undefined) return [];
  return [
    { do: "remove-file", path: KUBE_VIP_MANIFEST, restoresOriginal: false },
    { do: "script", script: { text: stopped(endpoint.address ?? "") }, shown: `wait until kube-vip, which began with the rights of super-admin.conf, is gone, and take ${endpoint.address} off`, deadlineMs: (KUBE_VIP_STOP_SECONDS + 30) * 1000 },
    { do: "write-file", path: file.path, content: file.content, mode: file.mode, owner: "root:root", before: undefined, keepsOriginal: false },
    {
      do: "wait",
      until: { text: "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get --raw /readyz" },
      whatFor: `the API answers at ${endpoint.address}`,
      deadlineMs: KUBE_VIP_DEADLINE_MS,
      intervalMs: 1_000,
      hint: "crictl logs of kube-vip, or kubectl -n kube-system logs kube-vip-NODE by the machine's own address, say who holds it and why not; has kubernetes.endpoint.interface the home network's interface?",
    },
  ];
}

function begin(facts: MachineFacts, want: Want, verb: KubeadmVerb): Change[] {
  const { homelab, machine } = want;
  const step = verb === "init" ? "form-cluster" : "join-cluster";
  const isHalfDone = facts.kubernetes.kubeadm?.isHalfDone === true;
  const isControlPlane = machine.roles.includes("control-plane");
  const changes: Change[] = [];
  if (isHalfDone)
    changes.push({
      step,
      summary: "clear away what an interrupted attempt left",
      why: `${UNFINISHED_MARK} is there`,
      // Nothing of the machine's was in use yet: the attempt did not end.
      risk: "disrupts",
      run: [{ do: "script", script: { text: `mark=$(cat ${UNFINISHED_MARK})\nkubeadm reset --force >/dev/null 2>&1 || kubeadm reset --force\nmkdir -p /etc/kubernetes\nprintf '%s\\n' "$mark" >${UNFINISHED_MARK}\nrm -rf /etc/cni/net.d/*kubernest* ${homelab.kubernetes.datastore.dataDir}/member` }, shown: "kubeadm reset --force", deadlineMs: RESET_DEADLINE_MS }],
    });
  // What clears the attempt away empties the manifests' directory.
  changes.push(...filesOf(isHalfDone ? { ...facts, files: { ...facts.files, [KUBE_VIP_MANIFEST]: { kind: "absent" } } } : facts, want, verb === "init"));
  const values = verb === "init" ? ["BOOTSTRAP_TOKEN", ...(hasOtherControlPlanes(homelab, machine) ? ["CERTIFICATE_KEY"] : [])] : ["BOOTSTRAP_TOKEN", "CA_CERT_HASH", ...(isControlPlane ? ["CERTIFICATE_KEY"] : [])];
  const text = kubeadmText(homelab, machine, verb);
  const upload = verb === "init" && hasOtherControlPlanes(homelab, machine) ? " --upload-certs" : "";
  const command = `kubeadm ${verb} --config ${CONFIG}${upload}`;
  const run: Action[] = [
    { do: "write-file", path: CONFIG, content: { text, values }, mode: "0600", owner: "root:root", before: undefined, keepsOriginal: false },
    {
      do: "script",
      // kubeadm says its tokens aloud: lines that hold one are left out.
      script: { text: `mkdir -p ${KUBEADM_PATCHES}\necho ${verb} >${UNFINISHED_MARK}\nsystemctl enable --quiet kubelet\n{ ${command} 2>&1; echo "ended with $?"; } | { s=1; while IFS= read -r l; do case $l in "ended with "*) s=\${l##* };; *token*|*certificate-key*|*discovery-token-ca-cert-hash*) ;; *) printf "%s\\n" "$l";; esac; done; exit $s; }\nrm -f ${CONFIG} ${UNFINISHED_MARK}` },
      shown: `${command}`,
      deadlineMs: verb === "init" ? INIT_DEADLINE_MS : JOIN_DEADLINE_MS,
      hint: "journalctl -u kubelet and crictl ps -a (or ctr -n k8s.io tasks ls) on the machine say more; run the same command again to clear away and try once more",
    },
  ];
  if (verb === "init") run.push(...settleKubeVip(want));
  // The token and key that init was given are those that the others join with: nobody need be invited again.
  if (verb === "init") run.push({ do: "obtain", script: { text: "echo INVITED=yes" }, shown: "note that the others may join", gives: ["INVITED"], deadlineMs: 10_000 });
  changes.push({ step, summary: verb === "init" ? "begin the cluster (kubeadm init)" : `join the cluster as a ${isControlPlane ? "control plane" : "worker"} (kubeadm join)`, why: verb === "init" ? "there is no cluster yet" : "not part of the cluster yet", risk: "safe", run });
  return changes;
}
