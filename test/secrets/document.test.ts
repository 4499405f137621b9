/** docs/secrets.md is what happens: every command in it is run, in order, and prints what the page says. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { areCached, cachedPath } from "../real/binaries.ts";
import { SOPS_NOT_CACHED, SOPS_PARTS } from "../real/versions.ts";
import { bundledProgram } from "../rehearse/bundled-program.ts";
import { skippedFor } from "../skipping.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const isCached = await areCached(SOPS_PARTS);

interface Example {
  command: string;
  output: string;
}

function examples(): Example[] {
  const blocks = [...readFileSync(join(ROOT, "docs/secrets.md"), "utf8").matchAll(/^```console\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
  return blocks.flatMap((block) => block.split(/^\$ /m).slice(1)).map((text) => {
    const [command, ...output] = text.split("\n");
    return { command: command!, output: output.join("\n").trimEnd() };
  });
}

let directory = "";
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-document-"));
  copyFileSync(join(ROOT, "examples/gazette/homelab.yaml"), join(directory, "homelab.yaml"));
  writeFileSync(join(directory, "kubernest"), `#!/bin/sh\nexec '${process.execPath}' '${await bundledProgram()}' "$@"\n`, { mode: 0o755 });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it("docs/secrets.md prints what it says", { timeout: 120_000, ...skippedFor(!isCached && SOPS_NOT_CACHED) }, () => {
  const all = examples();
  expect(all.length).toBeGreaterThan(12);
  const env = { PATH: `${directory}:${dirname(cachedPath("sops", "sops"))}:${process.env["PATH"]}`, HOME: join(directory, "home"), NO_COLOR: "1" };
  for (const { command, output } of all) {
    const result = spawnSync("sh", ["-c", `${command} 2>&1`], { cwd: directory, env, encoding: "utf8", input: "" });
    const pattern = output.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[\\s\\S]*?");
    expect(result.stdout.trimEnd(), command).toMatch(new RegExp(`^${pattern}$`));
  }
});
