/** Every example reaches Ready on the embedded cluster: machines, pods, databases, certificates, and each address answers. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./cli.ts";
import { homelabOf, MINUTE_MS, virtualRehearsal, waitingOf } from "./virtual-rehearsal.ts";

const examples = readdirSync(join(ROOT, "examples"))
  .filter((name) => statSync(join(ROOT, "examples", name)).isDirectory())
  .flatMap((name) => readdirSync(join(ROOT, "examples", name)).filter((file) => /\.(yaml|ts)$/.test(file)).map((file) => `examples/${name}/${file}`));

describe("every example reaches Ready", () => {
  it("there are the five systems, and more", () => {
    expect(new Set(examples.map((path) => path.split("/")[1])).size).toBeGreaterThanOrEqual(5);
  });

  it.each(examples)("%s", async (path) => {
    const rehearsal = virtualRehearsal(await homelabOf(join(ROOT, path)));
    try {
      expect(await waitingOf(rehearsal)).toEqual([]);
      // Not only once: it stays so.
      rehearsal.cluster.run(5 * MINUTE_MS);
      expect(rehearsal.progress()).toMatchObject({ isReady: true });
    } finally {
      await rehearsal.close();
    }
  }, 40_000);
});
