/** Certificates from outside: keys come from real randomness, never from a seed. */
export interface KeyPair {
  /** PEM. */
  certificate: string;
  /** PEM, PKCS #8. */
  key: string;
}

export interface CertificateRequest {
  commonName: string;
  organisations?: readonly string[];
  /** DNS names and addresses the certificate is for. */
  names?: readonly string[];
  use: "server" | "client";
  notBeforeMs: number;
  notAfterMs: number;
}

/** Somebody else's key, to be vouched for. */
export interface CertificateToSign {
  /** DER, as in the request. */
  subject: Buffer;
  publicKey: Buffer;
  alternativeNames?: Buffer;
  /** In the words of `certificates.k8s.io`: `digital signature`, `client auth`, … Throws for one that is none. */
  usages: readonly string[];
  notBeforeMs: number;
  /** At most the authority's own end. */
  notAfterMs: number;
}

export interface CertificateIssuer {
  /** PEM of the authority that everything here is signed by. */
  authority: string;
  /** Synchronous, so that the embedded cluster stays one step after the other. */
  issue(request: CertificateRequest): KeyPair;
  /** PEM. */
  sign(certificate: CertificateToSign): string;
}
