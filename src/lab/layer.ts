/** Files that every machine of a lab has over its root filesystem, read only: what makes a container behave as a machine, and where apt finds packages. */
import { createHash } from "node:crypto";
import type { AptSettings } from "./apt-settings.ts";
import type { ComputerFacts } from "./computer-facts.ts";
import { isVersion1 } from "./control-groups.ts";
import { kubeadmShim, prepareScript, runcShim, SHIM_DIRECTORY, SHIM_PATH } from "./shims.ts";

export type LayerFile = { readonly path: string; readonly mode: number; readonly text: string } | { readonly path: string; readonly link: string };

const UNITS = "/etc/systemd/system";

const PREPARE_UNIT = `[Unit]
Description=Kubernest lab: control groups and kernel settings of a machine in a container
DefaultDependencies=no
Before=sysinit.target systemd-sysctl.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/lib/kubernest-lab/prepare

[Install]
WantedBy=sysinit.target
`;

export function layerFiles(facts: ComputerFacts, apt: AptSettings): readonly LayerFile[] {
  const files: LayerFile[] = [
    { path: "/etc/fstab", mode: 0o644, text: "" },
    { path: "/etc/apt/apt.conf.d/90lab", mode: 0o644, text: apt.configuration },
    { path: "/usr/lib/kubernest-lab/prepare", mode: 0o755, text: prepareScript() },
    { path: `${UNITS}/kubernest-lab.service`, mode: 0o644, text: PREPARE_UNIT },
    { path: `${UNITS}/sysinit.target.wants/kubernest-lab.service`, link: "../kubernest-lab.service" },
    { path: `${SHIM_DIRECTORY}/runc`, mode: 0o755, text: runcShim(facts) },
    { path: "/etc/systemd/system.conf.d/kubernest-lab.conf", mode: 0o644, text: `[Manager]\nDefaultEnvironment=PATH=${SHIM_PATH}\n` },
    { path: "/etc/sudoers.d/kubernest-lab", mode: 0o440, text: `Defaults secure_path="${SHIM_PATH}"\n` },
    { path: "/etc/ssh/sshd_config.d/90-kubernest-lab.conf", mode: 0o644, text: `Match User root\n  SetEnv PATH=${SHIM_PATH}\n` },
    // Each would take an inotify instance of the computer's few.
    ...["console", "wall"].map((name) => ({ path: `${UNITS}/systemd-ask-password-${name}.path`, link: "/dev/null" })),
  ];
  // keepalived's package recommends one whose service fails, and with it the installation, where the kernel has no IPVS to load.
  if (facts.modules === undefined) files.push({ path: `${UNITS}/ipvsadm.service`, link: "/dev/null" });
  if (apt.sources !== undefined) files.push({ path: "/etc/apt/sources.list", mode: 0o644, text: apt.sources });
  if (isVersion1(facts.hierarchies)) {
    files.push({ path: `${SHIM_DIRECTORY}/kubeadm`, mode: 0o755, text: kubeadmShim() });
    files.push({ path: "/etc/default/kubelet", mode: 0o644, text: "KUBELET_EXTRA_ARGS=--fail-cgroupv1=false\n" });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Names a layer by what is in it: a changed one is another directory, because a mounted one must never change. */
export function layerHash(files: readonly LayerFile[]): string {
  return createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 16);
}
