/** Puts back what the machine had before us: files that we wrote, kernel settings, units that we masked. Each original was kept when it was first changed. */
import type { Change } from "./change.ts";
import { ORIGINAL_SYSCTLS, ORIGINAL_UNITS } from "./originals.ts";
import type { Step } from "./step.ts";
import { contentOf, isThere } from "./wanted-file.ts";

/** Files that some step writes whole; all of them, whatever the file says now. */
const FILES = [
  "/etc/hostname", "/etc/hosts", "/etc/fstab", "/etc/modules-load.d/kubernest.conf", "/etc/sysctl.d/90-kubernest.conf", "/etc/haproxy/haproxy.cfg", "/etc/keepalived/keepalived.conf",
] as const;
const ORIGINALS = "/var/lib/kubernest/originals";

export const undoPreparation: Step = {
  id: "undo-preparation",
  summary: "puts back what the machine had before",
  concerns: () => true,
  questions: () => ({ files: [...FILES.flatMap((path) => [path, `${ORIGINALS}${path}`, `${ORIGINALS}${path}.absent`]), ORIGINAL_UNITS, ORIGINAL_SYSCTLS, "/var/lib/kubernest"], units: ["haproxy.service", "keepalived.service"] }),
  decide(facts) {
    const changes: Change[] = [];
    const kept = FILES.filter((path) => isThere(facts, `${ORIGINALS}${path}`) || isThere(facts, `${ORIGINALS}${path}.absent`));
    for (const path of kept) {
      const original = contentOf(facts, `${ORIGINALS}${path}`);
      const hadNone = isThere(facts, `${ORIGINALS}${path}.absent`);
      changes.push({
        step: "undo-preparation",
        summary: hadNone ? `remove ${path}` : `put ${path} back`,
        why: hadNone ? "it was not there before" : "it was another before",
        risk: "safe",
        run: [
          { do: "remove-file", path, restoresOriginal: true },
          ...(path === "/etc/hostname" && original.trim() !== "" ? [{ do: "script" as const, script: { text: "hostname -F /etc/hostname 2>/dev/null || hostnamectl set-hostname \"$(cat /etc/hostname)\"" }, shown: `hostnamectl set-hostname ${original.trim()}`, deadlineMs: 20_000 }] : []),
        ],
      });
    }
    for (const unit of ["keepalived", "haproxy"]) {
      const fact = facts.units[`${unit}.service`];
      if (kept.some((path) => path.includes(`/${unit}/`)) && fact?.active === "active")
        changes.unshift({ step: "undo-preparation", summary: `stop ${unit}`, why: "it runs with our configuration", risk: "disrupts", run: [{ do: "script", script: { text: `systemctl disable --now ${unit}` }, shown: `systemctl disable --now ${unit}`, deadlineMs: 60_000 }] });
    }
    const sysctls = contentOf(facts, ORIGINAL_SYSCTLS).split("\n").filter((line) => line.includes("="));
    if (sysctls.length > 0)
      changes.push({ step: "undo-preparation", summary: `put ${sysctls.map((line) => line.split("=")[0]!.trim()).join(", ")} back`, why: "they were others before", risk: "safe", run: [{ do: "script", script: { text: `sysctl -q -p ${ORIGINAL_SYSCTLS} 2>&1 || :\nrm -f ${ORIGINAL_SYSCTLS}` }, shown: sysctls.map((line) => `sysctl -w ${line}`).join("; "), deadlineMs: 20_000 }] });
    const units = contentOf(facts, ORIGINAL_UNITS).split("\n").filter((line) => line !== "");
    if (units.length > 0)
      changes.push({ step: "undo-preparation", summary: `let ${units.join(", ")} run again`, why: "stopped by us", risk: "safe", run: [{ do: "script", script: { text: `${units.map((unit) => `systemctl unmask ${unit}; systemctl enable ${unit} 2>/dev/null || :`).join("\n")}\nrm -f ${ORIGINAL_UNITS}` }, shown: units.map((unit) => `systemctl unmask ${unit}`).join("; "), deadlineMs: 60_000 }] });
    if (isThere(facts, "/var/lib/kubernest")) changes.push({ step: "undo-preparation", summary: "remove /var/lib/kubernest", why: "what it kept is back in place", risk: "safe", run: [{ do: "script", script: { text: "rm -rf /var/lib/kubernest" }, shown: "rm -rf /var/lib/kubernest", deadlineMs: 20_000 }] });
    return changes;
  },
};
