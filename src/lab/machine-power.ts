/**
 * The scripts that run a machine. Its mounts and its network live in namespaces that end with its processes, so that nothing of them can be left behind,
 * whatever ends them.
 */
import { shellQuote, shellWords } from "../lib/shell-quote.ts";
import type { ComputerFacts } from "./computer-facts.ts";
import { groupPath, type Hierarchy, joinScript, labGroup, processesScript, removeScript } from "./control-groups.ts";
import type { LabMachine } from "./lab-plan.ts";
import type { LabPaths } from "./lab-paths.ts";
import { holderScript, SWITCH } from "./lab-network.ts";

/** systemd-nspawn's exit code when the machine reboots itself. */
const REBOOTED = 133;

/** What a machine may do: never CAP_SYS_TIME or all of them, or its clock and kernel settings would be the computer's. */
const CAPABILITIES = [
  "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_RESOURCE", "CAP_SYS_PTRACE", "CAP_IPC_LOCK", "CAP_SYSLOG", "CAP_BPF", "CAP_PERFMON", "CAP_MKNOD", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
];

export function machineGroup(lab: string, machine: string): string {
  return `${labGroup(lab)}/machines/${machine}`;
}

/** The power supply: starts the machine, starts it again when it reboots itself, ends when it is off. */
export function supplyScript(machine: LabMachine, lab: string, paths: LabPaths, facts: ComputerFacts): string {
  return `# Supplies ${machine.name} of the lab ${lab} with power.
set -e
${joinScript(facts.hierarchies, `${machineGroup(lab, machine.name)}/supply`)}
while :; do
  code=0
  unshare --mount --net --propagation private sh ${shellQuote(paths.machine(machine.name).boot)} || code=$?
  [ $code -eq ${REBOOTED} ] || exit $code
done
`;
}

export function bootScript(machine: LabMachine, lab: string, paths: LabPaths, facts: ComputerFacts, register: Hierarchy, layer: string): string {
  const group = `${machineGroup(lab, machine.name)}/machine`;
  const own = `machines/${machine.name}`;
  const groups = shellWords(facts.hierarchies.map((one) => groupPath(one, group)));
  const nspawn = [
    "systemd-nspawn", "-q", "--register=no", "--keep-unit", "--boot", "-D", `${own}/root`, "-M", machine.name, `--hostname=${machine.hostname}`, `--uuid=${machine.machineId}`,
    "--network-namespace-path=/proc/self/ns/net", "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=pipe",
    `--capability=${CAPABILITIES.join(",")}`, "--drop-capability=CAP_SYS_TIME,CAP_SYS_RAWIO", "--system-call-filter=@keyring @swap bpf",
    `--bind=${paths.machine(machine.name).varLib}:/var/lib`,
    ...(facts.hasKmsg ? ["--bind=/dev/kmsg"] : []),
    ...(facts.modules === undefined ? [] : [`--bind-ro=${facts.modules}`]),
  ];
  return `# Boots ${machine.name} of the lab ${lab} in the namespaces that it was started in.
set -e
# Groups that the machine made before it was switched off are in the way of those it makes now.
for group in ${groups}; do [ ! -d "$group" ] || find "$group" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null || :; done
${joinScript(facts.hierarchies, group)}
cd ${shellQuote(paths.root)}
mkdir -p ${own}/work
mount -t overlay overlay -o lowerdir=${own}/seed:${layer}:image,upperdir=${own}/upper,workdir=${own}/work ${own}/root
# nspawn notes running machines there by name: those of another lab may have the same.
mkdir -p /run/systemd
mount -t tmpfs -o mode=755 tmpfs /run/systemd
${holderScript(lab, register)}
lab() { nsenter --net="/proc/$holder/ns/net" "$@"; }
lab ip link delete ${machine.link} 2>/dev/null || :
lab ip link add ${machine.link} type veth peer name ${machine.interface} address ${machine.mac} netns $$
lab ip link set ${machine.link} master ${SWITCH}
[ -e ${own}/unplugged ] || lab ip link set ${machine.link} up
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
exec ${shellWords(nspawn)}
`;
}

/** sh that sets `init` to the process id of the machine's first process and `container` to that of nspawn; empty while it is off. */
export function initScript(lab: string, machine: string, register: Hierarchy): string {
  return `container= init=
for process in $(${processesScript(register, machineGroup(lab, machine)).trim()}); do
  [ "$(cat "/proc/$process/comm" 2>/dev/null)" = systemd-nspawn ] || continue
  children=$(cat "/proc/$process/task/$process/children" 2>/dev/null || :)
  # nspawn has a helper of the same name while it starts: the machine is the child of the last one.
  [ -z "$children" ] || { container=$process; init=\${children%% *}; }
done
`;
}

/** sh that shuts the machine down as its power button does, and waits. Exits with 3 when it is still there at the end. */
export function shutDownScript(lab: string, machine: string, register: Hierarchy, withinSeconds: number): string {
  const processes = processesScript(register, machineGroup(lab, machine)).trim();
  return `${initScript(lab, machine, register)}
[ -z "$init" ] || kill -s RTMIN+4 "$init"
round=0
while [ -n "$(${processes})" ]; do
  [ $round -lt ${withinSeconds * 20} ] || exit 3
  round=$((round + 1)); sleep 0.05
done
`;
}

/**
 * sh that takes the power away. The cable goes first: with the processes alone gone, addresses that they held would answer until the kernel has
 * taken the namespace apart.
 */
export function cutScript(machine: LabMachine, lab: string, hierarchies: readonly Hierarchy[], register: Hierarchy): string {
  return `${holderScript(lab, register)}
[ -z "$holder" ] || nsenter --net="/proc/$holder/ns/net" ip link delete ${machine.link} 2>/dev/null || :
${removeScript(hierarchies, register, machineGroup(lab, machine.name))}`;
}
