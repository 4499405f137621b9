import type { FaultKind } from "../fault.ts";

export const REGISTRY_UNREACHABLE: FaultKind = {
  id: "registry-unreachable",
  strikes: "registry",
  begins: (target) => `${target} cannot be reached`,
  ends: (target) => `${target} can be reached again`,
  short: (target) => `${target} unreachable`,
  why: "registries fail, are moved, are blocked",
  destroysData: false,
};
