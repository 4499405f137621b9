/** A certificate authority of its own, for one embedded cluster: P-256 keys, made when first needed. */
import { generateKeyPairSync, createSign, randomBytes, X509Certificate, type KeyObject } from "node:crypto";
import ipaddr from "ipaddr.js";
import type { CertificateIssuer, CertificateRequest, CertificateToSign, KeyPair } from "../ports/certificate-issuer.ts";

/** DER, as far as an X.509 certificate needs it: tag, length, content. Node has keys and signatures but no certificate writer that is synchronous. */
const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const set = (...parts: readonly Buffer[]): Buffer => der(0x31, ...parts);
const octets = (content: Buffer): Buffer => der(0x04, content);
const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]));
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text, "utf8"));
const bits = (content: Buffer, unused = 0): Buffer => der(0x03, Buffer.from([unused]), content);
const integer = (bytes: Buffer): Buffer => der(0x02, bytes[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
const explicit = (tag: number, content: Buffer): Buffer => der(0xa0 | tag, content);

function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  const bytes = [first! * 40 + second!];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

const OID = {
  commonName: "2.5.4.3",
  organisation: "2.5.4.10",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  subjectAltName: "2.5.29.17",
  subjectKeyId: "2.5.29.14",
  authorityKeyId: "2.5.29.35",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

/** GeneralizedTime from 2050 on, UTCTime before, as RFC 5280 wants. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, "").slice(0, 14);
  return Number(digits.slice(0, 4)) >= 2050 ? der(0x18, Buffer.from(`${digits}Z`)) : der(0x17, Buffer.from(`${digits.slice(2)}Z`));
}

function name(commonName: string, organisations: readonly string[]): Buffer {
  const attribute = (type: string, value: string): Buffer => set(sequence(oid(type), utf8(value)));
  return sequence(...organisations.map((organisation) => attribute(OID.organisation, organisation)), attribute(OID.commonName, commonName));
}

function extension(type: string, isCritical: boolean, content: Buffer): Buffer {
  return sequence(oid(type), ...(isCritical ? [boolean(true)] : []), octets(content));
}

function alternativeNames(names: readonly string[]): Buffer {
  return sequence(
    ...names.map((each) => (ipaddr.isValid(each) ? der(0x87, Buffer.from(ipaddr.parse(each).toByteArray())) : der(0x82, Buffer.from(each, "latin1")))),
  );
}

const pem = (label: string, content: Buffer): string => `-----BEGIN ${label}-----\n${content.toString("base64").replace(/(.{64})/g, "$1\n").trimEnd()}\n-----END ${label}-----\n`;

/** Bits of the key usage extension, the first one highest. */
const KEY_USAGES: Readonly<Record<string, number>> = { signing: 0, "digital signature": 0, "content commitment": 1, "key encipherment": 2, "data encipherment": 3, "key agreement": 4, "cert sign": 5, "crl sign": 6, "encipher only": 7, "decipher only": 8 };
/** In Go's order, which is that of the certificate. */
const EXTENDED_KEY_USAGES: readonly (readonly [string, string])[] = [
  ["any", "2.5.29.37.0"],
  ["server auth", OID.serverAuth],
  ["client auth", OID.clientAuth],
  ["code signing", "1.3.6.1.5.5.7.3.3"],
  ["email protection", "1.3.6.1.5.5.7.3.4"],
  ["s/mime", "1.3.6.1.5.5.7.3.4"],
  ["ipsec end system", "1.3.6.1.5.5.7.3.5"],
  ["ipsec tunnel", "1.3.6.1.5.5.7.3.6"],
  ["ipsec user", "1.3.6.1.5.5.7.3.7"],
  ["timestamping", "1.3.6.1.5.5.7.3.8"],
  ["ocsp signing", "1.3.6.1.5.5.7.3.9"],
  ["microsoft sgc", "1.3.6.1.4.1.311.10.3.3"],
  ["netscape sgc", "2.16.840.1.113730.4.1"],
];

function usageExtensions(usages: readonly string[]): Buffer[] {
  const unknown = usages.filter((usage) => KEY_USAGES[usage] === undefined && !EXTENDED_KEY_USAGES.some(([name]) => name === usage));
  if (unknown.length > 0) throw new Error(`unrecognized usage values: [${unknown.map((usage) => JSON.stringify(usage)).join(" ")}]`);
  const wanted = usages.map((usage) => KEY_USAGES[usage]).filter((bit) => bit !== undefined);
  const extended = [...new Set(EXTENDED_KEY_USAGES.filter(([name]) => usages.includes(name)).map(([, id]) => id))];
  const highest = Math.max(-1, ...wanted);
  const bytes = Buffer.alloc(Math.floor(highest / 8) + 1);
  for (const bit of wanted) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  return [
    ...(wanted.length > 0 ? [extension(OID.keyUsage, true, bits(bytes, 7 - (highest & 7)))] : []),
    ...(extended.length > 0 ? [extension(OID.extendedKeyUsage, false, sequence(...extended.map(oid)))] : []),
  ];
}

interface Signer {
  key: KeyObject;
  subject: Buffer;
  keyId: Buffer;
}

interface Body {
  subject: Buffer;
  /** DER. */
  publicKey: Buffer;
  notBeforeMs: number;
  notAfterMs: number;
  extensions: readonly Buffer[];
}

/** The tail of the public point: enough to tell authorities apart. */
const keyIdOf = (publicKey: KeyObject): Buffer => publicKey.export({ type: "spki", format: "der" }).subarray(-20);

function sign(body: Body, signer: Signer): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const signed = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    signer.subject,
    sequence(time(body.notBeforeMs), time(body.notAfterMs)),
    body.subject,
    body.publicKey,
    explicit(3, sequence(...body.extensions)),
  );
  const signature = createSign("sha256").update(signed).sign(signer.key);
  return pem("CERTIFICATE", sequence(signed, algorithm, bits(signature)));
}

/** `notBeforeMs`/`notAfterMs` of the authority itself; leaves say their own. */
export function certificateAuthority(commonName: string, notBeforeMs: number, notAfterMs: number): CertificateIssuer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = name(commonName, []);
  const keyId = keyIdOf(publicKey);
  const signer: Signer = { key: privateKey, subject, keyId };
  const authority = sign(
    {
      subject,
      publicKey: publicKey.export({ type: "spki", format: "der" }),
      notBeforeMs,
      notAfterMs,
      extensions: [
        extension(OID.basicConstraints, true, sequence(boolean(true))),
        // digitalSignature, keyEncipherment, keyCertSign
        extension(OID.keyUsage, true, bits(Buffer.from([0b1010_0100]), 2)),
        extension(OID.subjectKeyId, false, octets(keyId)),
      ],
    },
    signer,
  );
  return {
    authority,
    issue(request: CertificateRequest): KeyPair {
      const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const certificate = sign(
        {
          subject: name(request.commonName, request.organisations ?? []),
          publicKey: pair.publicKey.export({ type: "spki", format: "der" }),
          notBeforeMs: request.notBeforeMs,
          notAfterMs: request.notAfterMs,
          extensions: [
            extension(OID.basicConstraints, true, sequence()),
            extension(OID.keyUsage, true, bits(Buffer.from([0b1010_0000]), 5)),
            extension(OID.extendedKeyUsage, false, sequence(oid(request.use === "server" ? OID.serverAuth : OID.clientAuth))),
            extension(OID.authorityKeyId, false, sequence(der(0x80, keyId))),
            ...(request.names?.length ? [extension(OID.subjectAltName, false, alternativeNames(request.names))] : []),
          ],
        },
        signer,
      );
      return { certificate, key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    },
    sign({ subject: whose, publicKey: key, alternativeNames: names, usages, ...times }: CertificateToSign): string {
      return sign(
        {
          subject: whose,
          publicKey: key,
          notBeforeMs: times.notBeforeMs,
          notAfterMs: Math.min(times.notAfterMs, notAfterMs),
          extensions: [
            ...usageExtensions(usages),
            extension(OID.basicConstraints, true, sequence()),
            extension(OID.authorityKeyId, false, sequence(der(0x80, keyId))),
            ...(names ? [extension(OID.subjectAltName, false, names)] : []),
          ],
        },
        signer,
      );
    },
  };
}

/** For messages and tests: what a PEM certificate says of itself. */
export function describeCertificate(certificate: string): { subject: string; names: string | undefined; validTo: string } {
  const parsed = new X509Certificate(certificate);
  return { subject: parsed.subject, names: parsed.subjectAltName, validTo: parsed.validTo };
}
