/** What Ansible is given: an inventory, and the variables of its playbook out of the same homelab and the same sources that `up` writes from. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Homelab, Machine } from "../../../src/config/homelab.ts";
import { cniPluginsArchive, containerdArchive, kubernetesBinary, runcBinary } from "../../../src/manifests/cluster/artifacts.ts";
import { CONTAINERD_UNIT, containerdConfigText } from "../../../src/manifests/cluster/containerd.ts";
import { KUBELET_DROP_IN, KUBELET_UNIT } from "../../../src/manifests/cluster/kubelet-unit.ts";
import { CNI_PLACED, CONTAINERD_PLACED } from "../../../src/steps/install-container-runtime.ts";
import { KUBERNETES_PROGRAMS } from "../../../src/steps/install-kubernetes.ts";
import { neededPackages } from "../../../src/steps/install-packages.ts";
import { modulesText, wantedModules } from "../../../src/steps/load-modules.ts";
import { sysctlsText, wantedSysctls } from "../../../src/steps/set-sysctls.ts";
import { hostsBlock } from "../../../src/steps/write-hosts-block.ts";
import { pathIn } from "./stand-ins.ts";

/** As `uname -m` has it. */
const KERNEL_NAMES: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

/** Writes `inventory.ini` and `vars.json` into the directory. All machines are given what the first needs: a control plane is prepared as a worker is. */
export function writeAnsibleFiles(directory: string, homelab: Homelab, mirror: string): void {
  const machines = Object.values(homelab.machines);
  const [machine] = machines as [Machine, ...Machine[]];
  const want = { homelab, machine };
  const sysctls = wantedSysctls(want);
  const variables = {
    node_architecture: KERNEL_NAMES[machine.architecture] ?? machine.architecture,
    hosts_block: hostsBlock(want),
    disabled_services: machine.disableServices,
    packages: neededPackages(want, "apt"),
    modules: wantedModules(want),
    modules_text: modulesText(want),
    sysctls,
    sysctls_text: sysctlsText(sysctls),
    containerd_unit: CONTAINERD_UNIT,
    containerd_config: containerdConfigText(homelab),
    kubelet_unit: KUBELET_UNIT,
    kubelet_drop_in: KUBELET_DROP_IN,
    files: { runc: pathIn(mirror, runcBinary(machine).url), containerd: pathIn(mirror, containerdArchive(machine).url), cni: pathIn(mirror, cniPluginsArchive(machine).url) },
    containerd_members: CONTAINERD_PLACED.map(({ member }) => member),
    cni_members: CNI_PLACED.map(({ member }) => member),
    kubernetes_programs: KUBERNETES_PROGRAMS.map((name) => ({ from: pathIn(mirror, kubernetesBinary(homelab, machine, name).url), to: `/usr/local/bin/${name}` })),
  };
  writeFileSync(join(directory, "vars.json"), JSON.stringify(variables, undefined, 2));
  const lines = machines.map(({ name, address, ssh }) => `${name} ansible_host=${address} ansible_user=${ssh.user}`);
  writeFileSync(join(directory, "inventory.ini"), `[nodes]\n${lines.join("\n")}\n`);
}

export interface Recap {
  /** Tasks that changed something, over all machines. */
  readonly changedCount: number;
  readonly failedCount: number;
}

/** The sum of the last lines of a run: `m01 : ok=24 changed=3 unreachable=0 failed=0 …`. */
export function parseRecap(output: string): Recap {
  const recap = output.slice(output.lastIndexOf("PLAY RECAP"));
  const sum = (word: string): number => [...recap.matchAll(new RegExp(`\\b${word}=(\\d+)`, "g"))].reduce((total, match) => total + Number(match[1]), 0);
  return { changedCount: sum("changed"), failedCount: sum("failed") + sum("unreachable") };
}
