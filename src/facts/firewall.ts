/** Which firewalls filter on this machine, from their own files: asking them would cost more than everything else together. */
import type { Fact } from "./fact.ts";
import type { FirewallFact } from "./machine-facts.ts";
import { isActive, unitMarks } from "./read/unit-marks.ts";
import { line, lines, matching, type Readings } from "./readings.ts";

const UFW_RULES = ["/etc/ufw/user.rules", "/etc/ufw/user6.rules"];
const FIREWALLD = "/etc/firewalld/firewalld.conf";
/** What the user wrote goes before what the package brought. */
const FIREWALLD_ZONES = ["/etc/firewalld/zones", "/usr/lib/firewalld/zones"];
const NFTABLES = ["/etc/nftables.conf", "/etc/sysconfig/nftables.conf"];

export const firewallFact: Fact<FirewallFact> = {
  id: "firewall",
  reads: () => ({
    texts: ["/etc/ufw/ufw.conf", ...UFW_RULES, FIREWALLD, ...NFTABLES],
    textPatterns: [...FIREWALLD_ZONES.map((directory) => `${directory}/*.xml`), "/etc/nftables.d/*", "/etc/nftables/*.nft"],
    paths: unitMarks(["firewalld.service", "nftables.service"]).paths,
  }),
  parse(readings) {
    const hasUfw = /^\s*ENABLED=["']?yes["']?\s*$/im.test(readings.texts["/etc/ufw/ufw.conf"] ?? "");
    const hasFirewalld = isActive(readings, "firewalld.service");
    const hasNftables = isActive(readings, "nftables.service") && filters(readings);
    return {
      active: [...(hasUfw ? (["ufw"] as const) : []), ...(hasFirewalld ? (["firewalld"] as const) : []), ...(hasNftables ? (["nftables"] as const) : [])],
      open: [...(hasUfw ? ufwRules(readings) : []), ...(hasFirewalld ? firewalldPorts(readings) : [])],
    };
  },
};

/** `### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in` is how ufw keeps a rule beside what it makes of it. */
function ufwRules({ texts }: Readings): string[] {
  return UFW_RULES.flatMap((path) => lines(texts[path]).flatMap((row) => /^### tuple ### (.+)$/.exec(row)?.[1] ?? []));
}

/** `6443/tcp`; a service by its name. */
function firewalldPorts({ texts }: Readings): string[] {
  const zone = /^\s*DefaultZone\s*=\s*(\S+)/m.exec(texts[FIREWALLD] ?? "")?.[1] ?? "public";
  const definition = FIREWALLD_ZONES.map((directory) => texts[`${directory}/${zone}.xml`]).find((text) => text !== undefined) ?? "";
  return [...definition.matchAll(/<(service|port)\s([^>]*)>/g)].flatMap(([, kind, attributes]) => {
    const value = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes!)?.[1];
    if (kind === "service") return value("name") ?? [];
    return value("port") === undefined ? [] : [`${value("port")!}/${value("protocol") ?? "tcp"}`];
  });
}

/** A table that is neither ours nor Kubernetes' own, with a chain that turns something away. The file that Debian brings lets everything through. */
function filters({ texts }: Readings): boolean {
  const files = [...NFTABLES.map((path) => texts[path]), ...["/etc/nftables.d/*", "/etc/nftables/*"].flatMap((pattern) => matching(texts, pattern).map(({ value }) => value))];
  return files.some((text) => {
    let isTheirs = false;
    return lines(text).some((row) => {
      const statement = line(row.replace(/#.*/, "")) ?? "";
      const table = /^(?:add\s+)?table\s+(?:\w+\s+)?([\w-]+)/.exec(statement)?.[1];
      if (table !== undefined) isTheirs = !/^(kubernest|kube|cni|flannel|cilium|calico)/.test(table);
      return isTheirs && /\b(drop|reject)\b/.test(statement);
    });
  });
}
