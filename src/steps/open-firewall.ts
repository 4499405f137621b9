/**
 * Where a firewall filters, what the machine's roles need is let in; where none does, nothing is turned on. Rules of other people stay. A table of nftables' own cannot be
 * opened from another: there, lines are asked for.
 */
import type { MachineFacts } from "../facts/machine-facts.ts";
import { shellWords } from "../lib/shell-quote.ts";
import type { Action, Change, Guarded } from "./change.ts";
import { type FirewallRule, firewallRules } from "./firewall-rules.ts";
import type { Decision, Refusal, Step, Want } from "./step.ts";
import { contentOf, fileChange, type WantedFile } from "./wanted-file.ts";

const STEP = "open-firewall";
const NFTABLES = "/etc/nftables.conf";
const ZONE = "/etc/firewalld/zones/kubernest.xml";
const SERVICE = "/etc/firewalld/services/kubernest.xml";

/** Long enough for two tries to connect. */
export const REVERT_AFTER_MS = 45_000;

export const openFirewall: Step = {
  id: STEP,
  summary: "lets in what the machine's roles need, where a firewall filters",
  concerns: (want) => firewallRules(want.homelab, want.machine).length > 0,
  questions: () => ({ files: [NFTABLES, ZONE, SERVICE] }),
  decide(facts, want): Decision {
    const { active } = facts.firewall;
    const rules = firewallRules(want.homelab, want.machine);
    const changes: Change[] = [];
    if (active.includes("nftables")) {
      const refusal = nftables(facts, rules);
      if (refusal !== undefined) return refusal;
    }
    if (active.includes("ufw")) changes.push(...ufw(facts, rules));
    if (active.includes("firewalld")) changes.push(...firewalld(facts, rules, want));
    return changes;
  },
};

function guarded(run: Guarded["run"], revert: string, hint?: string): Action[] {
  return [{ do: "guarded", run, revert, revertAfterMs: REVERT_AFTER_MS, whatIf: "the machine was not to be reached behind its new rules", ...(hint === undefined ? {} : { hint }) }];
}

const isIpv6 = (rule: FirewallRule): boolean => rule.from?.includes(":") === true;

/** As ufw keeps it in its files: action, protocol, port, to, port, from, direction. For everybody it keeps one for each family. */
export function ufwTuples(rule: FirewallRule): string[] {
  const everybody = { ipv4: "0.0.0.0/0", ipv6: "::/0" };
  return (rule.from === undefined ? (["ipv4", "ipv6"] as const) : [isIpv6(rule) ? ("ipv6" as const) : ("ipv4" as const)]).map((family) => {
    const all = everybody[family];
    const [to, from] = rule.isForwarded === "to" ? [rule.from!, all] : [all, rule.from ?? all];
    return `${rule.isForwarded === undefined ? "" : "route:"}allow ${rule.protocol} ${rule.ports ?? "any"} ${to} any ${from} in`;
  });
}

/** ufw's own command, without `ufw`. */
function ufwWords(rule: FirewallRule): string[] {
  if (rule.isForwarded !== undefined) return ["allow", ...(rule.isForwarded === "from" ? ["from", rule.from!] : ["to", rule.from!])];
  if (rule.protocol === "any") return ["allow", "from", rule.from!];
  if (rule.from === undefined) return ["allow", `${rule.ports}/${rule.protocol}`];
  return ["allow", "proto", rule.protocol, "from", rule.from, "to", "any", "port", rule.ports!];
}

function ufw(facts: MachineFacts, rules: readonly FirewallRule[]): Change[] {
  // ufw need not filter IPv6 at all: then it keeps the rule of one family alone.
  const open = facts.firewall.open.map((tuple) => tuple.replace(/ comment=\S*$/, ""));
  const missing = rules.filter((rule) => !open.includes(ufwTuples(rule)[0]!));
  if (missing.length === 0) return [];
  const command = (rule: FirewallRule, isDeleted: boolean): string => shellWords(["ufw", ...(rule.isForwarded === undefined ? [] : ["route"]), ...(isDeleted ? ["delete"] : []), ...ufwWords(rule)]);
  const lines = missing.map((rule) => command(rule, false));
  return [
    {
      step: STEP,
      summary: `open ufw for ${missing.length} more rule${missing.length === 1 ? "" : "s"}`,
      why: `ufw filters, and turns away ${missing.map(shownRule).join(", ")}`,
      risk: "safe",
      run: guarded([{ do: "script", script: { text: lines.join("\n") }, shown: lines.join("; "), deadlineMs: 60_000, hint: "ufw status shows its rules" }], missing.map((rule) => command(rule, true)).join("\n")),
    },
  ];
}

function shownRule({ protocol, ports, from, isForwarded }: FirewallRule): string {
  const what = protocol === "any" ? "all" : `${ports}/${protocol}`;
  if (from === undefined) return what;
  return `${what} ${isForwarded === "to" ? "to" : "from"} ${from}${isForwarded === undefined ? "" : " on its way through"}`;
}

/** Machines and pods in a zone that lets everything in, which is how firewalld thinks; ports for everybody in a service of the default zone. */
function firewalld(facts: MachineFacts, rules: readonly FirewallRule[], want: Want): Change[] {
  const sources = [...new Set(rules.flatMap(({ from }) => from ?? []))].sort();
  const ports = rules.filter(({ from }) => from === undefined);
  const head = `<?xml version="1.0" encoding="utf-8"?>\n<!-- kubernest -->\n`;
  const files: WantedFile[] = [
    { path: ZONE, content: { text: `${head}<zone target="ACCEPT">\n  <short>kubernest</short>\n${sources.map((source) => `  <source address="${source}"/>\n`).join("")}  <forward/>\n</zone>\n` }, mode: "0644" },
    { path: SERVICE, content: { text: `${head}<service>\n  <short>kubernest</short>\n${ports.map(({ protocol, ports: list }) => `  <port protocol="${protocol}" port="${list!.replace(":", "-")}"/>\n`).join("")}</service>\n` }, mode: "0644" },
  ];
  const writes = files.map((file) => fileChange(facts, file, want)).filter((change) => change !== undefined);
  const isNamed = facts.firewall.open.includes("kubernest");
  if (writes.length === 0 && isNamed) return [];
  const enable = "firewall-cmd --quiet --reload\nfirewall-cmd --quiet --permanent --add-service=kubernest\nfirewall-cmd --quiet --reload";
  // What was there before a change is put back, not only taken away.
  const before = writes.map(({ action: { path, previous } }) => (previous === undefined ? `rm -f ${path}` : `cat >${path} <<'END'\n${previous}END`)).join("\n");
  const revert = `${isNamed ? "" : "firewall-cmd --quiet --permanent --remove-service=kubernest\n"}${before}\nfirewall-cmd --quiet --reload${letIn(facts)}`;
  return [
    {
      step: STEP,
      summary: "open firewalld for the cluster",
      why: writes.length > 0 ? writes.map(({ action, why }) => `${action.path} ${why}`).join(", ") : "its default zone does not have the service kubernest",
      risk: "safe",
      run: guarded([...writes.map(({ action }) => action), { do: "script", script: { text: enable }, shown: "firewall-cmd --permanent --add-service=kubernest && firewall-cmd --reload", deadlineMs: 60_000, hint: "firewall-cmd --list-all-zones shows its rules" }], revert, "firewalld forgets at a reload what it was only told for the moment: firewall-cmd --permanent --list-all must let SSH in"),
    },
  ];
}

/** What was never made permanent is gone after a reload. Who came in before comes in again, until the next one. */
function letIn({ network: { session, interfaces } }: MachineFacts): string {
  const name = interfaces.find(({ addresses }) => addresses.some((address) => address.split("/")[0] === session?.to))?.name;
  if (session === undefined || name === undefined) return "";
  return `\nzone=$(firewall-cmd --get-zone-of-interface=${name} 2>/dev/null) || zone=$(firewall-cmd --get-default-zone)\nfirewall-cmd --quiet --zone="$zone" --add-port=${session.port}/tcp`;
}

/** For the chain that takes in, and the one that passes on. */
export function nftablesLines(rules: readonly FirewallRule[]): string[] {
  return rules.map((rule) => {
    const family = isIpv6(rule) ? "ip6" : "ip";
    const place = rule.from === undefined ? "" : `${family} ${rule.isForwarded === "to" ? "daddr" : "saddr"} ${rule.from} `;
    return `${place}${rule.protocol === "any" ? "" : `${rule.protocol} dport ${rule.ports!.replace(":", "-")} `}accept`;
  });
}

function nftables(facts: MachineFacts, rules: readonly FirewallRule[]): Refusal | undefined {
  const there = contentOf(facts, NFTABLES).split("\n").map((line) => line.trim().replace(/\s+/g, " "));
  const missing = rules.filter((rule) => !there.includes(nftablesLines([rule])[0]!));
  if (missing.length === 0) return undefined;
  const taken = nftablesLines(missing.filter(({ isForwarded }) => isForwarded === undefined));
  const passed = nftablesLines(missing.filter(({ isForwarded }) => isForwarded !== undefined));
  const ask = [taken.length === 0 ? "" : `into the chain with \`hook input\`: ${taken.join("; ")}`, passed.length === 0 ? "" : `into the one with \`hook forward\`, if there is one: ${passed.join("; ")}`].filter((text) => text !== "");
  return { refused: `${NFTABLES} turns packets away by rules of its own, and lacks ${missing.length} line${missing.length === 1 ? "" : "s"} that the cluster needs`, hint: `write ${ask.join("; and ")}; each on a line of its own, then: systemctl reload nftables` };
}
