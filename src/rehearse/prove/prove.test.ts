/** Which losses a proof tries. What it says of the example is compared where the README's commands are run. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { homelabOf } from "../../../test/rehearse/virtual-rehearsal.ts";
import { scenariosOf } from "./prove.ts";

it("tries two machines at a time where that is promised", async () => {
  const homelab = await homelabOf("examples/gazette/homelab.yaml", `${readFileSync("examples/gazette/homelab.yaml", "utf8")}    promise: { survives: two machines, backWithin: 10m, loses: nothing }\n`);
  const names = scenariosOf(homelab, "single").map(({ name }) => name);
  // 12 losses, and each of three on one machine with each of three on another.
  expect(names).toHaveLength(12 + 27);
  expect(names).toContain("power-off pi1 + disk-lost pi2");
});
