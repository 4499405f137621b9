import type { FaultKind } from "../fault.ts";

export const POWER_OFF: FaultKind = {
  id: "power-off",
  strikes: "machine",
  begins: (machine) => `${machine} loses its power`,
  ends: (machine) => `${machine} has power again and boots`,
  short: (machine) => `${machine} off`,
  why: "power supplies fail, cables are pulled, kernels hang until somebody presses the button",
  destroysData: false,
};
