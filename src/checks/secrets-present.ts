/** Each secret that the file names is in the secrets file. */
import { nearestName } from "../lib/nearest-name.ts";
import type { Check } from "./check.ts";
import { secretReferences } from "./derived/secret-references.ts";

export const secretsPresent: Check = {
  id: "secrets-present",
  severity: "error",
  summary: "Each secret that is named is in the secrets file.",
  why: "A pod whose Secret has no such key stays in CreateContainerConfigError. SOPS leaves names readable, so this needs no key. Without a secrets file yet nothing is said here: rehearsal makes throw-away values.",
  examples: {
    good: `
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, env: { API_KEY: { secret: shop-api-key } } }`,
    bad: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          env:
            API_KEY: { secret: shop-apikey } # ✗`,
    secretNames: ["shop-api-key"],
  },
  check({ homelab, secretNames }) {
    if (secretNames === undefined) return [];
    return secretReferences(homelab)
      .filter((reference) => !secretNames.includes(reference.secret))
      .map((reference) => ({
        path: reference.path,
        value: reference.secret,
        message: `there is no secret ${reference.secret} in ${homelab.secrets.file}`,
        expected: "the name of a secret in the file",
        didYouMean: nearestName(reference.secret, secretNames),
        fix: `Add it: kubernest secret set ${reference.secret}, or correct the name.`,
      }));
  },
};
