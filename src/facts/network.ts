/** Interfaces with their addresses, routes out, resolvers, who sets them up, and the session that this was read through. */
import type { Fact } from "./fact.ts";
import { FactUnreadable } from "./fact.ts";
import type { NetworkFact } from "./machine-facts.ts";
import { isActive, isEnabled, unitMarks } from "./read/unit-marks.ts";
import { line, lines, matching, type Readings } from "./readings.ts";

const RESOLVERS = "/etc/resolv.conf";
/** systemd-resolved's list of those that it asks itself, while the usual file names only its own stub. */
const RESOLVED = "/run/systemd/resolve/resolv.conf";

const marks = unitMarks(["NetworkManager.service", "systemd-networkd.service", "dhcpcd.service", "networking.service"]);

export const networkFact: Fact<NetworkFact> = {
  id: "network",
  reads: () => ({
    texts: [RESOLVERS, RESOLVED, "/proc/net/route", "/proc/net/ipv6_route", "/etc/network/interfaces"],
    textPatterns: ["/sys/class/net/*/address", "/sys/class/net/*/operstate", "/sys/class/net/*/flags", "/etc/network/interfaces.d/*"],
    paths: marks.paths,
    pathPatterns: ["/sys/class/net/*", "/etc/netplan/*.yaml", ...marks.pathPatterns],
  }),
  // sudo drops what sshd says of the session; it is handed on under a name of ours.
  script: () => `printf 'session %s\\n' "\${SSH_CONNECTION:-$KUBERNEST_SSH_CONNECTION}"
ip -o addr`,
  parse(readings) {
    const { texts } = readings;
    const own = lines(readings.output);
    const resolvers = parseResolvers(texts[RESOLVERS]);
    const isStub = resolvers.servers.length > 0 && resolvers.servers.every((server) => server.startsWith("127.0.0.5"));
    const asked = isStub && texts[RESOLVED] !== undefined ? parseResolvers(texts[RESOLVED]) : resolvers;
    return {
      interfaces: interfacesOf(readings, own),
      defaultRoutes: [...parseRoutes(texts["/proc/net/route"]), ...parseRoutes6(texts["/proc/net/ipv6_route"])],
      resolvers: asked.servers,
      search: asked.search,
      configuredBy: configuredBy(readings),
      session: parseSession(own),
    };
  },
};

function interfacesOf({ texts, paths }: Readings, own: readonly string[]): NetworkFact["interfaces"] {
  const addresses = parseAddresses(own);
  return matching(texts, "/sys/class/net/*/operstate").map(({ names }) => {
    const name = names[0]!;
    const mac = line(texts[`/sys/class/net/${name}/address`]);
    return {
      name,
      mac: mac === undefined || !/^..(:..){5}$/.test(mac) || mac === "00:00:00:00:00:00" ? undefined : mac,
      // IFF_UP; whether a cable is in is another matter, and some drivers never say.
      isUp: (Number(line(texts[`/sys/class/net/${name}/flags`])) & 1) === 1 && line(texts[`/sys/class/net/${name}/operstate`]) !== "down",
      addresses: addresses.get(name) ?? [],
      isVirtual: paths[`/sys/class/net/${name}`]?.linkTo?.includes("/virtual/") ?? true,
    };
  });
}

/** `2: eth0    inet 192.168.1.11/24 brd …`; a peer's address stands behind `peer`, with the length. */
function parseAddresses(own: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const text of own) {
    const match = /^\d+: (\S+?)(?:@\S+)?\s+inet6? (\S+?)(?: peer \S+?(\/\d+))? /.exec(text);
    if (match === null) continue;
    const [, name, address, peerLength] = match;
    found.set(name!, [...(found.get(name!) ?? []), address!.includes("/") ? address! : `${address!}${peerLength ?? ""}`]);
  }
  return found;
}

/** Interface, destination, gateway, flags, …, mask: the kernel's own numbers, in its byte order, which is little on all that Kubernetes is built for. */
function parseRoutes(text: string | undefined): NetworkFact["defaultRoutes"] {
  return lines(text)
    .map((row) => row.split(/\s+/))
    .filter((columns) => columns[1] === "00000000" && columns[7] === "00000000")
    .sort((a, b) => Number(a[6]) - Number(b[6]))
    .map((columns) => ({ gateway: ipv4(columns[2]!), interface: columns[0]!, family: "ipv4" as const }));
}

function ipv4(hexadecimal: string): string {
  if (!/^[0-9A-F]{8}$/.test(hexadecimal)) throw new FactUnreadable("read routes: /proc/net/route has a gateway of another shape");
  return [6, 4, 2, 0].map((at) => Number.parseInt(hexadecimal.slice(at, at + 2), 16)).join(".");
}

/** Destination, length, source, length, gateway, metric, references, uses, flags, interface. The loopback's reject route is none. */
function parseRoutes6(text: string | undefined): NetworkFact["defaultRoutes"] {
  return lines(text)
    .map((row) => row.trim().split(/\s+/))
    .filter((columns) => columns[0] === "0".repeat(32) && columns[1] === "00" && columns[9] !== "lo")
    .sort((a, b) => Number.parseInt(a[5]!, 16) - Number.parseInt(b[5]!, 16))
    .map((columns) => ({ gateway: ipv6(columns[4]!), interface: columns[9]!, family: "ipv6" as const }));
}

function ipv6(hexadecimal: string): string {
  const groups = hexadecimal.match(/.{4}/g);
  if (groups?.length !== 8) throw new FactUnreadable("read routes: /proc/net/ipv6_route has a gateway of another shape");
  const text = groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":");
  const longest = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map((match) => match[0]).sort((a, b) => b.length - a.length)[0];
  if (longest === undefined) return text;
  return text.replace(longest, "::").replace(":::", "::");
}

function parseResolvers(text: string | undefined): { readonly servers: readonly string[]; readonly search: readonly string[] } {
  const servers: string[] = [];
  let search: readonly string[] = [];
  for (const entry of lines(text)) {
    const [keyword, ...values] = entry.trim().split(/\s+/);
    if (keyword === "nameserver" && values[0] !== undefined) servers.push(values[0]);
    // The last of these holds.
    if (keyword === "search" || keyword === "domain") search = values;
  }
  return { servers, search };
}

function configuredBy(readings: Readings): NetworkFact["configuredBy"] {
  const { texts, paths } = readings;
  const isOn = (unit: string): boolean => isActive(readings, unit) || isEnabled(readings, unit);
  const interfacesFiles = [texts["/etc/network/interfaces"], ...matching(texts, "/etc/network/interfaces.d/*").map(({ value }) => value)];
  // What is written for ifupdown, the others leave alone.
  if (isOn("networking.service") && interfacesFiles.some((text) => lines(text).some((entry) => /^\s*iface\s+(?!lo\b)\S+/.test(entry)))) return "ifupdown";
  // netplan itself runs nothing: it writes for one of the others.
  if (matching(paths, "/etc/netplan/*").length > 0) return "netplan";
  if (isOn("NetworkManager.service")) return "networkmanager";
  if (isOn("dhcpcd.service")) return "dhcpcd";
  if (isOn("systemd-networkd.service")) return "systemd-networkd";
  return "unknown";
}

/** As sshd says it: the other side's address and port, then ours. */
function parseSession(own: readonly string[]): NetworkFact["session"] {
  const match = /^session (\S+) \d+ (\S+) (\d+)$/.exec(own.find((text) => text.startsWith("session ")) ?? "");
  return match === null ? undefined : { from: match[1]!, to: match[2]!, port: Number(match[3]) };
}
