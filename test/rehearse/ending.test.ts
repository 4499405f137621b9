/** How a rehearsal ends: what it prints where, its exit codes, and one clear line for everything that is refused. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RehearsalResult } from "../../src/cli/rehearsal-result.ts";
import { FREE_PORTS, kubernest, ROOT, startKubernest } from "./cli.ts";

const GAZETTE = readFileSync(join(ROOT, "examples/gazette/homelab.yaml"), "utf8");
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-ending-"));
  copyFileSync(join(ROOT, "examples/gazette/homelab.yaml"), join(directory, "homelab.yaml"));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const rehearse = (...args: string[]) => kubernest(["rehearse", ...args], directory);
const write = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return name;
};

describe("--once", () => {
  it("exits 0 when all is ready, with the table on stdout and progress on stderr", async () => {
    const ended = await rehearse("--once", ...FREE_PORTS, "--speed", "60");
    expect(ended.stderr).not.toContain("Not ready");
    expect(ended.code).toBe(0);
    for (const node of ["pi1", "pi2", "pi3"]) expect(ended.stdout).toMatch(new RegExp(`^${node} +Ready`, "m"));
    expect(ended.stdout).toMatch(/^gazette +1\/1 +https:\/\/gazette\.maison\.example\/$/m);
    expect(ended.stdout).not.toContain("curl");
    expect(ended.stderr).toContain("nodes 3/3");
    expect(existsSync(join(directory, ".kubernest/kubeconfig"))).toBe(false);
  });

  it("gives the result as JSON, and nothing else on stdout", async () => {
    const ended = await rehearse("--virtual", "-o", "json");
    expect(ended.code).toBe(0);
    const result = JSON.parse(ended.stdout) as RehearsalResult;
    expect(result).toMatchObject({ homelab: "maison", kubernetes: "v1.36.1+k3s1", ready: true, waiting: [], apps: [{ app: "gazette", service: "gazette", ready: 1, replicas: 1, url: "https://gazette.maison.example/" }] });
    expect(result.nodes.map(({ name, ready, roles }) => [name, ready, roles])).toEqual([["pi1", true, ["control-plane"]], ["pi2", true, []], ["pi3", true, []]]);
    expect(result.simulatedSeconds).toBeGreaterThan(25);
  });

  it("exits 1 with the reason when an app can never be ready, long before its deadline", async () => {
    const file = write("never.yaml", GAZETTE.replace("    port: 80\n", "    port: 80\n    command: [sh, -c, exit 3]\n"));
    const ended = await rehearse("-c", file, "--virtual");
    expect(ended.code).toBe(1);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toContain("Not ready: nothing has come closer to ready for 8 simulated minutes\n");
    expect(ended.stderr).toMatch(/deployment gazette\/gazette: 0 of 1 pods are available: gazette: CrashLoopBackOff \(back-off /);
    expect(ended.stderr).toMatch(/Details: .*\.log\n$/);
  });

  it("says of a pod that fits nowhere what the scheduler says, as JSON too", async () => {
    const spec = { nodeSelector: { gpu: "big" }, containers: [{ name: "gpu", image: "ghcr.io/example/gpu:1.0.0" }] };
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "gpu", namespace: "default" }, spec: { selector: { matchLabels: { app: "gpu" } }, template: { metadata: { labels: { app: "gpu" } }, spec } } };
    const file = write("big.yaml", `${GAZETTE}\nobjects:\n  - ${JSON.stringify(deployment)}\n`);
    const ended = await rehearse("-c", file, "--virtual", "-o", "json");
    expect(ended.code, ended.stderr).toBe(1);
    const result = JSON.parse(ended.stdout) as RehearsalResult;
    expect(result.ready).toBe(false);
    expect(result.waiting.map(({ what, why }) => `${what}: ${why}`).join("\n")).toMatch(/deployment default\/gpu: 0 of 1 pods are available: 0\/3 nodes are available: 3 node\(s\) didn't match Pod's node affinity\/selector/);
  });

  it("is interrupted with 130", async () => {
    const started = startKubernest(["rehearse", "--once", ...FREE_PORTS, "--speed", "1"], directory);
    await started.until("started", () => started.stderr.includes("time runs as it is"), 20_000);
    expect((await started.stop()).code).toBe(130);
    expect(existsSync(join(directory, ".kubernest/kubeconfig"))).toBe(false);
  });
});

describe("what is refused", () => {
  const oneLine = async (args: string[], code: number, line: string | RegExp): Promise<void> => {
    const ended = await rehearse(...args);
    expect(ended.stdout).toBe("");
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stderr.trim()).toMatch(line);
    expect(ended.code).toBe(code);
  };

  it("an option without sense", () => oneLine(["--speed", "0"], 1, /^rehearse: --speed takes a number above 0 and up to 10000, not 0$/));

  it("a file that is not there, with what to do", async () => {
    const ended = await rehearse("-c", "nowhere.yaml", "--once");
    expect(ended.code).toBe(1);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toMatch(/^nowhere\.yaml:1:1: error: .*\[unreadable-file\]\n {2}\S.*\n$/);
  });

  it("an invalid file: all findings, exit code 3, nothing started", async () => {
    const file = write("bad.yaml", GAZETTE.replace("port: 80", "prot: 80").replace("host: gazette", "hots: gazette"));
    const ended = await rehearse("-c", file, "--once");
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain("did you mean port?");
    expect(ended.stderr).toContain("did you mean host?");
    expect(ended.stderr).not.toContain("time runs");
  });

  it("a kubeconfig that is somebody else's: it stays as it is", async () => {
    write("mine", "apiVersion: v1\nkind: Config\n");
    const ended = await rehearse("--once", ...FREE_PORTS, "--kubeconfig", "mine");
    expect(ended.code).toBe(1);
    expect(ended.stderr.trim()).toMatch(/^rehearse: the kubeconfig cannot be written: .*mine is there already and is not of a rehearsal\. Choose another place with --kubeconfig FILE$/);
    expect(readFileSync(join(directory, "mine"), "utf8")).toBe("apiVersion: v1\nkind: Config\n");
  });

  it("a directory that cannot be written to", async () => {
    // A file where a directory would have to be stops everyone, root too.
    write("file", "");
    await oneLine(["--once", ...FREE_PORTS, "--kubeconfig", "file/kubeconfig"], 1, /^rehearse: the kubeconfig cannot be written: E.* Choose another place with --kubeconfig FILE$/);
  });

  it("a directory without the right to write", async (context) => {
    context.skip(process.getuid?.() === 0, "root may write everywhere");
    mkdirSync(join(directory, "locked"));
    chmodSync(join(directory, "locked"), 0o555);
    await oneLine(["--once", ...FREE_PORTS, "--kubeconfig", "locked/kubeconfig"], 1, /^rehearse: the kubeconfig cannot be written: EACCES/);
  });
});
