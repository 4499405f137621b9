import type { FaultKind } from "../fault.ts";

export const MEMORY_LEAK: FaultKind = {
  id: "memory-leak",
  strikes: "app",
  begins: (app) => `the programs of ${app} take more and more memory`,
  ends: (app) => `the programs of ${app} take no more memory than they need`,
  short: (app) => `${app} leaks memory`,
  why: "a cache without a bound, a connection that is never closed: it shows after hours or weeks",
  destroysData: false,
  amount: { pattern: /^\d{1,5}Mi$/, what: "mebibytes that each of them takes a minute: 100Mi", otherwise: "100Mi" },
};
