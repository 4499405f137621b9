/** The kernel modules that containers and their network need, now and after a reboot. What is built into the kernel is there already. */
import type { Change } from "./change.ts";
import type { Step, Want } from "./step.ts";
import { fileChange } from "./wanted-file.ts";

const PATH = "/etc/modules-load.d/kubernest.conf";

export function wantedModules({ homelab, machine }: Pick<Want, "homelab" | "machine">): string[] {
  const { network } = homelab.kubernetes;
  const isNode = machine.roles.includes("control-plane") || machine.roles.includes("worker");
  if (!isNode) return [];
  const modules = ["overlay", "br_netfilter"];
  if (network.cni === "flannel" && network.backend === "vxlan") modules.push("vxlan");
  if (network.backend === "wireguard-native") modules.push("wireguard");
  return modules.sort();
}

export function modulesText(want: Pick<Want, "homelab" | "machine">): string {
  return `# kubernest\n${wantedModules(want).join("\n")}\n`;
}

export const loadModules: Step = {
  id: "load-modules",
  summary: "loads the kernel modules that containers and their network need",
  concerns: (want) => wantedModules(want).length > 0,
  questions: (want) => ({ files: [PATH], modules: wantedModules(want) }),
  decide(facts, want) {
    const modules = wantedModules(want);
    const missing = modules.filter((module) => facts.modules[module] === "missing");
    if (missing.length > 0)
      return { refused: `its kernel (${facts.system.kernel}) has no ${missing.join(", ")}`, hint: facts.system.isRaspberryPiOs ? "update the system and reboot: apt full-upgrade; a kernel that was updated but not booted has lost its modules" : "install the kernel's extra modules (Ubuntu: linux-modules-extra-$(uname -r)), or reboot into the kernel that is installed" };
    const changes: Change[] = [];
    const file = fileChange(facts, { path: PATH, content: { text: modulesText(want) }, mode: "0644" }, want);
    if (file !== undefined) changes.push({ step: "load-modules", summary: `write ${PATH}`, why: file.why, risk: "safe", run: [file.action] });
    const absent = modules.filter((module) => facts.modules[module] === "loadable");
    if (absent.length > 0) changes.push({ step: "load-modules", summary: `load ${absent.join(", ")}`, why: "not loaded", risk: "safe", run: [{ do: "script", script: { text: `modprobe -a ${absent.join(" ")}` }, shown: `modprobe -a ${absent.join(" ")}`, deadlineMs: 30_000 }] });
    return changes;
  },
};
