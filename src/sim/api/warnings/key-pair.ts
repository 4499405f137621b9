/** Whether a certificate and a key belong together, in the words of Go's `tls.X509KeyPair`. */
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";

interface Block {
  type: string;
  bytes: Buffer;
}

const CERTIFICATE = "CERTIFICATE";
const ALGORITHMS = ["rsa", "ec", "ed25519"];

/** Both in base64, as a Secret holds them. */
export function keyPairWarnings(certificate: unknown, key: unknown): string[] {
  const problem = problemOfPair(pemBlocks(certificate), pemBlocks(key));
  return problem === undefined ? [] : [problem];
}

const isKey = ({ type }: Block): boolean => type === "PRIVATE KEY" || type.endsWith(" PRIVATE KEY");

function problemOfPair(inCertificate: readonly Block[], inKey: readonly Block[]): string | undefined {
  const certificate = inCertificate.find(({ type }) => type === CERTIFICATE);
  if (certificate === undefined) {
    const [first] = inCertificate;
    if (first === undefined) return "tls: failed to find any PEM data in certificate input";
    if (inCertificate.length === 1 && first.type.endsWith("PRIVATE KEY")) return "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched";
    return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${inCertificate.map(({ type }) => type).join(" ")}]`;
  }
  const block = inKey.find(isKey);
  if (block === undefined) {
    const [first] = inKey;
    if (first === undefined) return "tls: failed to find any PEM data in key input";
    if (inKey.length === 1 && first.type === CERTIFICATE) return "tls: found a certificate rather than a key in the PEM for the private key";
    return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${inKey.map(({ type }) => type).join(" ")}]`;
  }
  const known = parseCertificate(certificate.bytes);
  if (known === undefined) return "x509: malformed certificate";
  const secret = parsePrivateKey(block.bytes);
  if (secret === undefined) return "tls: failed to parse private key";
  const algorithm = known.publicKey.asymmetricKeyType ?? "";
  if (!ALGORITHMS.includes(algorithm)) return "tls: unknown public key algorithm";
  if (secret.asymmetricKeyType !== algorithm) return "tls: private key type does not match public key type";
  return known.checkPrivateKey(secret) ? undefined : "tls: private key does not match public key";
}

/** Every whole block; what stands between them, and blocks that are no base64, are passed over as Go does. */
function pemBlocks(base64: unknown): Block[] {
  const text = typeof base64 === "string" ? Buffer.from(base64, "base64").toString("latin1") : "";
  return [...text.matchAll(/^-----BEGIN ([^\n-]+)-----\s*\n(?:[^\n:]+:[^\n]*\n)*([A-Za-z0-9+/=\s]*?)-----END \1-----/gm)].map(([, type = "", body = ""]) => ({ type, bytes: Buffer.from(body, "base64") }));
}

function parseCertificate(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    // Not a certificate: that is the answer.
    return undefined;
  }
}

/** Go does not look at the type that the block states, and tries all three. */
function parsePrivateKey(der: Buffer): KeyObject | undefined {
  for (const type of ["pkcs1", "pkcs8", "sec1"] as const) {
    try {
      return createPrivateKey({ key: der, format: "der", type });
    } catch {
      // Perhaps of the next type.
      continue;
    }
  }
  return undefined;
}
