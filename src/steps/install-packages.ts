/** Packages of the system's own that a machine's roles need, and those that the file adds. Through its own package manager, waiting for whoever holds its lock. */
import { parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import { hasLocalProxy } from "../manifests/cluster/cluster-machines.ts";
import type { Change } from "./change.ts";
import type { Step, Want } from "./step.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";

/** The same thing under its name in each family. */
const NAMES: Readonly<Record<string, { readonly apt: string; readonly pacman: string }>> = {
  iptables: { apt: "iptables", pacman: "iptables-nft" },
  conntrack: { apt: "conntrack", pacman: "conntrack-tools" },
  haproxy: { apt: "haproxy", pacman: "haproxy" },
  keepalived: { apt: "keepalived", pacman: "keepalived" },
  nfs: { apt: "nfs-common", pacman: "nfs-utils" },
  iscsi: { apt: "open-iscsi", pacman: "open-iscsi" },
};

/** kube-proxy of 1.32 and newer does without the program, and so does kubeadm: `addExecChecks` in its preflight/checks_linux.go. */
const CONNTRACK_MINOR_MAX = 31;

export function neededPackages({ homelab, machine }: Pick<Want, "homelab" | "machine">, kind: "apt" | "pacman"): string[] {
  const isNode = machine.roles.includes("control-plane") || machine.roles.includes("worker");
  const { endpoint } = homelab.kubernetes;
  const needed: string[] = [];
  if (isNode) {
    needed.push("iptables");
    if ((parseKubernetesVersion(homelab.kubernetes.version)?.minor ?? CONNTRACK_MINOR_MAX) <= CONNTRACK_MINOR_MAX) needed.push("conntrack");
    const storage = new Set(Object.values(homelab.platform.storage.classes).map((storageClass) => storageClass.kind));
    if (storage.has("nfs") || storage.has("longhorn")) needed.push("nfs");
    if (storage.has("longhorn")) needed.push("iscsi");
  }
  if (endpoint.by === "haproxy" && endpoint.on.includes(machine.name)) {
    needed.push("haproxy");
    if (endpoint.on.length > 1) needed.push("keepalived");
  }
  if (hasLocalProxy(homelab, machine)) needed.push("haproxy");
  return [...new Set([...needed.map((name) => NAMES[name]![kind]), ...machine.packages])].sort();
}

/** Lists older than this are fetched anew before something is installed. */
const LISTS_AGE_SECONDS_MAX = 24 * 3600;
const LOCK_WAIT_SECONDS = 300;

/** Runs a command again while another program holds a lock: of these only `apt-get install` waits by itself, and pacman's lock stays behind where it was killed. */
const PATIENTLY = `end=$(( $(cut -d. -f1 /proc/uptime) + ${LOCK_WAIT_SECONDS} ))
patiently() {
  while :; do
    code=0; said=$("$@" 2>&1) || code=$?
    case $code:$said in 0:*) ;; *"get lock"*|*"frontend lock"*|*"lock database"*) [ "$(cut -d. -f1 /proc/uptime)" -ge "$end" ] || { sleep 2; continue; };; esac
    printf "%s\\n" "$said"; return $code
  done
}`;

function installScript(facts: MachineFacts, packages: readonly string[]): string {
  const list = packages.join(" ");
  // Lists are fetched anew only where a package is no longer where they say: on a rolling system new lists beside old packages are a partial upgrade.
  if (facts.packageManager.kind === "pacman") return `${PATIENTLY}\npatiently pacman -S --noconfirm --needed ${list} || patiently pacman -Sy --noconfirm --needed ${list}`;
  const age = facts.packageManager.listsAgeSeconds;
  const install = `patiently apt-get -q install -y --no-install-recommends ${list}`;
  // What dpkg was interrupted in, or a hand unpacked without what it needs, is finished first; a list that is too old names files that are gone. apt counts lists that it could not fetch as no failure, and what it then cannot find
  // hides why: that is said again, last.
  // A configuration that somebody wrote before the package came stays: there is nobody to be asked about it.
  return `export DEBIAN_FRONTEND=noninteractive DPKG_FORCE=confdef,confold
${PATIENTLY}
complaints=
update() { complaints=$(patiently apt-get -q update 2>&1) || { code=$?; printf "%s\\n" "$complaints"; return $code; }; complaints=$(printf "%s\\n" "$complaints" | grep -E "^(W|E): (Failed|Some)" || :); }
install() {
  ${install}
}
patiently dpkg --configure -a || { update; patiently apt-get -q --fix-broken install -y --no-install-recommends --no-remove; }
${age === undefined || age > LISTS_AGE_SECONDS_MAX ? "update; install" : "install || { update && install; }"} || { code=$?; [ -z "$complaints" ] || printf "%s\\n" "$complaints" | tail -n 4; exit $code; }`;
}

/** The change that installs these, for a machine with apt or pacman. */
export function installChange(facts: MachineFacts, step: string, packages: readonly string[], why: string): Change {
  const list = packages.join(" ");
  return {
    step,
    summary: `install ${packages.join(", ")}`,
    why,
    risk: "safe",
    run: [
      {
        do: "script",
        script: { text: installScript(facts, packages) },
        shown: facts.packageManager.kind === "apt" ? `apt-get install ${list}` : `pacman -S ${list}`,
        deadlineMs: (LOCK_WAIT_SECONDS + 900) * 1000,
        hint: facts.packageManager.isLocked ? "another program is using the package manager: wait for it (ps aux | grep -e apt -e dpkg -e pacman), then run the same command again" : "does the machine reach its package mirror? try on it: apt-get update, or pacman -Sy",
      },
    ],
  };
}

export const installPackages: Step = {
  id: "install-packages",
  summary: "installs the system's packages that its roles need",
  concerns: () => true,
  // Which family it is shows only in the facts: both names are asked for.
  questions: (want) => ({ packages: [...new Set([...neededPackages(want, "apt"), ...neededPackages(want, "pacman")])] }),
  decide(facts, want) {
    const { kind } = facts.packageManager;
    if (kind === "none") {
      if (neededPackages(want, "apt").length === 0) return [];
      return { refused: `${facts.system.prettyName} has neither apt nor pacman`, hint: "Debian, Raspberry Pi OS, Ubuntu and Arch are built on; NixOS is exported (kubernest export nixos)" };
    }
    const missing = neededPackages(want, kind).filter((name) => facts.packages[name] === undefined);
    if (missing.length === 0) return [];
    return [installChange(facts, "install-packages", missing, "not installed")];
  },
};
