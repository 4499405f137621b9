/**
 * Puts back what the machine had before us: every file that some step wrote, as it noted it then; kernel settings; units that were stopped for good. What the kernel is
 * started with stays: only a reboot would show that it still starts without.
 */
import { dirname } from "node:path/posix";
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { Action, Change } from "./change.ts";
import { ORIGINAL_FILES, ORIGINAL_SYSCTLS, ORIGINAL_TIME_ZONE, ORIGINAL_UNITS, type OriginalFile, parseOriginalFiles } from "./originals.ts";
import { noteZone } from "./set-time-zone.ts";
import type { Step } from "./step.ts";
import { contentOf, isThere } from "./wanted-file.ts";

const OURS = "/var/lib/kubernest";
const STEP = "undo-preparation";
/** Services that take a configuration that is put back, by its directory. */
const SERVICES = [
  { unit: "keepalived.service", below: "/etc/keepalived", verb: "stop" },
  { unit: "haproxy.service", below: "/etc/haproxy", verb: "stop" },
  { unit: "systemd-timesyncd.service", below: "/etc/systemd/timesyncd.conf.d", verb: "restart" },
  { unit: "chrony.service", below: "/etc/chrony", verb: "restart" },
  { unit: "systemd-resolved.service", below: "/etc/systemd/resolved.conf.d", verb: "restart" },
  { unit: "systemd-journald.service", below: "/etc/systemd/journald.conf.d", verb: "restart" },
  // Sessions that are open stay open.
  { unit: "ssh.service", below: "/etc/ssh/sshd_config.d", verb: "restart" },
  { unit: "sshd.service", below: "/etc/ssh/sshd_config.d", verb: "restart" },
] as const;

/** What goes with Kubernetes and its runtime is taken away by their own steps; where a package had brought a file, it comes back here. */
function isTakenBefore({ path, wasThere }: OriginalFile): boolean {
  return !wasThere && /^\/(?:etc\/(?:kubernetes|containerd|rancher)|run\/kubernest)\/|^\/etc\/systemd\/system\/(?:kubelet|containerd|k3s)/.test(path);
}

function isBoot({ path }: OriginalFile): boolean {
  return path.startsWith("/boot/");
}

export const undoPreparation: Step = {
  id: STEP,
  summary: "puts back what the machine had before",
  concerns: () => true,
  questions: () => ({ files: [ORIGINAL_FILES, ORIGINAL_UNITS, ORIGINAL_SYSCTLS, ORIGINAL_TIME_ZONE, OURS], units: SERVICES.map(({ unit }) => unit) }),
  decide(facts) {
    const all = parseOriginalFiles(contentOf(facts, ORIGINAL_FILES));
    const files = all.filter((file) => !isTakenBefore(file) && !isBoot(file));
    const changes = [...stopped(facts, files), ...files.map(putBack), ...restarted(facts, files)];
    const sysctls = contentOf(facts, ORIGINAL_SYSCTLS).split("\n").filter((line) => line.includes("="));
    if (sysctls.length > 0)
      changes.push(script(`put ${sysctls.map((line) => line.split("=")[0]!.trim()).join(", ")} back`, "they were others before", `sysctl -q -p ${ORIGINAL_SYSCTLS} 2>&1 || :\nrm -f ${ORIGINAL_SYSCTLS}`, sysctls.map((line) => `sysctl -w ${line}`).join("; ")));
    const units = contentOf(facts, ORIGINAL_UNITS).split("\n").filter((line) => line !== "");
    if (units.length > 0)
      changes.push(script(`let ${units.join(", ")} run again`, "stopped by us", `${units.map((unit) => `systemctl unmask ${unit}; systemctl enable ${unit} 2>/dev/null || :`).join("\n")}\nrm -f ${ORIGINAL_UNITS}`, units.map((unit) => `systemctl unmask ${unit}`).join("; ")));
    const zone = contentOf(facts, ORIGINAL_TIME_ZONE).trim();
    if (zone !== "") changes.push(script(`set the time zone to ${zone}`, "it was that before", `timedatectl set-timezone ${zone}\n${noteZone(zone)}\nrm -f ${ORIGINAL_TIME_ZONE}`, `timedatectl set-timezone ${zone}`));
    const boot = all.filter(isBoot);
    // The original of what stays is kept, and nothing else of ours.
    if (boot.length === 0 && isThere(facts, OURS)) changes.push(script(`remove ${OURS}`, "what it kept is back in place", `rm -rf ${OURS}`, `rm -rf ${OURS}`));
    else if (boot.length > 0 && all.length > boot.length) {
      const noted = boot.map(({ path, wasThere }) => `${wasThere ? "kept" : "absent"} ${path}\n`).join("");
      changes.push({ step: STEP, summary: `keep the original of ${boot.map(({ path }) => path).join(", ")}`, why: "what the kernel is started with stays as it is", risk: "safe", run: [{ do: "write-file", path: ORIGINAL_FILES, content: { text: noted }, mode: "0600", owner: "root:root", before: undefined, keepsOriginal: false }] });
    }
    return changes;
  },
};

function script(summary: string, why: string, text: string, shown: string, risk: Change["risk"] = "safe"): Change {
  return { step: STEP, summary, why, risk, run: [{ do: "script", script: { text }, shown, deadlineMs: 60_000 }] };
}

function putBack({ path, wasThere }: OriginalFile): Change {
  const run: Action[] = [{ do: "remove-file", path, restoresOriginal: true }];
  if (path === "/etc/hostname" && wasThere) run.push({ do: "script", script: { text: 'hostnamectl set-hostname "$(cat /etc/hostname)" 2>/dev/null || hostname -F /etc/hostname' }, shown: "hostnamectl set-hostname $(cat /etc/hostname)", deadlineMs: 20_000 });
  return { step: STEP, summary: wasThere ? `put ${path} back` : `remove ${path}`, why: wasThere ? "it was another before" : "it was not there before", risk: "safe", run };
}

function servicesOf(facts: MachineFacts, files: readonly OriginalFile[], verb: "stop" | "restart"): string[] {
  return SERVICES.filter((service) => service.verb === verb && facts.units[service.unit]?.active === "active" && files.some(({ path }) => dirname(path) === service.below || dirname(dirname(path)) === service.below)).map(({ unit }) => unit);
}

function stopped(facts: MachineFacts, files: readonly OriginalFile[]): Change[] {
  return servicesOf(facts, files, "stop").map((unit) => script(`stop ${unit.replace(".service", "")}`, "it runs with our configuration", `systemctl disable --now ${unit}`, `systemctl disable --now ${unit}`, "disrupts"));
}

function restarted(facts: MachineFacts, files: readonly OriginalFile[]): Change[] {
  return servicesOf(facts, files, "restart").map((unit) => script(`restart ${unit.replace(".service", "")}`, "its configuration is back", `systemctl restart ${unit}`, `systemctl restart ${unit}`));
}
