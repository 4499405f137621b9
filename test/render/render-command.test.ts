/** `kubernest render` as a user calls it: streams, directories, stale files, and what it refuses. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { CommandIo } from "../../src/cli/command.ts";
import { INDEX_FILE, renderCommand } from "../../src/cli/commands/render.ts";
import { FILE_MARKER } from "../../src/manifests/yaml-text.ts";
import { EXAMPLES_DIRECTORY } from "./load-example.ts";

const GAZETTE = readFileSync(join(EXAMPLES_DIRECTORY, "gazette/homelab.yaml"), "utf8");
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-render-"));
  writeFileSync(join(directory, "homelab.yaml"), GAZETTE);
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function render(options: Record<string, unknown> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ["", ""];
  const at = (path: string) => resolve(directory, path);
  const io: CommandIo = {
    stdout: (text) => { stdout += text; },
    stderr: (text) => { stderr += text; },
    cwd: directory, env: {}, isTerminal: false, stdoutIsTerminal: false, canAsk: false, width: 80, colour: false,
    readFile: (path) => readFileSync(at(path), "utf8"),
    writeFile: (path, text) => { mkdirSync(dirname(at(path)), { recursive: true }); writeFileSync(at(path), text); },
    readStdin: () => Promise.resolve(""),
    exists: (path) => existsSync(at(path)),
    stampOf: () => undefined,
    list: (path) => readdirSync(at(path)).sort(),
    remove: (path) => rmSync(at(path), { force: true }),
    makeDirectory: (path) => { mkdirSync(at(path), { recursive: true }); },
    now: () => Date.UTC(2026, 9, 15),
    onInterrupt: () => () => undefined,
    debug: () => undefined,
    debugLogPath: "",
  };
  const code = await renderCommand.run([], { output: "-", ...options }, io);
  return { code, stdout, stderr };
}

const tree = (path: string): string[] => readdirSync(path, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1)).sort();

describe("kubernest render", () => {
  it("writes every object as one stream by default", async () => {
    const { code, stdout, stderr } = await render();
    expect(code).toBe(0);
    const kinds = (parseAllDocuments(stdout) as { toJS(): { kind: string } | null }[]).map((document) => document.toJS()?.kind).filter((kind) => kind !== undefined);
    expect(kinds).toEqual(["Namespace", "NetworkPolicy", "NetworkPolicy", "ServiceAccount", "Secret", "Service", "Deployment", "Middleware", "IngressRoute", "IngressRoute", "HelmChartConfig"]);
    expect(stdout.split(FILE_MARKER)).toHaveLength(2);
    expect(stderr).toContain("6 configuration files are no Kubernetes objects and left out");
  });

  it("says field, and with --lines file and line", async () => {
    expect((await render()).stdout).toContain("# from apps.gazette.host\n");
    const line = GAZETTE.split("\n").findIndex((text) => text.includes("host: gazette")) + 1;
    expect((await render({ lines: true })).stdout).toContain(`# from apps.gazette.host (homelab.yaml:${line})\n`);
  });

  it("writes a directory, twice the same, and removes what is no longer wanted", async () => {
    expect(await render({ output: "out" })).toEqual({ code: 0, stdout: "", stderr: "out: 11 objects in 8 files\n" });
    const out = join(directory, "out");
    const first = tree(out);
    expect(first).toEqual([INDEX_FILE, "apps/gazette.yaml", "cluster/pi1/k3s-config.yaml", "cluster/pi1/registries.yaml", "cluster/pi2/k3s-config.yaml", "cluster/pi2/registries.yaml", "cluster/pi3/k3s-config.yaml", "cluster/pi3/registries.yaml", "platform/traefik.yaml"]);
    const texts = first.map((file) => readFileSync(join(out, file), "utf8"));
    await render({ output: "out" });
    expect(first.map((file) => readFileSync(join(out, file), "utf8"))).toEqual(texts);

    writeFileSync(join(out, "apps/mine.yaml"), "# mine\n");
    writeFileSync(join(directory, "homelab.yaml"), GAZETTE.replace(/^ {2}gazette:/m, "  journal:"));
    expect((await render({ output: "out" })).stderr).toBe("out: 11 objects in 8 files; 1 stale removed\n");
    expect(tree(join(out, "apps"))).toEqual(["journal.yaml", "mine.yaml"]);
  });

  it("refuses a directory that is not its own, and touches nothing there", async () => {
    mkdirSync(join(directory, "other"));
    writeFileSync(join(directory, "other/letter.txt"), "dear");
    expect(await render({ output: "other" })).toEqual({ code: 1, stdout: "", stderr: "-o other: the directory is not empty and not one that render made. Name another, or empty it.\n" });
    expect(tree(join(directory, "other"))).toEqual(["letter.txt"]);
  });

  it("refuses to replace a file that it did not write, and keeps a stale one that was changed", async () => {
    await render({ output: "out" });
    writeFileSync(join(directory, "out/apps/gazette.yaml"), "# by hand\n");
    const { code, stderr } = await render({ output: "out" });
    expect(code).toBe(1);
    expect(stderr).toBe("out/apps/gazette.yaml: the file is not one that render wrote. Move it away, then render again.\n");
    writeFileSync(join(directory, "homelab.yaml"), GAZETTE.replace(/^ {2}gazette:/m, "  journal:"));
    expect((await render({ output: "out" })).code).toBe(0);
    expect(readFileSync(join(directory, "out/apps/gazette.yaml"), "utf8")).toBe("# by hand\n");
  });

  it("leaves alone what an index that was tampered with points at outside", async () => {
    await render({ output: "out" });
    writeFileSync(join(directory, "victim.yaml"), `${FILE_MARKER}\n`);
    writeFileSync(join(directory, "out", INDEX_FILE), `../victim.yaml\n${join(directory, "victim.yaml")}\n`);
    expect((await render({ output: "out" })).code).toBe(0);
    expect(existsSync(join(directory, "victim.yaml"))).toBe(true);
  });

  it("says what is wrong with the file, and ends with 3; a file that cannot be read with 1", async () => {
    writeFileSync(join(directory, "homelab.yaml"), GAZETTE.replace("port: 80", "prot: 80"));
    const invalid = await render();
    expect(invalid.code).toBe(3);
    expect(invalid.stdout).toBe("");
    expect(invalid.stderr).toMatch(/homelab\.yaml:\d+:\d+/);
    expect((await render({ config: "nothing.yaml" })).code).toBe(1);
  });

  it("names a patch that matches nothing, with its line", async () => {
    writeFileSync(join(directory, "homelab.yaml"), `${GAZETTE}\npatches:\n  - target: { kind: Deployment, name: gazete }\n    merge: { metadata: { annotations: { a: b } } }\n`);
    const { code, stderr } = await render();
    expect(code).toBe(3);
    expect(stderr).toMatch(/homelab\.yaml:\d+:\d+: error: no generated object is Deployment gazete; did you mean gazette\?/);
  });

  it("says so when the directory's name is a file", async () => {
    writeFileSync(join(directory, "file"), "");
    const { code, stderr } = await render({ output: "file" });
    expect(code).toBe(1);
    expect(stderr).toBe("-o file: it is not a directory. Name a directory.\n");
  });
});
