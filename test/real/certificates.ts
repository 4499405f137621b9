/** Throw-away certificates for one real control plane on loopback: one CA for everything, valid for a day. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 24 * 60 * 60_000;

export interface Identity {
  certificate: string;
  key: string;
}

export interface Authority extends Identity {
  /** `groups` become organisations, which the API server reads as groups. Without addresses it is a client certificate. */
  issue(commonName: string, options?: { groups?: readonly string[]; dns?: readonly string[]; ips?: readonly string[] }): Promise<Identity>;
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

function escapeName(value: string): string {
  return value.replace(/[,+"\\<>;]/g, "\\$&");
}

export async function newAuthority(commonName: string, nowMs: number): Promise<Authority> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await newKeys();
  const validity = { notBefore: new Date(nowMs - 60_000), notAfter: new Date(nowMs + DAY_MS) };
  const name = `CN=${escapeName(commonName)}`;
  let serial = 1;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name,
    ...validity,
    signingAlgorithm: ALGORITHM,
    keys: keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificate: `${root.toString("pem")}\n`,
    key: await privateKeyPem(keys.privateKey),
    async issue(subject, { groups = [], dns = [], ips = [] } = {}) {
      const leafKeys = await newKeys();
      const isServer = dns.length + ips.length > 0;
      const alternatives = [...dns.map((value) => ({ type: "dns" as const, value })), ...ips.map((value) => ({ type: "ip" as const, value }))];
      serial++;
      const leaf = await x509.X509CertificateGenerator.create({
        serialNumber: serial.toString(16).padStart(4, "0"),
        subject: [...groups.map((group) => `O=${escapeName(group)}`), `CN=${escapeName(subject)}`].join(", "),
        issuer: name,
        ...validity,
        signingKey: keys.privateKey,
        publicKey: leafKeys.publicKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([isServer ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth]),
          ...(isServer ? [new x509.SubjectAlternativeNameExtension(alternatives)] : []),
        ],
      });
      return { certificate: `${leaf.toString("pem")}\n`, key: await privateKeyPem(leafKeys.privateKey) };
    },
  };
}
