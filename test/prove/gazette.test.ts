/** The proof of the example that the documentation shows, word for word. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { painter } from "../../src/cli/paint.ts";
import { proofReport } from "../../src/cli/proof-report.ts";
import { prove, scenariosOf } from "../../src/rehearse/prove/prove.ts";
import { homelabOf, virtualRehearsal } from "../rehearse/virtual-rehearsal.ts";

it("says of the three Pis what docs/proof.md says", { timeout: 120_000 }, async () => {
  const homelab = await homelabOf("examples/gazette/homelab.yaml");
  const titles: string[] = [];
  const proof = await prove({ homelab, faults: "single", newRehearsal: () => virtualRehearsal(homelab, { isBreakable: true }), onProgress: (_done, _total, { name }) => titles.push(name), isStopped: () => false });
  expect(titles).toEqual(scenariosOf(homelab, "single").map(({ name }) => name));
  expect(readFileSync("docs/proof.md", "utf8")).toContain(`\`\`\`\n${proofReport(homelab, proof!, painter(false), 80)}\`\`\`\n`);
});

it("tries two machines at a time where that is promised", async () => {
  const homelab = await homelabOf("examples/gazette/homelab.yaml", `${readFileSync("examples/gazette/homelab.yaml", "utf8")}    promise: { survives: two machines, backWithin: 10m, loses: nothing }\n`);
  const names = scenariosOf(homelab, "single").map(({ name }) => name);
  // 12 losses, and each of three on one machine with each of three on another.
  expect(names).toHaveLength(12 + 27);
  expect(names).toContain("power-off pi1 + disk-lost pi2");
});
