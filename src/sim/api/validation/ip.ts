/** Addresses and ranges as Go reads them, with upstream's messages. `strict` fields are the newer ones (no leading zeros, canonical form). */
import ipaddr from "ipaddr.js";
import { type Errors, invalid } from "./field.ts";

const QUAD = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** 4, 6, or 0 where the text is no address. Legacy fields allow leading zeros. */
export function ipFamily(text: unknown): 0 | 4 | 6 {
  if (typeof text !== "string") return 0;
  const quad = QUAD.exec(text);
  if (quad) return quad.slice(1).every((part) => Number(part) <= 255) ? 4 : 0;
  if (!text.includes(":") || text.includes("%") || text.includes("/")) return 0;
  if (!ipaddr.IPv6.isValid(text)) return 0;
  // Go counts an IPv4-mapped address as IPv4.
  return ipaddr.IPv6.parse(text).isIPv4MappedAddress() ? 4 : 6;
}

/** Addresses in fields that are older than strict parsing. */
export function legacyIp(errors: Errors, field: string, value: unknown, old: readonly string[] = []): void {
  if (old.includes(value as string)) return;
  if (ipFamily(value) === 0) invalid(errors, field, value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
  else strictSpelling(errors, field, value as string);
}

/** StrictIPCIDRValidation is on since 1.36. */
function strictSpelling(errors: Errors, field: string, text: string): void {
  if (QUAD.test(text) && /(^|\.)0\d/.test(text)) invalid(errors, field, text, "must not have leading 0s");
  else if (text.includes(":") && ipFamily(text) === 4) invalid(errors, field, text, "must not be an IPv4-mapped IPv6 address");
}

export function canonicalIp(text: string): string {
  return text.includes(":") ? ipaddr.IPv6.parse(text).toRFC5952String() : text;
}

/** Addresses in newer fields: also in canonical form. */
export function strictIp(errors: Errors, field: string, value: unknown): void {
  const before = errors.length;
  legacyIp(errors, field, value);
  if (errors.length > before) return;
  const canonical = canonicalIp(value as string);
  if (canonical !== value) invalid(errors, field, value, `must be in canonical form (${JSON.stringify(canonical)})`);
}

export function cidrFamily(text: unknown): 0 | 4 | 6 {
  if (typeof text !== "string") return 0;
  const slash = text.indexOf("/");
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return 0;
  const family = ipFamily(text.slice(0, slash));
  return family !== 0 && Number(text.slice(slash + 1)) <= (text.includes(":") ? 128 : 32) ? family : 0;
}

export function legacyCidr(errors: Errors, field: string, value: unknown, old: readonly string[] = []): void {
  if (old.includes(value as string)) return;
  if (cidrFamily(value) === 0) {
    invalid(errors, field, value, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    return;
  }
  const [address = "", prefix = ""] = (value as string).split("/");
  if ((QUAD.test(address) && /(^|\.)0\d/.test(address)) || /^0\d/.test(prefix)) invalid(errors, field, value, "must not have leading 0s in IP or prefix length");
  else if (address.includes(":") && ipFamily(address) === 4) invalid(errors, field, value, "must not have an IPv4-mapped IPv6 address");
  else if (!isMasked(address, Number(prefix))) invalid(errors, field, value, "must not have bits set beyond the prefix length");
}

function isMasked(address: string, prefix: number): boolean {
  const bytes = ipaddr.parse(address).toByteArray();
  return bytes.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix - index * 8));
    return (byte & (0xff >> kept)) === 0;
  });
}

export function strictCidr(errors: Errors, field: string, value: unknown): void {
  const before = errors.length;
  legacyCidr(errors, field, value);
  if (errors.length > before) return;
  const [address = "", prefix = ""] = (value as string).split("/");
  const canonical = `${canonicalIp(address)}/${prefix}`;
  if (canonical !== value) invalid(errors, field, value, `must be in canonical form (${JSON.stringify(canonical)})`);
}
