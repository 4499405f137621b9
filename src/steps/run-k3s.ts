/**
 * k3s runs with our unit and the file's configuration: the first server begins the cluster while there is none, all others join it, agents last. Where a node runs with
 * an older configuration it is started anew, and waited for until it is ready.
 */
import { OUR_MARK } from "../facts/kubernetes.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { bracketed, controlPlaneMachines, firstControlPlane } from "../manifests/cluster/cluster-machines.ts";
import { kubeVipK3sManifest } from "../manifests/cluster/kube-vip.ts";
import { K3S_UNITS, k3sUnitPath, k3sUnitText } from "../manifests/cluster/k3s-unit.ts";
import type { Change } from "./change.ts";
import { K3S_CONFIG, K3S_FILE_PATHS, k3sFiles, k3sRole, leftoverK3sFiles, usesK3s } from "./k3s-files.ts";
import { k3sKubectl, k3sReady } from "./k3s-ready.ts";
import type { Decision, Step, Want } from "./step.ts";
import { unitChanges } from "./unit-change.ts";
import { contentOf, fileChange, isThere } from "./wanted-file.ts";

/** It answers when its API and its kubelet do: on a Raspberry Pi with an SD card that takes minutes the first time. */
const START_DEADLINE_MS = 10 * 60_000;
/** Its image is pulled over the line of a home. */
const KUBE_VIP_DEADLINE_MS = 10 * 60_000;

function questions(want: Want): ReturnType<NonNullable<Step["questions"]>> {
  const role = k3sRole(want.machine);
  return { files: [...K3S_FILE_PATHS, k3sUnitPath(role), ...(role === "server" ? [kubeVipPath(want)] : [])], units: [K3S_UNITS[role]] };
}

/** Among the manifests that k3s itself applies; below its data, so that it is written only when that is there. */
const kubeVipPath = ({ homelab }: Want): string => `${homelab.kubernetes.dataDir}/server/manifests/kubernest-kube-vip.yaml`;

/** kube-vip on all servers, once one of them runs. Others join by the address that it carries, so that it is waited for. */
function kubeVipChange(step: string, facts: MachineFacts, want: Want): Change[] {
  const { homelab, machine } = want;
  const { endpoint } = homelab.kubernetes;
  if (k3sRole(machine) !== "server") return [];
  const path = kubeVipPath(want);
  if (endpoint.by !== "kube-vip" || endpoint.address === undefined) {
    if (!contentOf(facts, path).startsWith(OUR_MARK)) return [];
    // k3s takes away what a manifest brought when it is told so, not when the file is gone.
    const text = `${k3sKubectl(homelab, "server")} delete -f ${path} --ignore-not-found\nrm -f ${path}`;
    return [{ step, summary: "take kube-vip off the servers", why: "something else carries the API's address", risk: "disrupts", run: [{ do: "script", script: { text }, shown: `kubectl delete -f ${path}`, deadlineMs: 120_000 }] }];
  }
  const change = fileChange(facts, { path, content: { text: `${OUR_MARK}\n${kubeVipK3sManifest(homelab)}` }, mode: "0600" }, want);
  if (change === undefined) return [];
  const answers = `${k3sKubectl(homelab, "server")} --server https://${bracketed(endpoint.address)}:${endpoint.port} --request-timeout=5s get --raw /readyz`;
  const hint = "kubectl -n kube-system get pods, and logs of kube-vip-control-plane, say who holds it and why not; has kubernetes.endpoint.interface the home network's interface?";
  return [{ step, summary: "let kube-vip carry the API's address", why: change.why, risk: isThere(facts, path) ? "disrupts" : "safe", run: [change.action, { do: "wait", until: { text: answers }, whatFor: `the API answers at ${endpoint.address}`, deadlineMs: KUBE_VIP_DEADLINE_MS, intervalMs: 2_000, hint }] }];
}

function running(step: string, facts: MachineFacts, want: Want): Change[] {
  const { homelab, machine } = want;
  const role = k3sRole(machine);
  const unit = K3S_UNITS[role];
  const leftover = leftoverK3sFiles(facts, want, step);
  // Before it is ours, who installs k3s writes the configuration: a plan has it once.
  const configuration = k3sFiles(facts, want).filter(({ path }) => facts.kubernetes.k3s?.isOurs === true || path !== K3S_CONFIG);
  // Who holds the cluster brings what carries its address to all servers.
  const carrier = want.cluster.governedBy === undefined || want.cluster.governedBy === machine.name ? kubeVipChange(step, facts, want) : [];
  return [
    ...leftover,
    ...unitChanges(facts, want, {
      step,
      unit,
      unitFiles: [{ path: k3sUnitPath(role), content: { text: k3sUnitText(homelab, role) }, mode: "0644" }],
      configuration,
      restartRisk: "disrupts",
      restartWhy: leftover.length > 0 ? "its configuration is new" : undefined,
      startDeadlineMs: START_DEADLINE_MS,
      afterRestart: [k3sReady(homelab, role, machine.hostname)],
      hint: `journalctl -u ${unit.replace(".service", "")} shows what it says`,
    }),
    ...carrier,
  ];
}

const isServer = (want: Want): boolean => usesK3s(want) && k3sRole(want.machine) === "server";
const beginsCluster = ({ homelab, machine, cluster }: Want): boolean => firstControlPlane(homelab) === machine && cluster.governedBy === undefined;

export const formK3sCluster: Step = {
  id: "form-k3s-cluster",
  summary: "begins the cluster on the first server",
  concerns: (want) => isServer(want) && firstControlPlane(want.homelab) === want.machine,
  questions,
  decide(facts, want): Decision {
    if (!beginsCluster(want)) return [];
    // A server that does not answer may hold the cluster: a second one beside it would be the worst of ends.
    const silent = controlPlaneMachines(want.homelab).filter(({ name }) => want.cluster.machines[name] === undefined);
    if (silent.length > 0) return { refused: `no cluster is to be seen, but ${silent.map(({ name }) => name).join(", ")} did not answer and may hold one`, hint: `bring ${silent.length === 1 ? "it" : "them"} up, or take ${silent.length === 1 ? "it" : "them"} out of the file` };
    const changes = running("form-k3s-cluster", facts, want);
    const [last] = changes.slice(-1);
    if (last === undefined) return [];
    // Machines without data that join this cluster join a new one: nothing in it has their names yet.
    return [...changes.slice(0, -1), { ...last, run: [...last.run, { do: "obtain", script: { text: "echo INVITED=yes" }, shown: "note that the others may join", gives: ["INVITED"], deadlineMs: 10_000 }] }];
  },
};

const isGoverning = ({ machine, cluster }: Want): boolean => cluster.governedBy === machine.name;

export const runGoverningK3sServer: Step = {
  id: "run-governing-k3s-server",
  summary: "runs k3s on the server that holds the cluster",
  concerns: (want) => isServer(want) && isGoverning(want),
  questions,
  decide: (facts, want) => running("run-governing-k3s-server", facts, want),
};

export const runK3sServer: Step = {
  id: "run-k3s-server",
  isJoin: true,
  summary: "runs k3s as a server beside others",
  concerns: (want) => isServer(want) && !beginsCluster(want) && !isGoverning(want),
  questions,
  decide: (facts, want) => running("run-k3s-server", facts, want),
};

export const runK3sAgent: Step = {
  id: "run-k3s-agent",
  isJoin: true,
  summary: "runs k3s as an agent of the cluster",
  concerns: (want) => usesK3s(want) && k3sRole(want.machine) === "agent",
  questions,
  decide: (facts, want) => running("run-k3s-agent", facts, want),
};
