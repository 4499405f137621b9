/** Kernel settings: what a node needs to route for its pods, and what the file adds. Only what differs is set. */
import { shellQuote } from "../lib/shell-quote.ts";
import type { Change } from "./change.ts";
import { keepSysctl } from "./originals.ts";
import type { Step, Want } from "./step.ts";
import { fileChange } from "./wanted-file.ts";

/** Late in the order, so that a distribution's own files do not undo it. */
const PATH = "/etc/sysctl.d/90-kubernest.conf";

export function wantedSysctls({ homelab, machine }: Pick<Want, "homelab" | "machine">): Record<string, string> {
  const isNode = machine.roles.includes("control-plane") || machine.roles.includes("worker");
  const { endpoint, network } = homelab.kubernetes;
  const wanted: Record<string, string> = {};
  if (isNode) {
    wanted["net.ipv4.ip_forward"] = "1";
    wanted["net.bridge.bridge-nf-call-iptables"] = "1";
    wanted["net.bridge.bridge-nf-call-ip6tables"] = "1";
    if (network.pods.some((range) => range.includes(":"))) {
      wanted["net.ipv6.conf.all.forwarding"] = "1";
      // A router ignores router advertisements unless told not to: its own default route would go.
      wanted["net.ipv6.conf.all.accept_ra"] = "2";
    }
  }
  // haproxy binds the address also while the other one holds it.
  if (endpoint.by === "haproxy" && endpoint.on.includes(machine.name)) wanted["net.ipv4.ip_nonlocal_bind"] = "1";
  return { ...wanted, ...machine.sysctls };
}

export function sysctlsText(wanted: Readonly<Record<string, string>>): string {
  const entries = Object.entries(wanted).sort(([a], [b]) => (a < b ? -1 : 1));
  return `# kubernest\n${entries.map(([name, value]) => `${name} = ${value}\n`).join("")}`;
}

/** The kernel prints tabs where files have spaces. */
function normal(value: string): string {
  return value.trim().replace(/\s+/g, " ");
}

export const setSysctls: Step = {
  id: "set-sysctls",
  summary: "sets the kernel up to route for pods, and as the file says",
  concerns: (want) => Object.keys(wantedSysctls(want)).length > 0,
  questions: (want) => ({ files: [PATH], sysctls: Object.keys(wantedSysctls(want)) }),
  decide(facts, want) {
    const wanted = wantedSysctls(want);
    const entries = Object.entries(wanted).sort(([a], [b]) => (a < b ? -1 : 1));
    const changes: Change[] = [];
    const file = fileChange(facts, { path: PATH, content: { text: sysctlsText(wanted) }, mode: "0644" }, want);
    if (file !== undefined) changes.push({ step: "set-sysctls", summary: `write ${PATH}`, why: file.why, risk: "safe", run: [file.action] });
    const different = entries.filter(([name, value]) => facts.sysctls[name] === undefined || normal(facts.sysctls[name]) !== normal(value));
    if (different.length > 0)
      changes.push({
        step: "set-sysctls",
        summary: `set ${different.map(([name]) => name).join(", ")}`,
        why: different.map(([name]) => `${name} is ${facts.sysctls[name] === undefined ? "not there yet" : normal(facts.sysctls[name])}`).join(", "),
        risk: "safe",
        run: [{ do: "script", script: { text: different.map(([name, value]) => `${keepSysctl(name)}\nsysctl -q -w ${shellQuote(`${name}=${value}`)}`).join("\n") }, shown: `sysctl -w ${different.map(([name, value]) => `${name}=${value}`).join(" ")}`, deadlineMs: 20_000, hint: "a setting that this kernel refuses, or that a container may not change: take it out of the file" }],
      });
    return changes;
  },
};
