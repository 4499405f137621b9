/** The README is run: its file loads, its commands work in an empty folder, what it says of exit codes and files is so. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../src/cli/commands.ts";
import { type Ended, kubernest, ROOT, Started } from "./rehearse/cli.ts";
import { homelabOf } from "./rehearse/virtual-rehearsal.ts";
import { skippedFor } from "./skipping.ts";

const README = readFileSync(join(ROOT, "README.md"), "utf8");
const blocks = [...README.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language, text]) => ({ language: language!, text: text! }));
/** Command lines without their comments. */
const commands = blocks.filter(({ language }) => language === "sh").flatMap(({ text }) => text.split("\n").map((line) => line.replace(/\s+#.*$/, "").trim()).filter((line) => line !== ""));
const scripts = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> }).scripts;
const WITHIN_MS = 55_000;

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-readme-"));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("the file in the README", () => {
  it.each(blocks.filter(({ language }) => language === "yaml").map(({ text }) => [text.split("\n")[0]!, text]))("%s … loads and has no errors", async (_first, text) => {
    expect(Object.keys((await homelabOf("homelab.yaml", text)).apps)).not.toEqual([]);
  });
});

describe("the six commands", () => {
  const six = commands.filter((command) => command.startsWith("npx kubernest "));

  it("are six, each of another verb", () => {
    expect(new Set(six.map((command) => command.split(" ")[2])).size).toBe(6);
    for (const command of six) expect(COMMANDS.map(({ name }) => name)).toContain(command.split(" ")[2]);
  });

  // One after the other in one folder, as a reader types them.
  it.each(six)("%s", async (command) => {
    const ended: Ended = await kubernest(command.split(" ").slice(2), directory);
    expect(ended.code, ended.stderr).toBe(0);
    if (command.includes(" init ")) expect(existsSync(join(directory, "homelab.yaml"))).toBe(true);
    if (command.includes(" render ")) expect(existsSync(join(directory, "rendered"))).toBe(true);
    if (command.includes(" explain ")) expect(ended.stdout).toContain("network");
    if (command.includes(" rehearse ")) expect(ended.stdout).toMatch(/^Ready after /);
    if (command.endsWith(" prove")) expect(readFileSync(join(ROOT, "docs/proof.md"), "utf8")).toContain(`\`\`\`\n${ended.stdout}\`\`\`\n`);
  }, WITHIN_MS);
});

describe("npm ci && npm start", () => {
  it("are scripts of the package; what else the README runs is told here", () => {
    expect(commands.filter((command) => !command.startsWith("npx kubernest "))).toEqual(["npm ci && npm start", "npm ci && npm test"]);
    expect(scripts["start"]).toContain("rehearse -c examples/gazette/homelab.yaml");
    expect(scripts["test"]).toBe("vitest run");
  });

  it("builds, serves, and ends at Ctrl-C", { timeout: WITHIN_MS, ...skippedFor(process.platform === "win32" && "Windows has no process groups that take a Ctrl-C") }, async () => {
    // A copy of the clone whose build does not disturb the one under test.
    const clone = join(directory, "clone");
    mkdirSync(clone);
    for (const name of ["src", "scripts", "examples", "schema", "node_modules", "tsdown.config.ts", "tsconfig.json"]) if (existsSync(join(ROOT, name))) symlinkSync(join(ROOT, name), join(clone, name));
    writeFileSync(join(clone, "package.json"), readFileSync(join(ROOT, "package.json")));
    const started = new Started("npm", ["start", "--", "--port", "0", "--http-port", "0", "--https-port", "0"], clone, { isGroup: true, deadlineMs: WITHIN_MS });
    try {
      await started.until("ready", () => started.stdout.includes("until you press Ctrl-C"), WITHIN_MS - 10_000);
      expect(existsSync(join(clone, "dist/main.mjs"))).toBe(true);
      expect(started.stdout).toMatch(/^gazette +1\/1 +https:\/\/gazette\.maison\.example\/$/m);
    } finally {
      await started.stop();
    }
    // Node may put its files away a moment after npm has gone.
    await expect.poll(() => existsSync(join(clone, ".kubernest/kubeconfig")), { timeout: 5_000 }).toBe(false);
  });
});
