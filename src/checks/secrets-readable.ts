/** Someone can read the secrets file. */
import type { Check } from "./check.ts";
import { secretReferences } from "./derived/secret-references.ts";

export const secretsReadable: Check = {
  id: "secrets-readable",
  severity: "info",
  summary: "A homelab that uses secrets names the public keys that may read them.",
  why: "SOPS encrypts for the keys in secrets.recipients: without one the file is made for the key of whoever makes it, and no one else can open it.",
  examples: {
    good: `
      secrets: { recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p] }
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, env: { API_KEY: { secret: shop-api-key } } }`,
    bad: `
      secrets: { file: secrets.sops.yaml } # ✗
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, env: { API_KEY: { secret: shop-api-key } } }`,
  },
  check({ homelab, source }) {
    const references = secretReferences(homelab);
    const first = references[0];
    if (first === undefined || homelab.secrets.recipients.length > 0) return [];
    const count = new Set(references.map((reference) => reference.secret)).size;
    return [
      {
        path: source.has(["secrets"]) ? ["secrets"] : first.path,
        at: "key",
        message: `${count} secret${count === 1 ? " is" : "s are"} named, and secrets.recipients has no key to encrypt for`,
        expected: "an age public key",
        fix: "Write your public key: secrets: { recipients: [age1…] }. kubernest secret set NAME makes a key where there is none, and prints it.",
      },
    ];
  },
};
