/** Every example reaches Ready on the embedded cluster: machines, pods, databases, certificates, and each address answers. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { certificateAuthority } from "../../src/adapters/certificate-authority.ts";
import { realClock } from "../../src/adapters/real-clock.ts";
import { checkFile } from "../../src/checks/check-file.ts";
import { Rehearsal } from "../../src/rehearse/rehearsal.ts";
import { ROOT } from "./cli.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const examples = readdirSync(join(ROOT, "examples"))
  .filter((name) => statSync(join(ROOT, "examples", name)).isDirectory())
  .flatMap((name) => readdirSync(join(ROOT, "examples", name)).filter((file) => /\.(yaml|ts)$/.test(file)).map((file) => `examples/${name}/${file}`));

describe("every example reaches Ready", () => {
  it("there are the five systems, and more", () => {
    expect(new Set(examples.map((path) => path.split("/")[1])).size).toBeGreaterThanOrEqual(5);
  });

  it.each(examples)("%s", async (path) => {
    const { homelab, findings } = await checkFile(join(ROOT, path), { env: {}, readFile: (file) => Promise.resolve(readFileSync(file, "utf8")), resolve: (file) => file, today: Date.UTC(2026, 10, 1) });
    expect(findings.filter((finding) => finding.severity === "error")).toEqual([]);
    const nowMs = Date.now();
    const rehearsal = new Rehearsal({
      homelab: homelab!,
      seed: "1",
      clock: realClock,
      certificates: certificateAuthority("kubernest-test", nowMs - DAY_MS, nowMs + 3650 * DAY_MS),
      readyWithinMs: 20 * MINUTE_MS,
      stalledAfterMs: 8 * MINUTE_MS,
      behindPresentMs: 0,
      onProgress: () => undefined,
      log: () => undefined,
    });
    try {
      const outcome = await rehearsal.settle(() => false);
      const waiting = outcome.isReady ? [] : [outcome.why, ...outcome.waiting.map(({ what, why }) => `${what}: ${why}`)];
      expect(waiting).toEqual([]);
      // Not only once: it stays so.
      rehearsal.cluster.run(5 * MINUTE_MS);
      expect(rehearsal.progress()).toMatchObject({ isReady: true });
    } finally {
      await rehearsal.close();
    }
  }, 40_000);
});
