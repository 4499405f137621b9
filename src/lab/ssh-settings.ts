/** The lab's own SSH: a key, known hosts and a configuration that stand in for the user's while a command runs in the lab. */
import type { LabMachine, LabPlan } from "./lab-plan.ts";
import type { LabPaths } from "./lab-paths.ts";

/** An `ssh_config`. Paths are absolute, so that it holds for whoever reads it. */
export function sshConfig(plan: LabPlan, paths: LabPaths): string {
  const machines = plan.machines.map((machine) => {
    const names = [...new Set([machine.name, machine.hostname, machine.reachedAs])].filter((name) => name !== machine.address);
    return `Host ${names.join(" ")}\n  HostName ${machine.address}\n  User ${machine.user}\n  Port ${machine.port}\n`;
  });
  // The user's agent would offer its keys first, and a machine takes only so many.
  const all = ["Host *", `  IdentityFile ${paths.sshKey}`, "  IdentitiesOnly yes", "  IdentityAgent none", `  UserKnownHostsFile ${paths.knownHosts}`, "  GlobalKnownHostsFile /dev/null", "  HashKnownHosts no"];
  return `${machines.join("\n")}\n${all.join("\n")}\n`;
}

/** Lines of known_hosts for a machine; `publicKeys` are the texts of its `ssh_host_*_key.pub`. */
export function knownHostLines(machine: LabMachine, publicKeys: readonly string[]): string[] {
  const name = machine.port === 22 ? machine.address : `[${machine.address}]:${machine.port}`;
  return publicKeys.map((key) => `${name} ${key.trim().split(" ").slice(0, 2).join(" ")}`);
}
