/** What a command said when it failed, as a cause that people can do something about. First match wins, over the words of the step: a full disk is a full disk whatever was installed. */

const CAUSES: readonly { readonly pattern: RegExp; hint(machine: string): string }[] = [
  { pattern: /No space left on device|don't have enough free space|Disk quota exceeded/i, hint: (machine) => `the disk of ${machine} is full (df -h shows which): make room, such as with journalctl --vacuum-size=100M or apt-get clean, then run the same command again` },
  { pattern: /Read-only file system/i, hint: (machine) => `a disk of ${machine} cannot be written: one with errors is mounted so, and dmesg says more` },
  { pattern: /Temporary failure (?:in name resolution|resolving)|Could not resolve (?:host|')/i, hint: (machine) => `${machine} finds no names: its DNS servers are in /etc/resolv.conf, and machines.${machine}.network.resolvers sets them; then run the same command again` },
  { pattern: /is not valid yet|certificate is not yet valid/i, hint: (machine) => `the clock of ${machine} is behind: timedatectl shows it` },
  { pattern: /Could not get lock|frontend lock|unable to lock database/i, hint: (machine) => `another program installs packages on ${machine}: wait for it (ps aux | grep -e apt -e dpkg -e pacman), then run the same command again` },
];

/** Undefined where the lines say nothing that is known here. `output`: the last lines, the last of all last. */
export function likelyCause(machine: string, output: readonly string[]): string | undefined {
  return CAUSES.find(({ pattern }) => output.some((line) => pattern.test(line)))?.hint(machine);
}
