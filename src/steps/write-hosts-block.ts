/** Machines know each other's names without any DNS: a block of ours in /etc/hosts, the rest of it untouched. */
import { machineAddress } from "../manifests/cluster/cluster-machines.ts";
import type { Step, Want } from "./step.ts";
import { contentOf, fileChange, withBlock } from "./wanted-file.ts";

const PATH = "/etc/hosts";

export function hostsBlock({ homelab }: Pick<Want, "homelab">): string {
  const lines: string[] = [];
  for (const machine of Object.values(homelab.machines)) {
    const address = machineAddress(machine);
    if (address === undefined || !/^[0-9a-fA-F.:]+$/.test(address)) continue;
    lines.push(`${address} ${[...new Set([machine.fqdn, machine.hostname].filter((name) => name !== undefined))].join(" ")}\n`);
  }
  const { endpoint } = homelab.kubernetes;
  if (endpoint.name !== undefined && endpoint.address !== undefined) lines.push(`${endpoint.address} ${endpoint.name}\n`);
  return lines.join("");
}

export const writeHostsBlock: Step = {
  id: "write-hosts-block",
  summary: "lets every machine find the others by name",
  concerns: () => true,
  questions: () => ({ files: [PATH] }),
  decide(facts, want) {
    const there = contentOf(facts, PATH);
    const own = facts.files[PATH];
    const change = fileChange(facts, { path: PATH, content: { text: withBlock(there, hostsBlock(want)) }, mode: own?.kind === "file" ? own.mode : "0644" }, want);
    if (change === undefined) return [];
    return [{ step: "write-hosts-block", summary: `write the machines' names into ${PATH}`, why: there.includes("# begin kubernest") ? "names or addresses have changed" : "they are not there", risk: "safe", run: [change.action] }];
  },
};
