/**
 * Kernel modules that steps ask for: loaded, part of the kernel, there to be loaded, or not to be had. A kernel without `/lib/modules` (a container's, a board's own)
 * still tells by what a module leaves in /proc and /sys, and by its configuration.
 */
import { shellQuote, shellWords } from "../lib/shell-quote.ts";
import type { Fact } from "./fact.ts";
import type { ModuleState } from "./machine-facts.ts";
import { lines } from "./readings.ts";

/** What is there when the module is at work, however it came. `/sys/module` misses these where they are built in. */
const TRACES: Readonly<Record<string, string>> = {
  br_netfilter: "/proc/sys/net/bridge/bridge-nf-call-iptables",
  ip_tables: "/proc/net/ip_tables_names",
  ip6_tables: "/proc/net/ip6_tables_names",
  ip_vs: "/proc/net/ip_vs",
  nf_conntrack: "/proc/sys/net/netfilter/nf_conntrack_max",
  tun: "/dev/net/tun",
};

/** Where a module's option in the kernel's configuration is not just its name in capitals. */
const OPTIONS: Readonly<Record<string, string>> = {
  br_netfilter: "BRIDGE_NETFILTER",
  dm_crypt: "DM_CRYPT",
  ip_tables: "IP_NF_IPTABLES",
  ip6_tables: "IP6_NF_IPTABLES",
  iptable_filter: "IP_NF_FILTER",
  iptable_mangle: "IP_NF_MANGLE",
  iptable_nat: "IP_NF_NAT",
  iscsi_tcp: "ISCSI_TCP",
  overlay: "OVERLAY_FS",
  rbd: "BLK_DEV_RBD",
  xt_comment: "NETFILTER_XT_MATCH_COMMENT",
  xt_conntrack: "NETFILTER_XT_MATCH_CONNTRACK",
  xt_mark: "NETFILTER_XT_MARK",
  xt_masquerade: "NETFILTER_XT_TARGET_MASQUERADE",
  xt_multiport: "NETFILTER_XT_MATCH_MULTIPORT",
  xt_nat: "NETFILTER_XT_NAT",
  xt_redirect: "NETFILTER_XT_TARGET_REDIRECT",
  xt_statistic: "NETFILTER_XT_MATCH_STATISTIC",
};

export const modulesFact: Fact<Readonly<Record<string, ModuleState>>> = {
  id: "modules",
  reads: () => ({ texts: ["/proc/filesystems"] }),
  script({ modules }) {
    if (modules.length === 0) return "";
    const traced = modules.map(plain).filter((name) => TRACES[name] !== undefined);
    const configured = modules.map(plain).map(optionOf).join("|");
    // `initstate` is there for what was loaded, and never for what is built in. Only names that nothing is known of yet are looked for in lists.
    return `set --
for m in ${shellWords(modules.map(plain))}; do
t=
${traced.length === 0 ? "" : `case $m in ${traced.map((name) => `${name}) t=${shellQuote(TRACES[name]!)} ;;`).join(" ")} esac`}
if [ -e "/sys/module/$m/initstate" ]; then echo "loaded $m"
elif [ -e "/sys/module/$m" ] || { [ -n "$t" ] && [ -e "$t" ]; }; then echo "built-in $m"
else set -- "$@" "$m"; fi
done
[ $# != 0 ] || exit 0
read -r r </proc/sys/kernel/osrelease
d=/lib/modules/$r
if [ -e "$d/modules.dep" ]; then
grep -oE '^[^:]*/(${modules.map(plain).map(fileName).join("|")})\\.ko[^:]*:?' "$d/modules.builtin" "$d/modules.dep"
elif [ -e "/boot/config-$r" ]; then grep -E '^CONFIG_(${configured})=' "/boot/config-$r"
elif [ -e /proc/config.gz ]; then gzip -cd /proc/config.gz | grep -E '^CONFIG_(${configured})='
fi`;
  },
  parse({ texts, output }, { modules }) {
    // A filesystem that the kernel knows without a module is part of it.
    const filesystems = lines(texts["/proc/filesystems"]).map((row) => `built-in ${row.split("\t")[1]!}`);
    const answers = [...lines(output), ...filesystems];
    return Object.fromEntries(modules.map((name) => [name, stateOf(plain(name), answers)]));
  },
};

function stateOf(name: string, answers: readonly string[]): ModuleState {
  if (answers.includes(`loaded ${name}`)) return "loaded";
  if (answers.includes(`built-in ${name}`) || answers.includes(`CONFIG_${optionOf(name)}=y`)) return "built-in";
  const file = new RegExp(`/modules\\.(builtin|dep):.*/${fileName(name)}\\.ko[^:]*:?$`);
  const lists = answers.map((answer) => file.exec(answer)?.[1]);
  if (lists.includes("builtin")) return "built-in";
  // A module of the configuration alone is nowhere to be loaded from.
  return lists.includes("dep") ? "loadable" : "missing";
}

/** As the kernel names it; files and people also write it with hyphens. */
function plain(name: string): string {
  return name.replaceAll("-", "_");
}

function fileName(name: string): string {
  return name.replaceAll("_", "[-_]");
}

function optionOf(name: string): string {
  return OPTIONS[name] ?? name.toUpperCase();
}
