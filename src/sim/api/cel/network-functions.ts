/** Kubernetes' CEL libraries of addresses, ranges and URLs. */
import type { Environment } from "@marcbachmann/cel-js";
import ipaddr from "ipaddr.js";
import { parseIpRange } from "../../../lib/ip-range.ts";
import { canonicalIp, cidrFamily, ipFamily } from "../validation/ip.ts";

export class CelAddress {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  range(): string {
    return ipaddr.parse(this.text).range();
  }
}

export class CelRange {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export class CelUrl {
  readonly url: URL;
  constructor(url: URL) {
    this.url = url;
  }
}

/** As `netip.ParseAddr`: no leading zeros, no zones, no IPv4 inside IPv6. */
function isAddress(text: string): boolean {
  return ipFamily(text) !== 0 && !/(^|\.)0\d/.test(text) && !(text.includes(":") && ipFamily(text) === 4);
}

function address(text: string): CelAddress {
  if (!isAddress(text)) throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`);
  return new CelAddress(canonicalIp(text));
}

const isRange = (text: string): boolean => cidrFamily(text) !== 0 && isAddress(text.split("/")[0]!);

function range(text: string): CelRange {
  if (!isRange(text)) throw new Error(`network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`);
  return new CelRange(text);
}

function contains(outer: CelRange, inner: string): boolean {
  const a = parseIpRange(outer.text);
  const b = parseIpRange(inner);
  return a !== undefined && b !== undefined && a.family === b.family && a.first <= b.first && b.last <= a.last;
}

function masked(value: CelRange): CelRange {
  const parsed = parseIpRange(value.text)!;
  const bytes: number[] = [];
  for (let shift = (parsed.family === 4 ? 32n : 128n) - 8n; shift >= 0n; shift -= 8n) bytes.push(Number((parsed.first >> shift) & 0xffn));
  const first = ipaddr.fromByteArray(bytes);
  return new CelRange(`${first.kind() === "ipv6" ? (first as ipaddr.IPv6).toRFC5952String() : first.toString()}/${parsed.prefix}`);
}

function parseUrl(text: string): URL | undefined {
  try {
    return text.startsWith("/") ? new URL(text, "relative:///") : new URL(text);
  } catch {
    return undefined;
  }
}

export function registerNetwork(environment: Environment): void {
  const ip = "net.IP";
  const cidr = "net.CIDR";
  const url = "kubernetes.URL";
  environment.registerType(ip, CelAddress).registerType(cidr, CelRange).registerType(url, CelUrl);
  const kindIs = (kind: string) => (value: CelAddress) => value.range() === kind;
  environment
    .registerFunction(`ip(string): ${ip}`, address)
    .registerFunction("isIP(string): bool", isAddress)
    .registerFunction(`${ip}.family(): int`, (value: CelAddress) => BigInt(ipFamily(value.text)))
    .registerFunction(`${ip}.isUnspecified(): bool`, (value: CelAddress) => value.text === "0.0.0.0" || value.text === "::")
    .registerFunction(`${ip}.isLoopback(): bool`, kindIs("loopback"))
    .registerFunction(`${ip}.isLinkLocalUnicast(): bool`, kindIs("linkLocal"))
    .registerFunction(`${ip}.isLinkLocalMulticast(): bool`, (value: CelAddress) => value.text.startsWith("224.0.0.") || value.text.startsWith("ff02:"))
    .registerFunction(`${ip}.isGlobalUnicast(): bool`, (value: CelAddress) => !["loopback", "linkLocal", "unspecified", "multicast", "broadcast"].includes(value.range()))
    .registerFunction(`string(${ip}): string`, (value: CelAddress) => value.text)
    .registerOperator(`${ip} == ${ip}`, (a: CelAddress, b: CelAddress) => a.text === b.text)
    .registerFunction(`cidr(string): ${cidr}`, range)
    .registerFunction("isCIDR(string): bool", isRange)
    .registerFunction(`${cidr}.containsIP(string): bool`, (value: CelRange, text: string) => contains(value, address(text).text))
    .registerFunction(`${cidr}.containsIP(${ip}): bool`, (value: CelRange, other: CelAddress) => contains(value, other.text))
    .registerFunction(`${cidr}.containsCIDR(string): bool`, (value: CelRange, text: string) => contains(value, range(text).text))
    .registerFunction(`${cidr}.containsCIDR(${cidr}): bool`, (value: CelRange, other: CelRange) => contains(value, other.text))
    .registerFunction(`${cidr}.ip(): ${ip}`, (value: CelRange) => address(value.text.split("/")[0]!))
    .registerFunction(`${cidr}.masked(): ${cidr}`, masked)
    .registerFunction(`${cidr}.prefixLength(): int`, (value: CelRange) => BigInt(value.text.split("/")[1]!))
    .registerFunction(`string(${cidr}): string`, (value: CelRange) => value.text)
    .registerOperator(`${cidr} == ${cidr}`, (a: CelRange, b: CelRange) => a.text === b.text)
    .registerFunction(`url(string): ${url}`, (text: string) => {
      const parsed = parseUrl(text);
      if (!parsed) throw new Error(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`);
      return new CelUrl(parsed);
    })
    .registerFunction("isURL(string): bool", (text: string) => parseUrl(text) !== undefined)
    .registerFunction(`${url}.getScheme(): string`, (value: CelUrl) => (value.url.protocol === "relative:" ? "" : value.url.protocol.slice(0, -1)))
    .registerFunction(`${url}.getHost(): string`, (value: CelUrl) => value.url.host)
    .registerFunction(`${url}.getHostname(): string`, (value: CelUrl) => value.url.hostname.replace(/^\[|\]$/g, ""))
    .registerFunction(`${url}.getPort(): string`, (value: CelUrl) => value.url.port)
    .registerFunction(`${url}.getEscapedPath(): string`, (value: CelUrl) => value.url.pathname)
    .registerFunction(`${url}.getQuery(): map`, (value: CelUrl) => {
      const query: Record<string, string[]> = {};
      for (const [key, text] of value.url.searchParams) (query[key] ??= []).push(text);
      return query;
    });
}
