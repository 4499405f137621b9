/** Services that the file does not want run no more, now and after a reboot. Never one that the machine is reached by, or that `up` itself runs. */
import type { Change } from "./change.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { keepUnit } from "./originals.ts";
import type { Step, Want } from "./step.ts";

/** `bluetooth` is `bluetooth.service`, as systemctl takes it. */
export function unitName(name: string): string {
  return /\.(service|socket|timer|mount|swap|target|path|device)$/.test(name) ? name : `${name}.service`;
}

function unitsOf({ machine }: Pick<Want, "machine">): string[] {
  return [...new Set(machine.disableServices.map(unitName))].sort();
}

/** Units without which nobody would come in again, or the node would be none. */
const NEEDED: Readonly<Record<string, string>> = {
  "ssh.service": "it is how the machine is reached",
  "ssh.socket": "it is how the machine is reached",
  "sshd.service": "it is how the machine is reached",
  "sshd.socket": "it is how the machine is reached",
  "containerd.service": "`up` runs it",
  "kubelet.service": "`up` runs it",
  "k3s.service": "`up` runs it",
  "k3s-agent.service": "`up` runs it",
  "haproxy.service": "`up` runs it",
  "keepalived.service": "`up` runs it",
  "dbus.service": "systemd needs it",
};

const KEEPERS: Readonly<Record<MachineFacts["network"]["configuredBy"], readonly string[]>> = {
  networkmanager: ["NetworkManager.service"],
  "systemd-networkd": ["systemd-networkd.service"],
  dhcpcd: ["dhcpcd.service"],
  ifupdown: ["networking.service"],
  netplan: ["systemd-networkd.service", "NetworkManager.service"],
  unknown: [],
};

export const disableServices: Step = {
  id: "disable-services",
  summary: "stops the services that the file does not want",
  concerns: ({ machine }) => machine.disableServices.length > 0,
  questions: (want) => ({ units: unitsOf(want) }),
  decide(facts, want) {
    const keepers = KEEPERS[facts.network.configuredBy];
    const there = unitsOf(want).filter((unit) => {
      const fact = facts.units[unit];
      return fact !== undefined && fact.load !== "not-found" && fact.load !== "masked";
    });
    const needed = there.filter((unit) => NEEDED[unit] !== undefined || keepers.includes(unit));
    if (needed.length > 0) {
      const [unit] = needed;
      return { refused: `${unit} is not to be stopped: ${NEEDED[unit!] ?? "it keeps the machine's addresses"}`, hint: `take it out of machines.${want.machine.name}.disableServices` };
    }
    return there.flatMap((unit): Change[] => {
      const { active, enabled } = facts.units[unit]!;
      const isActive = active === "active" || active === "activating" || active === "reloading";
      // `static` and `indirect` have nothing to disable: something else starts them, and only a mask keeps them away.
      const isStartedByOthers = isActive && enabled !== "enabled" && enabled !== "enabled-runtime" && enabled !== "disabled";
      if (!isActive && enabled !== "enabled" && enabled !== "enabled-runtime") return [];
      const command = isStartedByOthers ? `systemctl mask --now ${unit}` : `systemctl disable --now ${unit}`;
      const state = [isActive ? "it runs" : undefined, enabled === "enabled" ? "it starts with the machine" : undefined].filter((word) => word !== undefined);
      return [{ step: "disable-services", summary: `stop ${unit.replace(/\.service$/, "")} for good`, why: state.join(", ") || `it is ${enabled}`, risk: "disrupts", run: [{ do: "script", script: { text: `${isStartedByOthers || enabled === "enabled" ? `${keepUnit(unit)}\n` : ""}${command}` }, shown: command, deadlineMs: 60_000 }] }];
    });
  },
};
