/** A machine in memory, for tests only: facts that changes are applied to. A script that it does not know is a fault of the test, so that no effect is taken for granted. */
import { assert, unreachable } from "../../lib/assert.ts";
import type { FileFact, MachineFacts, UnitFact } from "../../facts/machine-facts.ts";
import { mtimeOfDigest } from "../artifact-stamp.ts";
import type { Action, Change, CopyArtifact } from "../change.ts";
import { REVERTS } from "../reverts.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object | undefined ? Mutable<T[K]> : T[K] };

/** A Debian 12 as it is after its installation, by cable, with its address from DHCP. */
export const BARE_DEBIAN: MachineFacts = {
  machine: "w1",
  atMs: 0,
  system: { id: "debian", idLike: [], version: "12", codename: "bookworm", prettyName: "Debian GNU/Linux 12 (bookworm)", isRaspberryPiOs: false, architecture: "amd64", machine: "x86_64", kernel: "6.1.0-18-amd64", init: "systemd", systemdVersion: 252 },
  boot: { id: "boot-1", parameters: ["quiet"], parametersFile: undefined, isRebootPending: false },
  hardware: { model: undefined, cpuCount: 4, memoryBytes: 8 * 1024 ** 3, machineId: "1", productUuid: "1", virtualisation: "none" },
  disks: [],
  filesystems: [{ mountPoint: "/", source: "/dev/sda1", type: "ext4", sizeBytes: 64e9, freeBytes: 50e9, inodesFreePercent: 90, isReadOnly: false }],
  swap: { active: [] },
  cgroup: { version: "v2", controllers: ["cpuset", "cpu", "io", "memory", "pids"] },
  modules: { overlay: "loadable", br_netfilter: "loadable", vxlan: "loadable", wireguard: "loadable" },
  sysctls: { "net.ipv4.ip_forward": "0" },
  names: { hostname: "debian", fqdn: undefined },
  network: {
    interfaces: [{ name: "eth0", mac: "02:00:00:00:00:02", isUp: true, addresses: ["192.168.1.12/24"], isVirtual: false }],
    defaultRoutes: [{ gateway: "192.168.1.1", interface: "eth0", family: "ipv4" }],
    resolvers: ["192.168.1.1"],
    search: [],
    configuredBy: "ifupdown",
    session: { from: "192.168.1.2", to: "192.168.1.12", port: 22 },
  },
  clock: { offsetMs: 0, isSynchronised: true, timeZone: "Etc/UTC", keptBy: "systemd-timesyncd" },
  packages: {},
  packageManager: { kind: "apt", listsAgeSeconds: 100, isLocked: false },
  units: { "systemd-timesyncd.service": running() },
  files: { "/etc/hostname": file("debian\n"), "/etc/hosts": file("127.0.0.1 localhost\n"), "/etc/fstab": file("/dev/sda1 / ext4 defaults 0 1\n") },
  directories: {},
  firewall: { active: [], open: [] },
  listeners: [],
  runtime: { containerd: undefined, crio: undefined, docker: undefined },
  kubernetes: { k3s: undefined, kubeadm: undefined, others: [] },
};

export function file(content: string, mode = "0644"): FileFact {
  return { kind: "file", mode, owner: "root:root", sizeBytes: Buffer.byteLength(content), mtimeSeconds: 0, content };
}

export function running(): UnitFact {
  return { load: "loaded", active: "active", sub: "running", enabled: "enabled", needsReload: false, activeSinceUs: 1 };
}

export interface FakeMachine {
  readonly facts: MachineFacts;
  readonly values: ReadonlyMap<string, string>;
}

/** The machine and the values that a run knows, after these changes. */
export function applyChanges({ facts, values }: FakeMachine, changes: readonly Change[]): FakeMachine {
  const after = structuredClone(facts) as Mutable<MachineFacts>;
  const known = new Map(values);
  for (const change of changes) for (const action of change.run) apply(after, known, action);
  return { facts: after as MachineFacts, values: known };
}

function apply(facts: Mutable<MachineFacts>, values: Map<string, string>, action: Action): void {
  switch (action.do) {
    case "write-file":
      return writeFile(facts, action.path, fill(action.content, values), action.mode, action.owner);
    case "remove-file":
      facts.files[action.path] = { kind: "absent" };
      return;
    case "make-directory":
      facts.files[action.path] = { kind: "directory", mode: action.mode, owner: action.owner };
      return;
    case "make-link":
      facts.files[action.path] = { kind: "link", to: action.to };
      return;
    case "copy":
      return copy(facts, action);
    case "wait":
      if (action.until.text.includes(`${REVERTS}/*.undoing`)) delete facts.directories[REVERTS];
      return;
    case "reboot":
      return reboot(facts);
    case "obtain":
      for (const name of action.gives) values.set(name, /echo \w+=(\w+)/.exec(action.script.text)?.[1] ?? "given");
      return;
    case "guarded":
      for (const inner of action.run) apply(facts, values, inner);
      return;
    case "script": {
      const text = fill(action.script, values);
      for (const command of commandsOf(text)) {
        const effect = EFFECTS.find(([pattern]) => pattern.test(command));
        assert(effect !== undefined, `the fake machine knows what a script does: ${command}`);
        effect[1](facts, effect[0].exec(command)!);
      }
      return;
    }
    default:
      return unreachable(action);
  }
}

/** As far as tests need it: one command a line, or several between `;` and `&&`. Installing and kubeadm are known as a whole. */
function commandsOf(text: string): string[] {
  if (/apt-get|pacman|kubeadm|bootstrap-token|ip -o address show/.test(text)) return [text];
  // What is kept for `reset` is of no concern here.
  const lines = text.split("\n").filter((line) => !line.includes("/var/lib/kubernest/originals"));
  if (text.includes(REVERTS)) return [text];
  if (text.includes("timedatectl set-timezone") || text.includes("sshd -t")) return [text];
  return lines.join("\n").split(/\n|; |&&/).map((line) => line.trim()).filter((line) => line !== "");
}

function fill(content: { readonly text: string; readonly values?: readonly string[] }, values: ReadonlyMap<string, string>): string {
  return (content.values ?? []).reduce((text, name) => text.replaceAll(`\${${name}}`, () => values.get(name) ?? ""), content.text);
}

function writeFile(facts: Mutable<MachineFacts>, path: string, content: string, mode: string, owner: string): void {
  facts.files[path] = { kind: "file", mode, owner, sizeBytes: Buffer.byteLength(content), mtimeSeconds: 0, content };
  if (path === "/etc/resolv.conf") resolversRead(facts);
  const unit = /\/systemd\/system\/([^/]+\.(?:service|socket))$/.exec(path)?.[1];
  if (unit !== undefined && (facts.units[unit] === undefined || facts.units[unit].load === "not-found")) facts.units[unit] = { load: "loaded", active: "inactive", sub: "dead", enabled: "disabled", needsReload: true, activeSinceUs: 0 };
}

function copy(facts: Mutable<MachineFacts>, { as, sha256 }: CopyArtifact): void {
  if (as.kind === "image") return;
  for (const { path, mode } of as.kind === "file" ? [as] : as.members) facts.files[path] = { kind: "file", mode, owner: "root:root", sizeBytes: 1, mtimeSeconds: mtimeOfDigest(sha256), content: undefined };
}

/** A kernel that does with its parameters what they say. */
function reboot(facts: Mutable<MachineFacts>): void {
  facts.boot.id = `${facts.boot.id}+`;
  const parameters = facts.boot.parametersFile === undefined ? undefined : facts.files[facts.boot.parametersFile];
  if (parameters?.kind !== "file") return;
  facts.boot.parameters = (parameters.content ?? "").split("\n")[0]!.split(" ");
  if (facts.boot.parameters.includes("cgroup_enable=memory") && !facts.cgroup.controllers.includes("memory")) facts.cgroup.controllers.push("memory");
}

function unit(facts: Mutable<MachineFacts>, name: string): Mutable<UnitFact> {
  const full = name.includes(".") ? name : `${name}.service`;
  return (facts.units[full] ??= { load: "loaded", active: "inactive", sub: "dead", enabled: "disabled", needsReload: false, activeSinceUs: 0 });
}

function start(fact: Mutable<UnitFact>): void {
  fact.active = "active";
  fact.sub = "running";
}

/** What packages of the system bring and start. */
const PACKAGE_UNITS: Readonly<Record<string, string>> = { haproxy: "haproxy.service", keepalived: "keepalived.service", "systemd-timesyncd": "systemd-timesyncd.service" };

/** What a machine's network is when those who keep it have read their files again. */
function networkRead(facts: Mutable<MachineFacts>): void {
  const texts = Object.values(facts.files).map((there) => (there.kind === "file" ? (there.content ?? "") : "").split("\n").filter((line) => !line.startsWith("#")).join("\n"));
  const found = (pattern: RegExp): string[] => texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1]!));
  const addresses = found(/(?:address\s+|address=|Address=|address1=|- "|^iface )([0-9.]+\/\d+)/gm);
  if (addresses.length > 0) facts.network.interfaces[0]!.addresses = [...new Set(addresses)];
  const gateway = found(/(?:gateway\s+|routers=|Gateway=|via: "|address1=\S+,)([0-9.]+)/gm)[0];
  if (gateway !== undefined) facts.network.defaultRoutes[0]!.gateway = gateway;
}

function resolversRead(facts: Mutable<MachineFacts>): void {
  for (const there of Object.values(facts.files)) {
    if (there.kind !== "file") continue;
    const servers = [...(there.content ?? "").matchAll(/^(?:nameserver |DNS=|servers=)(.+)$/gm)].flatMap((match) => match[1]!.split(/[ ,]/));
    const search = [...(there.content ?? "").matchAll(/^(?:search |Domains=|searches=)(.+)$/gm)].flatMap((match) => match[1]!.split(/[ ,]/)).filter((domain) => domain !== "~.");
    if (servers.length > 0) Object.assign(facts.network, { resolvers: servers, search });
  }
}

/** kubeadm merges the cluster's configuration and the patch; the first is empty here. */
function kubeletConfigured(facts: Mutable<MachineFacts>): void {
  const patch = Object.values(facts.files).find((there) => there.kind === "file" && (there.content ?? "").includes("kind: KubeletConfiguration") && (there.content ?? "").startsWith("# kubernest"));
  writeFile(facts, "/var/lib/kubelet/config.yaml", patch?.kind === "file" ? (patch.content ?? "") : "kind: KubeletConfiguration\n", "0644", "root:root");
}

/** ufw's words into what it keeps: as `ufw --dry-run` of 0.36.2 shows it. */
function ufwAllow(facts: Mutable<MachineFacts>, words: readonly string[]): void {
  const value = (name: string): string | undefined => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
  const [ports, protocol] = value("port") === undefined && /^[\d:]+\//.test(words.at(-1)!) ? words.at(-1)!.split("/") : [value("port"), value("proto")];
  const to = value("to") === "any" ? undefined : value("to");
  for (const all of value("from") === undefined && to === undefined ? ["0.0.0.0/0", "::/0"] : [(value("from") ?? to)!.includes(":") ? "::/0" : "0.0.0.0/0"])
    facts.firewall.open.push(`${words[0] === "route" ? "route:" : ""}allow ${protocol ?? "any"} ${ports ?? "any"} ${to ?? all} any ${value("from") ?? all} in`);
}

type Effect = (facts: Mutable<MachineFacts>, match: RegExpExecArray) => void;

const nothing: Effect = () => undefined;

const EFFECTS: readonly (readonly [pattern: RegExp, effect: Effect])[] = [
  [/^kubeadm upgrade node phase kubelet-config/m, kubeletConfigured],
  [/^timedatectl set-timezone (\S+)$/m, (facts, [, zone]) => void (facts.clock.timeZone = zone!)],
  [/^sshd -t$/m, nothing],
  [new RegExp(`^rm -f ${REVERTS}/\\*\\.held$`, "m"), (facts) => void delete facts.directories[REVERTS]],
  [new RegExp(`^systemctl stop kubernest-revert-\\S+\\.timer`), nothing],
  [/kubeadm (init|join) --config/, (facts, [, verb]) => void (facts.kubernetes.kubeadm = { isOurs: true, isControlPlane: verb === "init", hasJoined: true, hasEtcdData: false, isHalfDone: false, caHash: "c" })],
  [/kubeadm reset --force/, (facts) => void (facts.kubernetes.kubeadm = undefined)],
  [/bootstrap-token/, nothing],
  [/^running \|\| ip -o address show/m, nothing],
  [/^k3s kubectl /, nothing],
  [
    /(?:apt-get -q install -y --no-install-recommends|pacman -S --noconfirm --needed) ([^|\n]+?)(?: \||\n|$)/,
    (facts, [, list]) => {
      for (const name of list!.split(" ")) {
        facts.packages[name] = "1";
        if (PACKAGE_UNITS[name] !== undefined) facts.units[PACKAGE_UNITS[name]] = running();
        if (name === "systemd-timesyncd") facts.clock.keptBy = name;
      }
    },
  ],
  [/^sysctl -q -w '?([^=']+)=([^']*)'?$/, (facts, [, name, value]) => void (facts.sysctls[name!] = value!)],
  [/^modprobe -a (.+)$/, (facts, [, names]) => names!.split(" ").forEach((name) => (facts.modules[name] = "loaded"))],
  [/^hostnamectl set-hostname (\S+)/, (facts, [, name]) => void (facts.names.hostname = name!)],
  [/^swapoff -a/, (facts) => void (facts.swap.active = [])],
  [/^mkdir -p \S+$/, nothing],
  [/^: >(\S+)\/([^/]+)$/, (facts, [, directory, name]) => void (facts.directories[directory!] = [...(facts.directories[directory!] ?? []), name!])],
  [/^ufw (.+)$/, (facts, [, words]) => ufwAllow(facts, words!.replaceAll("'", "").split(" "))],
  [/^firewall-cmd --quiet --reload$/, nothing],
  [/^firewall-cmd --quiet --permanent --add-service=(\S+)$/, (facts, [, name]) => void facts.firewall.open.push(name!)],
  [/^(?:ip addr flush|ifdown --force) /, nothing],
  [/^(?:ifup|netplan apply|networkctl re|nmcli connection|systemctl restart dhcpcd)/, (facts) => (networkRead(facts), resolversRead(facts))],
  [/^(?:nmcli general reload|systemctl restart systemd-resolved)/, resolversRead],
  [/^systemctl daemon-reload/, (facts) => Object.values(facts.units).forEach((fact) => (fact.needsReload = false))],
  [/^systemctl unmask (\S+)/, (facts, [, name]) => void (unit(facts, name!).load = "loaded")],
  [/^systemctl mask(?: --now)? (\S+)/, (facts, [, name]) => void Object.assign(unit(facts, name!), { load: "masked", enabled: "masked", active: "inactive", sub: "dead" })],
  [/^systemctl enable (\S+)/, (facts, [, name]) => void (unit(facts, name!).enabled = "enabled")],
  [/^systemctl disable --now (\S+)/, (facts, [, name]) => void Object.assign(unit(facts, name!), { enabled: "disabled", active: "inactive", sub: "dead" })],
  [/^systemctl (?:restart|reload) (\S+)/, (facts, [, name]) => start(unit(facts, name!))],
  [/^systemctl reset-failed /, nothing],
  [/^(?:haproxy -c|keepalived -t|exit 1)/, nothing],
  [/^systemctl status|^\}$/, nothing],
];
