/**
 * Values that a configuration file needs and that render does not know: secrets of the store, and what exists only once the cluster does. Rendered as `${NAME}`;
 * `up` puts the values in on the machine, in memory, mode 0600.
 */

/** What `up` replaces. The names never change. */
export const PLACEHOLDERS = {
  /** kubeadm's bootstrap token, valid 24 hours. */
  bootstrapToken: "${BOOTSTRAP_TOKEN}",
  /** `sha256:…` of the cluster's CA. */
  caCertHash: "${CA_CERT_HASH}",
  /** Key of the uploaded control plane certificates, valid two hours. */
  certificateKey: "${CERTIFICATE_KEY}",
  /** Key of the API server's encryption of Secrets, 32 bytes in base64. */
  encryptionKey: "${ENCRYPTION_KEY}",
  /** The address of the first control plane, while the file does not say it. */
  endpoint: "${ENDPOINT}",
} as const;

/** A secret of the store. */
export function secretPlaceholder(secret: string): string {
  return `\${SECRET:${secret}}`;
}
