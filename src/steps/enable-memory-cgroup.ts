/**
 * A Raspberry Pi's kernel counts memory for containers: its firmware turns that off unless the kernel's parameters say otherwise. Written, booted, and looked at again
 * after the reboot: the file alone proves nothing.
 */
import type { Action } from "./change.ts";
import { k3sRole } from "./k3s-files.ts";
import { k3sReady } from "./k3s-ready.ts";
import { kubeletReady } from "./kubelet-ready.ts";
import type { Step } from "./step.ts";
import { contentOf, fileChange } from "./wanted-file.ts";

const PARAMETERS = ["cgroup_memory=1", "cgroup_enable=memory"] as const;
/** The one that the kernel of today reads; the other is an older kernel's. */
const DECIDING = "cgroup_enable=memory";
const FILES = ["/boot/firmware/current/cmdline.txt", "/boot/firmware/cmdline.txt", "/boot/cmdline.txt"];

/** From a card that checks its file system to a login: a Pi Zero takes three minutes. */
const REBOOT_DEADLINE_MS = 5 * 60_000;

/** The firmware reads the first line only; what forbids what we ask for goes. */
export function withMemoryCgroup(text: string): string {
  const [first = "", ...rest] = text.split("\n");
  const kept = first.split(/\s+/).filter((word) => word !== "" && word !== "cgroup_disable=memory" && word !== "cgroup_memory=0");
  return [[...kept, ...PARAMETERS.filter((parameter) => !kept.includes(parameter))].join(" "), ...rest].join("\n");
}

export const enableMemoryCgroup: Step = {
  id: "enable-memory-cgroup",
  summary: "lets a Raspberry Pi's kernel limit the memory of containers",
  concerns: ({ machine }) => machine.roles.includes("control-plane") || machine.roles.includes("worker"),
  // Which of them the firmware reads shows only in the facts.
  questions: () => ({ files: FILES }),
  decide(facts, want) {
    if (facts.cgroup.controllers.includes("memory")) return [];
    const path = facts.boot.parametersFile;
    const file = path === undefined ? undefined : facts.files[path];
    if (path === undefined || file?.kind !== "file" || file.content === undefined)
      return { refused: "its kernel does not count the memory of containers, and it is no Raspberry Pi whose parameters we know", hint: "add cgroup_enable=memory to its kernel's parameters and reboot; in a container the computer underneath must hand the controller on" };
    const text = contentOf(facts, path);
    const wanted = withMemoryCgroup(text);
    const isBooted = facts.boot.parameters.includes(DECIDING);
    if (isBooted && wanted === text)
      return {
        refused: `${path} says ${DECIDING}, this kernel (${facts.system.kernel}) was booted with it, and still does not count the memory of containers`,
        hint: "seen on the Pi 5 (k3s issue 9524, raspberrypi/linux issue 5933): update kernel and firmware (apt full-upgrade, rpi-eeprom-update -a), reboot, and look at /sys/fs/cgroup/cgroup.controllers",
      };
    const run: Action[] = [];
    // FAT knows neither owners nor modes: they are what the mount says.
    if (wanted !== text) run.push(fileChange(facts, { path, content: { text: wanted }, mode: file.mode, owner: file.owner }, want)!.action);
    const why = wanted === text ? `${path} says ${DECIDING}, this boot does not know it yet` : `the kernel does not count the memory of containers, and ${path} does not ask for it`;
    run.push({ do: "reboot", why: "the kernel reads its parameters when it starts", deadlineMs: REBOOT_DEADLINE_MS });
    if (facts.kubernetes.kubeadm?.hasJoined === true) run.push(kubeletReady);
    if (facts.kubernetes.k3s?.hasData === true) run.push(k3sReady(want.homelab, k3sRole(want.machine), want.machine.hostname));
    return [{ step: "enable-memory-cgroup", summary: "count the memory of containers, and reboot", why, risk: "disrupts", run }];
  },
};
