import type { FaultKind } from "../fault.ts";

export const BAD_IMAGE: FaultKind = {
  id: "bad-image",
  strikes: "app",
  begins: (target) => `${target} is updated to an image that is not there`,
  ends: (target) => `${target} is put back to its image`,
  short: (target) => `${target}'s image missing`,
  why: "a tag that was never pushed, a typo in a release",
  destroysData: false,
};
