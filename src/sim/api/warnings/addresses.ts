/** Addresses and ranges that are valid but not spelled as they should be (upstream `apimachinery/pkg/util/validation/ip.go`). */
import ipaddr from "ipaddr.js";
import { canonicalIp, cidrFamily, ipFamily } from "../validation/ip.ts";

const LEADING_ZERO = /(^|\.)0\d/;

/** As Go prints what it read sloppily: without leading zeros, an IPv4-mapped address as IPv4. */
function plainAddress(text: string): string {
  if (!text.includes(":")) return text.split(".").map(Number).join(".");
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}

const isNonStandard = (text: string): boolean => (text.includes(":") ? ipFamily(text) === 4 : LEADING_ZERO.test(text));

export function addressWarnings(field: string, value: unknown): string[] {
  if (typeof value !== "string" || ipFamily(value) === 0) return [];
  if (isNonStandard(value)) return [`${field}: non-standard IP address "${value}" is invalid: use "${plainAddress(value)}"`];
  const canonical = canonicalIp(value);
  return canonical === value ? [] : [`${field}: IPv6 address "${value}" should be in RFC 5952 canonical format ("${canonical}")`];
}

export function rangeWarnings(field: string, value: unknown): string[] {
  if (typeof value !== "string" || cidrFamily(value) === 0) return [];
  const [given = "", length = ""] = value.split("/");
  const address = plainAddress(given);
  const bitCount = address.includes(":") ? 128 : 32;
  // The length of an IPv4-mapped range counts the 96 bits before it.
  const prefix = Math.max(0, Number(length) - (given.includes(":") ? 128 - bitCount : 0));
  const network = firstAddress(address, prefix);
  const plain = `${network}/${prefix}`;
  const warnings: string[] = [];
  if (network !== address) warnings.push(`${field}: CIDR value "${value}" is ambiguous in this context (should be "${plain}" or "${address}/${bitCount}"?)`);
  if (isNonStandard(given) || /^0\d/.test(length)) warnings.push(`${field}: non-standard CIDR value "${value}" is invalid: use "${plain}"`);
  if (warnings.length === 0 && bitCount === 128 && plain !== value) warnings.push(`${field}: IPv6 CIDR value "${value}" should be in RFC 5952 canonical format ("${plain}")`);
  return warnings;
}

function firstAddress(address: string, prefix: number): string {
  const bytes = ipaddr.parse(address).toByteArray();
  const masked = bytes.map((byte, index) => byte & ~(0xff >> Math.min(8, Math.max(0, prefix - index * 8))) & 0xff);
  return canonicalIp(ipaddr.fromByteArray(masked).toString());
}
