/** Swap is off, now and after a reboot: the kubelet counts memory without it. Partitions and files by fstab, dphys-swapfile, zram and swap units. */
import type { Change } from "./change.ts";
import { keepUnit } from "./originals.ts";
import type { Step } from "./step.ts";
import { contentOf, fileChange } from "./wanted-file.ts";

const FSTAB = "/etc/fstab";
/** What makes swap on the systems we know: Raspberry Pi OS before and since Trixie, Debian, Ubuntu. */
export const SWAP_UNITS = ["dphys-swapfile.service", "rpi-zram-writeback.service", "rpi-resize-swap-file.service", "zramswap.service", "systemd-zram-setup@zram0.service", "dev-zram0.swap"];

/** Lines of an fstab that make swap, turned into comments that say so. */
export function fstabWithoutSwap(text: string): string {
  return text
    .split("\n")
    .map((line) => (/^\s*[^#\s]\S*\s+\S+\s+swap\s/.test(line) ? `# kubernest: no swap under Kubernetes: ${line}` : line))
    .join("\n");
}

export const turnSwapOff: Step = {
  id: "turn-swap-off",
  summary: "keeps swap off, now and after a reboot",
  concerns: ({ machine }) => machine.roles.includes("control-plane") || machine.roles.includes("worker"),
  questions: () => ({ files: [FSTAB, "/etc/systemd/zram-generator.conf"], units: SWAP_UNITS }),
  decide(facts, want) {
    const changes: Change[] = [];
    const fstab = contentOf(facts, FSTAB);
    const without = fstabWithoutSwap(fstab);
    const file = facts.files[FSTAB];
    if (file?.kind === "file" && without !== fstab) {
      const change = fileChange(facts, { path: FSTAB, content: { text: without }, mode: file.mode, owner: file.owner }, want);
      if (change !== undefined) changes.push({ step: "turn-swap-off", summary: `take swap out of ${FSTAB}`, why: "it would be on again after a reboot", risk: "safe", run: [change.action] });
    }
    const makers = SWAP_UNITS.filter((unit) => {
      const fact = facts.units[unit];
      return fact !== undefined && fact.load !== "not-found" && fact.load !== "masked" && (fact.active === "active" || fact.enabled === "enabled");
    });
    // dev-zram0.swap and the generator's unit are made anew at each boot: only a mask keeps them away.
    for (const unit of makers)
      changes.push({ step: "turn-swap-off", summary: `stop ${unit.replace(/\.service$/, "")} for good`, why: "it makes swap", risk: "safe", run: [{ do: "script", script: { text: `${keepUnit(unit)}\nsystemctl disable --now ${unit} 2>/dev/null || systemctl stop ${unit}\nsystemctl mask ${unit}` }, shown: `systemctl disable --now ${unit} && systemctl mask ${unit}`, deadlineMs: 60_000 }] });
    if (facts.swap.active.length > 0)
      changes.push({
        step: "turn-swap-off",
        summary: "turn swap off",
        why: `${facts.swap.active.map(({ source }) => source).join(", ")} ${facts.swap.active.length === 1 ? "is" : "are"} on`,
        risk: "safe",
        run: [{ do: "script", script: { text: "swapoff -a" }, shown: "swapoff -a", deadlineMs: 120_000, hint: "what is in swap must fit into memory: stop something large first" }],
      });
    return changes;
  },
};
