/** The plan of the house: a folder under `src/` imports only what its row names. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "../../src");

/** As in the design's table; a folder that is not built yet has its row already. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  objects: ["lib"],
  ports: ["lib", "objects"],
  config: ["lib"],
  facts: ["lib", "ports"],
  manifests: ["lib", "objects", "config"],
  checks: ["lib", "objects", "config", "facts", "manifests"],
  secrets: ["lib", "ports"],
  scenarios: ["lib", "objects"],
  kube: ["lib", "objects", "ports"],
  steps: ["lib", "objects", "ports", "config", "facts", "manifests", "kube"],
  plan: ["lib", "config", "facts", "checks", "steps"],
  engine: ["lib", "ports", "facts", "steps", "plan"],
  operations: ["lib", "objects", "ports", "config", "facts", "manifests", "checks", "secrets", "scenarios", "kube", "steps", "plan", "engine"],
  sim: ["lib", "objects", "ports"],
  rehearse: ["lib", "objects", "ports", "config", "checks", "facts", "manifests", "scenarios", "kube", "steps", "plan", "engine", "operations", "sim"],
  lab: ["lib", "objects", "ports", "config"],
  exports: ["lib", "objects", "config", "manifests", "secrets"],
  imports: ["lib", "objects", "config", "manifests", "secrets"],
  dashboard: ["lib", "objects", "ports", "config", "plan", "engine", "operations", "rehearse"],
  adapters: ["lib", "objects", "ports"],
};

function filesUnder(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? filesUnder(path) : path.endsWith(".ts") ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^\s*(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm)].map((match) => (match[1] ?? match[2])!);
}

const files = filesUnder(SRC).filter((file) => !file.endsWith(".test.ts") && !/[/\\]testing[/\\]/.test(file));

describe("the house", () => {
  it("has only rooms that the plan knows", () => {
    const rooms = readdirSync(SRC).filter((name) => statSync(join(SRC, name)).isDirectory());
    expect(rooms.filter((room) => room !== "cli" && MAY_IMPORT[room] === undefined)).toEqual([]);
  });

  it("imports in the directions of the plan", () => {
    const wrong: string[] = [];
    for (const file of files) {
      const room = relative(SRC, file).split(/[/\\]/)[0]!;
      const allowed = MAY_IMPORT[room];
      if (allowed === undefined) continue;
      for (const target of importsOf(file)) {
        if (!target.startsWith(".")) continue;
        const other = relative(SRC, resolve(dirname(file), target)).split(/[/\\]/)[0]!;
        if (other !== room && !allowed.includes(other)) wrong.push(`${relative(SRC, file)} imports ${other}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("keeps time and chance out of the embedded cluster", () => {
    const wrong = files
      .filter((file) => /^(sim|rehearse)[/\\]/.test(relative(SRC, file)))
      .flatMap((file) =>
        readFileSync(file, "utf8")
          .split("\n")
          .flatMap((line, index) => (/\bDate\.now\(|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bMath\.random\(|\brandomUUID\(|\bperformance\.now\(/.test(line) ? [`${relative(SRC, file)}:${index + 1}`] : [])),
      );
    expect(wrong).toEqual([]);
  });

  it("gives each file one thing to say: no default exports, no barrels", () => {
    const wrong = files.filter((file) => /^export default /m.test(readFileSync(file, "utf8")) || (/[/\\]index\.ts$/.test(file) && relative(SRC, file) !== "index.ts"));
    expect(wrong.map((file) => relative(SRC, file))).toEqual([]);
  });
});
