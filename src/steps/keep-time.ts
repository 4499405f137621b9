/** The machine's clock is kept by time servers: certificates, leases and etcd all rest on it. A container has its clock from the computer underneath, and is left alone. */
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { Change } from "./change.ts";
import { installChange } from "./install-packages.ts";
import type { Decision, Step, Want } from "./step.ts";
import { unitChanges } from "./unit-change.ts";
import { contentOf, withBlock, type WantedFile } from "./wanted-file.ts";

const TIMESYNCD = "systemd-timesyncd.service";
/** Debian's and Arch's names of the same daemon. */
const CHRONY = ["chrony.service", "chronyd.service"];
const TIMESYNCD_FILE = "/etc/systemd/timesyncd.conf.d/50-kubernest.conf";
const CHRONY_CONFIGS = ["/etc/chrony/chrony.conf", "/etc/chrony.conf"];
/** Debian's configuration reads what is here, from chrony 4 on. */
const CHRONY_SOURCES = "/etc/chrony/sources.d";

/** systemd-detect-virt's names of what shares a kernel, and so its clock. */
const CONTAINERS = ["systemd-nspawn", "lxc", "lxc-libvirt", "docker", "podman", "openvz", "rkt", "wsl", "proot", "container-other"];

function chronyFile(facts: MachineFacts, servers: readonly string[]): WantedFile {
  const text = servers.map((server) => `server ${server} iburst prefer\n`).join("");
  const path = CHRONY_CONFIGS.find((candidate) => facts.files[candidate]?.kind === "file") ?? CHRONY_CONFIGS[0]!;
  const config = contentOf(facts, path);
  if (new RegExp(`^\\s*sourcedir\\s+${CHRONY_SOURCES}\\s*$`, "m").test(config)) return { path: `${CHRONY_SOURCES}/kubernest.sources`, content: { text: `# kubernest\n${text}` }, mode: "0644" };
  const there = facts.files[path];
  return { path, content: { text: withBlock(config, text) }, mode: there?.kind === "file" ? there.mode : "0644", owner: there?.kind === "file" ? there.owner : "root:root" };
}

/** The daemon that keeps the clock, or shall: what runs, else what is there. */
function keeperOf(facts: MachineFacts): string | undefined {
  const isThere = (unit: string): boolean => facts.units[unit] !== undefined && facts.units[unit].load !== "not-found";
  const chrony = CHRONY.find(isThere);
  if (facts.clock.keptBy === "chrony" && chrony !== undefined) return chrony;
  if (facts.clock.keptBy === "systemd-timesyncd") return TIMESYNCD;
  return chrony ?? (isThere(TIMESYNCD) ? TIMESYNCD : undefined);
}

export const keepTime: Step = {
  id: "keep-time",
  summary: "keeps the clock by time servers",
  concerns: () => true,
  questions: () => ({ units: [TIMESYNCD, ...CHRONY], files: [TIMESYNCD_FILE, ...CHRONY_CONFIGS, `${CHRONY_SOURCES}/kubernest.sources`] }),
  decide(facts, want): Decision {
    if (CONTAINERS.includes(facts.hardware.virtualisation)) return [];
    const servers = want.machine.timeServers;
    const { keptBy } = facts.clock;
    if (keptBy !== undefined && keptBy !== "chrony" && keptBy !== "systemd-timesyncd") {
      if (servers.length === 0) return [];
      return { refused: `its clock is kept by ${keptBy}, which is not told of time servers by \`up\``, hint: `take timeServers from machines.${want.machine.name}, or install chrony in its place` };
    }
    const keeper = keeperOf(facts);
    const changes: Change[] = [];
    if (keeper === undefined) {
      const { kind } = facts.packageManager;
      if (kind !== "apt") return { refused: "nothing keeps its clock, and neither chrony nor systemd-timesyncd is there", hint: "install chrony" };
      // Debian has it in a package of its own, which starts it.
      changes.push(installChange(facts, "keep-time", ["systemd-timesyncd"], "nothing keeps the clock"));
    }
    return [...changes, ...runs(facts, want, keeper ?? TIMESYNCD, servers)];
  },
};

function runs(facts: MachineFacts, want: Want, unit: string, servers: readonly string[]): Change[] {
  const timesyncd: WantedFile = { path: TIMESYNCD_FILE, content: { text: `# kubernest\n[Time]\nNTP=${servers.join(" ")}\n` }, mode: "0644" };
  const configuration = servers.length === 0 ? [] : [unit === TIMESYNCD ? timesyncd : chronyFile(facts, servers)];
  return unitChanges(facts, want, { step: "keep-time", unit, unitFiles: [], configuration, restartRisk: "safe", hint: `journalctl -u ${unit} shows what it says` });
}
