/** How each of those who keep a machine's addresses is told of static ones: the file, and the command that makes it hold. */
import type { MachineFacts } from "../facts/machine-facts.ts";
import { contentOf, type WantedFile, withBlock } from "./wanted-file.ts";

export interface WantedAddress {
  readonly interface: string;
  /** With their prefix length. */
  readonly addresses: readonly string[];
  readonly gateway: string | undefined;
}

export interface AddressKeeper {
  readonly file: WantedFile;
  readonly apply: string;
}

export const INTERFACES = "/etc/network/interfaces";
export const DHCPCD = "/etc/dhcpcd.conf";
export const NETPLAN = "/etc/netplan/90-kubernest.yaml";
/** Before all others: the first that matches an interface has it. */
export const NETWORKD = "/etc/systemd/network/05-kubernest.network";
export const networkManagerFile = (name: string): string => `/etc/NetworkManager/system-connections/kubernest-${name}.nmconnection`;

const isIpv6 = (address: string): boolean => address.includes(":");

/** Undefined where nobody known keeps the addresses. */
export function addressKeeper(facts: MachineFacts, wanted: WantedAddress): AddressKeeper | undefined {
  switch (facts.network.configuredBy) {
    case "ifupdown":
      return { file: kept(facts, INTERFACES, withBlock(withoutStanzas(contentOf(facts, INTERFACES), wanted.interface), ifupdownText(wanted))), apply: `ip addr flush dev ${wanted.interface} scope global\nifdown --force ${wanted.interface} 2>/dev/null || :\nifup ${wanted.interface}` };
    case "dhcpcd":
      return { file: kept(facts, DHCPCD, withBlock(contentOf(facts, DHCPCD), dhcpcdText(wanted))), apply: "systemctl restart dhcpcd" };
    case "netplan":
      return { file: { path: NETPLAN, content: { text: netplanText(wanted) }, mode: "0600" }, apply: "netplan apply" };
    case "systemd-networkd":
      return { file: { path: NETWORKD, content: { text: networkdText(wanted) }, mode: "0644" }, apply: `networkctl reload\nnetworkctl reconfigure ${wanted.interface}` };
    case "networkmanager":
      return { file: { path: networkManagerFile(wanted.interface), content: { text: networkManagerText(wanted) }, mode: "0600" }, apply: `nmcli connection reload\nnmcli connection up kubernest-${wanted.interface}` };
    case "unknown":
      return undefined;
  }
}

/** A file of somebody else's keeps its mode. */
function kept(facts: MachineFacts, path: string, text: string): WantedFile {
  const there = facts.files[path];
  return { path, content: { text }, mode: there?.kind === "file" ? there.mode : "0644", owner: there?.kind === "file" ? there.owner : "root:root" };
}

/** Other people's stanzas of an interface become comments; the rest stays. A stanza goes on until the next word that begins one. */
export function withoutStanzas(text: string, name: string): string {
  let isOurs = false;
  let isTheirs = false;
  return text
    .split("\n")
    .map((line) => {
      if (line === "# begin kubernest") isOurs = true;
      if (line === "# end kubernest") isOurs = false;
      const [word = "", first] = line.trim().split(/\s+/);
      if (isOurs || line.startsWith("#")) return line;
      if (/^(iface|auto|allow-\S+|source|source-directory|mapping|rename|no-auto-down|no-scripts)$/.test(word)) isTheirs = word === "iface" && first === name;
      const isAuto = (word === "auto" || word.startsWith("allow-")) && line.trim().split(/\s+/).slice(1).join(" ") === name;
      return (isTheirs || isAuto) && line.trim() !== "" ? `# kubernest: ${line}` : line;
    })
    .join("\n");
}

function ifupdownText({ interface: name, addresses, gateway }: WantedAddress): string {
  return `auto ${name}\n${addresses
    .map((address) => {
      const isGate = gateway !== undefined && isIpv6(gateway) === isIpv6(address) && addresses.find((one) => isIpv6(one) === isIpv6(address)) === address;
      return `iface ${name} inet${isIpv6(address) ? "6" : ""} static\n    address ${address}\n${isGate ? `    gateway ${gateway}\n` : ""}`;
    })
    .join("")}`;
}

function dhcpcdText({ interface: name, addresses, gateway }: WantedAddress): string {
  const lines = addresses.map((address) => `static ${isIpv6(address) ? "ip6_address" : "ip_address"}=${address}\n`);
  return `interface ${name}\n${lines.join("")}${gateway === undefined || isIpv6(gateway) ? "" : `static routers=${gateway}\n`}`;
}

function netplanText({ interface: name, addresses, gateway }: WantedAddress): string {
  const routes = gateway === undefined ? "" : `      routes:\n        - to: default\n          via: "${gateway}"\n`;
  return `# kubernest\nnetwork:\n  version: 2\n  ethernets:\n    ${name}:\n      dhcp4: false\n      addresses:\n${addresses.map((address) => `        - "${address}"\n`).join("")}${routes}`;
}

function networkdText({ interface: name, addresses, gateway }: WantedAddress): string {
  return `# kubernest\n[Match]\nName=${name}\n\n[Network]\n${addresses.map((address) => `Address=${address}\n`).join("")}${gateway === undefined ? "" : `Gateway=${gateway}\n`}`;
}

function networkManagerText({ interface: name, addresses, gateway }: WantedAddress): string {
  const family = (section: string, own: readonly string[], gate: string | undefined): string =>
    own.length === 0 ? `\n[${section}]\nmethod=${section === "ipv6" ? "auto" : "disabled"}\n` : `\n[${section}]\nmethod=manual\n${own.map((address, index) => `address${index + 1}=${address}${index === 0 && gate !== undefined ? `,${gate}` : ""}\n`).join("")}`;
  const gateFor = (isSix: boolean): string | undefined => (gateway !== undefined && isIpv6(gateway) === isSix ? gateway : undefined);
  return `# kubernest\n[connection]\nid=kubernest-${name}\ntype=ethernet\ninterface-name=${name}\nautoconnect-priority=100\n${family("ipv4", addresses.filter((address) => !isIpv6(address)), gateFor(false))}${family("ipv6", addresses.filter(isIpv6), gateFor(true))}`;
}
