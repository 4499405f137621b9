/** A PKCS #10 request for a certificate, read for those who validate, approve and sign it. */
import { createPublicKey, verify } from "node:crypto";
import { type Der, derElements, derOid } from "../../lib/der.ts";

export interface SigningRequest {
  commonName: string;
  organisations: readonly string[];
  dnsNames: readonly string[];
  emailAddresses: readonly string[];
  uris: readonly string[];
  /** Raw, 4 or 16 bytes each. */
  ipAddresses: readonly Buffer[];
  /** DER, to be taken into the certificate as they are. */
  subject: Buffer;
  publicKey: Buffer;
  /** The content of the extension, where there is one. */
  alternativeNames?: Buffer;
  /** Go's words for a signature that its own key did not make. */
  signatureProblem?: string;
}

const OID = { commonName: "2.5.4.3", organisation: "2.5.4.10", extensionRequest: "1.2.840.113549.1.9.14", subjectAltName: "2.5.29.17" };
const PEM = /-----BEGIN CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----/;
/** Hashes by the signature algorithms that people use; Ed25519 has none of its own. */
const HASHES: Readonly<Record<string, string | null>> = {
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.3.101.112": null,
};

export const NOT_A_REQUEST = "PEM block type must be CERTIFICATE REQUEST";

/** `request` as in `spec.request`: base64 of PEM. Throws with Go's reason. */
export function parseSigningRequest(request: unknown): SigningRequest {
  const match = PEM.exec(Buffer.from(String(request ?? ""), "base64").toString("latin1"));
  if (match === null) throw new Error(NOT_A_REQUEST);
  const [outer] = derElements(Buffer.from(match[1]!, "base64"));
  const [info, algorithm, signature] = derElements(outer?.content ?? Buffer.alloc(0));
  if (info === undefined || algorithm === undefined || signature === undefined) throw new Error("asn1: syntax error: sequence truncated");
  const [, subject, publicKey, attributes] = derElements(info.content);
  if (subject === undefined || publicKey === undefined) throw new Error("asn1: syntax error: sequence truncated");
  const names = attributesOfName(subject);
  const alternativeNames = alternativeNamesIn(attributes);
  const general = alternativeNames === undefined ? [] : derElements(derElements(alternativeNames)[0]!.content);
  const textsOf = (tag: number): string[] => general.filter((each) => each.tag === tag).map(({ content }) => content.toString("latin1"));
  const signatureProblem = problemOfSignature(info.whole, derOid(derElements(algorithm.content)[0]!.content), signature.content.subarray(1), publicKey.whole);
  return {
    commonName: names.filter(([type]) => type === OID.commonName).at(-1)?.[1] ?? "",
    organisations: names.filter(([type]) => type === OID.organisation).map(([, value]) => value),
    emailAddresses: textsOf(0x81),
    dnsNames: textsOf(0x82),
    uris: textsOf(0x86),
    ipAddresses: general.filter(({ tag }) => tag === 0x87).map(({ content }) => content),
    subject: subject.whole,
    publicKey: publicKey.whole,
    ...(alternativeNames === undefined ? {} : { alternativeNames }),
    ...(signatureProblem === undefined ? {} : { signatureProblem }),
  };
}

function attributesOfName(name: Der): [string, string][] {
  return derElements(name.content)
    .flatMap(({ content }) => derElements(content))
    .map(({ content }) => {
      const [type, value] = derElements(content);
      return [derOid(type!.content), value!.content.toString("utf8")];
    });
}

function alternativeNamesIn(attributes: Der | undefined): Buffer | undefined {
  for (const { content } of attributes === undefined ? [] : derElements(attributes.content)) {
    const [type, values] = derElements(content);
    if (derOid(type!.content) !== OID.extensionRequest) continue;
    for (const extension of derElements(derElements(values!.content)[0]!.content)) {
      const parts = derElements(extension.content);
      if (derOid(parts[0]!.content) === OID.subjectAltName) return parts.at(-1)!.content;
    }
  }
  return undefined;
}

function problemOfSignature(info: Buffer, algorithm: string, signature: Buffer, publicKey: Buffer): string | undefined {
  const hash = HASHES[algorithm];
  if (hash === undefined) return "x509: cannot verify signature: algorithm unimplemented";
  const key = createPublicKey({ key: publicKey, format: "der", type: "spki" });
  if (verify(hash, info, key, signature)) return undefined;
  return key.asymmetricKeyType === "rsa" ? "crypto/rsa: verification error" : `x509: ${key.asymmetricKeyType === "ec" ? "ECDSA" : "Ed25519"} verification failure`;
}
