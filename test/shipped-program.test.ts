/** What differs between the program as it ships and its sources: bundles that are required, and compiled code that is kept between runs. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundledProgram } from "./rehearse/bundled-program.ts";

const BUILD_MS_MAX = 60_000;
const RUN_MS_MAX = 60_000;

let program: string;
let directory: string;
let cache: string;

beforeAll(async () => {
  program = await bundledProgram();
}, BUILD_MS_MAX);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-shipped-"));
  cache = join(directory, "cache");
});
afterEach(() => rmSync(directory, { recursive: true }));

function run(args: readonly string[], env: Record<string, string> = {}): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: directory, encoding: "utf8", env: { PATH: process.env["PATH"], HOME: directory, XDG_CACHE_HOME: cache, ...env } });
  return { status, stdout, stderr };
}

const keptFiles = (): Record<string, number> => {
  const place = join(cache, "kubernest/compiled");
  return existsSync(place) ? Object.fromEntries(readdirSync(place).map((name) => [name, statSync(join(place, name)).mtimeMs])) : {};
};

describe("the program as it ships", { timeout: RUN_MS_MAX }, () => {
  it("loads what is loaded late, and what is no CommonJS", () => {
    expect(run(["completion", "bash"])).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("# bash completion for kubernest") as string });
    expect(run(["complete", "--", "rehe"]).stdout).toContain("rehearse\t");
    writeFileSync(join(directory, "homelab.ts"), `import { defineHomelab } from "kubernest";\nexport default defineHomelab({ name: "maison", domain: "maison.example", machines: { pi1: { roles: ["worker"] } }, kubernetes: { distribution: "k3s", version: "v1.36.1+k3s1" } });\n`);
    const { status, stdout, stderr } = run(["check"]);
    expect({ status, stderr }).toEqual({ status: 3, stderr: "homelab.ts: 1 error\n" });
    expect(stdout).toContain("no machine is a control plane");
    // age is made of modules alone.
    writeFileSync(join(directory, "homelab.yaml"), "name: maison\ndomain: maison.example\nmachines:\n  pi1: { roles: [control-plane, worker] }\nkubernetes: { distribution: k3s, version: v1.36.1+k3s1 }\n");
    expect(run(["secret", "recipients", "-c", "homelab.yaml"])).toMatchObject({ status: 0, stderr: expect.not.stringMatching(/Warning|Error/) as string });
  });

  it("keeps its compiled code, leaves it alone while it will do, and says the same with it", () => {
    const first = run(["init", "gazette", "--yes"]);
    expect(first.status).toBe(0);
    const cold = run(["check"]);
    const kept = keptFiles();
    expect(Object.keys(kept).length).toBeGreaterThan(0);
    expect(run(["check"])).toEqual(cold);
    expect(keptFiles()).toEqual(kept);
  });

  it("does without where there is no place for it, and where it is switched off", () => {
    run(["init", "gazette", "--yes"], { NODE_DISABLE_COMPILE_CACHE: "1" });
    const off = run(["check"], { NODE_DISABLE_COMPILE_CACHE: "1" });
    expect(off.status).toBe(0);
    expect(keptFiles()).toEqual({});
    writeFileSync(cache, "a file");
    expect(run(["check"])).toEqual(off);
  });
});
