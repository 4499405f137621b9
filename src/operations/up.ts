/** `up`: machines prepared, the cluster formed and joined, what the file describes applied to it. */
import type { Homelab, Machine } from "../config/homelab.ts";
import { controlPlaneMachines, firstControlPlane, workerMachines } from "../manifests/cluster/cluster-machines.ts";
import type { MachineStage } from "../plan/stage.ts";
import { acceptMachine } from "../steps/accept-machine.ts";
import { disableServices } from "../steps/disable-services.ts";
import { configureKubelet } from "../steps/configure-kubelet.ts";
import { enableMemoryCgroup } from "../steps/enable-memory-cgroup.ts";
import { formCluster, joinCluster } from "../steps/form-cluster.ts";
import { installK3s } from "../steps/install-k3s.ts";
import { hardenSsh } from "../steps/harden-ssh.ts";
import { installContainerRuntime } from "../steps/install-container-runtime.ts";
import { installKubernetes } from "../steps/install-kubernetes.ts";
import { installPackages } from "../steps/install-packages.ts";
import { inviteMachines } from "../steps/invite-machines.ts";
import { keepTime } from "../steps/keep-time.ts";
import { limitJournal } from "../steps/limit-journal.ts";
import { loadModules } from "../steps/load-modules.ts";
import { openFirewall } from "../steps/open-firewall.ts";
import { preloadImages } from "../steps/preload-images.ts";
import { runContainerd } from "../steps/run-containerd.ts";
import { runCrio } from "../steps/run-crio.ts";
import { runHaproxy } from "../steps/run-haproxy.ts";
import { formK3sCluster, runGoverningK3sServer, runK3sAgent, runK3sServer } from "../steps/run-k3s.ts";
import { runKeepalived } from "../steps/run-keepalived.ts";
import { setAddress } from "../steps/set-address.ts";
import { setHostname } from "../steps/set-hostname.ts";
import { setRegistries } from "../steps/set-registries.ts";
import { setResolvers } from "../steps/set-resolvers.ts";
import { setSysctls } from "../steps/set-sysctls.ts";
import { setTimeZone } from "../steps/set-time-zone.ts";
import { settleReverts } from "../steps/settle-reverts.ts";
import type { Step } from "../steps/step.ts";
import { turnSwapOff } from "../steps/turn-swap-off.ts";
import { writeHostsBlock } from "../steps/write-hosts-block.ts";

/** What every machine is made into, in order; each step knows whom it concerns. */
export const PREPARE_STEPS: readonly Step[] = [
  acceptMachine,
  settleReverts,
  setHostname,
  writeHostsBlock,
  // What could cut us off comes before what takes long.
  setAddress,
  setResolvers,
  openFirewall,
  hardenSsh,
  disableServices,
  turnSwapOff,
  // Early: it may start the machine anew, and what comes behind it is then done once.
  enableMemoryCgroup,
  // Before packages: signatures of their lists have dates.
  keepTime,
  setTimeZone,
  installPackages,
  limitJournal,
  loadModules,
  setSysctls,
  installContainerRuntime,
  setRegistries,
  runContainerd,
  runCrio,
  installKubernetes,
  preloadImages,
  configureKubelet,
  installK3s,
  runHaproxy,
  runKeepalived,
];

/** Machines that `up` has to do with: nodes and load balancers. */
export function upMachines(homelab: Homelab): Machine[] {
  return Object.values(homelab.machines).filter((machine) => machine.roles.length > 0);
}

export const UP_MACHINE_STAGES: readonly MachineStage[] = [
  { id: "prepare", title: "Prepare the machines", steps: PREPARE_STEPS, machines: upMachines, atOnce: "all", after: [] },
  { id: "form", title: "Begin the cluster", steps: [formCluster, formK3sCluster], machines: (homelab) => [firstControlPlane(homelab)].filter((machine) => machine !== undefined), atOnce: "one", after: ["prepare"] },
  // Of k3s: who holds the cluster runs before it is asked for anything, and joined by others.
  { id: "governing-server", title: "Run the server that holds the cluster", steps: [runGoverningK3sServer], machines: controlPlaneMachines, atOnce: "one", after: ["form"] },
  { id: "invite", title: "Let machines join", steps: [inviteMachines], machines: controlPlaneMachines, atOnce: "one", after: ["form", "governing-server"] },
  // etcd takes one new member at a time.
  { id: "join-control-planes", title: "Join the control planes", steps: [joinCluster, runK3sServer], machines: controlPlaneMachines, atOnce: "one", after: ["invite"] },
  { id: "join-workers", title: "Join the workers", steps: [joinCluster, runK3sAgent], machines: workerMachines, atOnce: "all", after: ["invite"] },
];
