import type { FaultKind } from "../fault.ts";

export const REGISTRY_LIMITED: FaultKind = {
  id: "registry-limited",
  strikes: "registry",
  begins: (target) => `${target} answers 429 to further pulls`,
  ends: (target) => `${target} answers pulls again`,
  short: (target) => `${target} limits pulls`,
  why: "Docker Hub counts the pulls of an address: 100 in six hours without an account",
  destroysData: false,
  amount: { pattern: /^\d{1,5}$/, what: "pulls that are left: 3", otherwise: "none is left" },
};
