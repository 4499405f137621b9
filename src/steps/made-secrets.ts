/** Secrets that nobody chooses, by their names in the secrets file; these never change. */
export const ENCRYPTION_KEY_SECRET = "kubernetes-encryption-key";
export const K3S_TOKEN_SECRET = "k3s-token";

/** What rendered configuration calls them. */
export const SECRET_ALIASES: Readonly<Record<string, string>> = { ENCRYPTION_KEY: ENCRYPTION_KEY_SECRET };
