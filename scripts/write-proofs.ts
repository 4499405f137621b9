/**
 * Proves the examples and puts the reports into docs/examples-proved.md, each behind its `<!-- examples/NAME -->`. What is written around them stays.
 * `--check` writes nothing: it ends with 1 and names what is not current.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const PAGE = new URL("../docs/examples-proved.md", import.meta.url);
const REPORT = /<!-- (examples\/[a-z-]+) -->\n```\n[\s\S]*?```\n/g;
/** A promise is broken or needs a human: a report like any other. */
const EXIT_CODES = [0, 4];

const before = readFileSync(PAGE, "utf8");
const stale: string[] = [];
const after = before.replace(REPORT, (whole, example: string) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/main.mjs", "prove", "-c", `${example}/homelab.yaml`], { encoding: "utf8", env: { ...process.env, NO_COLOR: "1", COLUMNS: "80" } });
  if (status === null || !EXIT_CODES.includes(status)) throw new Error(`${example} is not proved: ${stderr}`);
  const made = `<!-- ${example} -->\n\`\`\`\n${stdout}\`\`\`\n`;
  if (made !== whole) stale.push(example);
  return made;
});
if (!process.argv.includes("--check")) writeFileSync(PAGE, after);
else if (stale.length > 0) {
  process.stderr.write(`docs/examples-proved.md is not current for ${stale.join(", ")}: npm run write:proofs, and read what changed\n`);
  process.exitCode = 1;
}
