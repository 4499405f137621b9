/** `fit` as a person uses it: the page's example, what does not fit, an interruption, and what is written wrong. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { completeExample } from "../../checks/complete-example.ts";
import type { CommandIo } from "../command.ts";
import type { FitResult } from "../fit-result.ts";
import { type CommandEnded, runCommand } from "../testing/run-command.ts";
import { fitCommand } from "./fit.ts";

const PAGE = readFileSync("docs/fit.md", "utf8");
const [, FILE = "", REPORT = ""] = /```yaml\n([\s\S]*?)```[\s\S]*?```\n([\s\S]*?)```/.exec(PAGE) ?? [];

const OUTSIDE: Partial<CommandIo> = { debug: () => undefined, onInterrupt: () => () => undefined };

const fit = (text: string, args: readonly string[] = [], over: Partial<CommandIo> = {}): Promise<CommandEnded> => runCommand(fitCommand, args, { "homelab.yaml": text }, { ...OUTSIDE, ...over });

const ONE = (memory: string): string => completeExample(`
  machines: { pi1: { address: 192.168.1.11, roles: [control-plane, worker], memory: 4Gi } }
  apps: { web: { image: ghcr.io/example/web:1.4.2, port: 80, host: web, resources: { memory: ${memory} } } }`);

describe("fit", { timeout: 120_000 }, () => {
  it("says what the page shows, in 80 columns", async () => {
    const ended = await fit(FILE);
    expect(ended.stdout).toBe(REPORT);
    expect(ended.code).toBe(0);
    for (const row of ended.stdout.split("\n")) expect(row.length).toBeLessThanOrEqual(80);
  });

  it("ends with 1 where something does not fit now, which no other verb takes; as JSON with what is short", async () => {
    const ended = await fit(ONE("6Gi"), ["-o", "json"]);
    expect([ended.code, ended.stderr]).toEqual([1, ""]);
    const { now, oneLess, twoLess, copies, machines } = JSON.parse(ended.stdout) as FitResult;
    expect(now).toMatchObject({ fits: false, waiting: [{ owner: "web", app: "web", wants: "room", short: { machine: "pi1", cpuMilli: 0, pods: 0 }, scheduler: "0/1 nodes are available: 1 Insufficient memory." }] });
    const [{ memoryBytes }] = machines as [FitResult["machines"][0]];
    expect(now.waiting[0]!.short!.memoryBytes).toBe(6 * 1024 ** 3 - (memoryBytes.allocatable - memoryBytes.requested));
    expect([oneLess, twoLess, copies]).toEqual([[], null, [{ app: "web", service: "web", now: 0, why: null, oneLess: null }]]);
  });

  it("tells what the scheduler refuses though the arithmetic of the checks finds a way, and that no machine less makes it worse", async () => {
    const machines = ["pi1: { address: 192.168.1.11, roles: [control-plane, worker] }", "pi2: { address: 192.168.1.12 }", "pi3: { address: 192.168.1.13 }"].join("\n    ");
    const ended = await fit(completeExample(`
  machines:
    ${machines}
  machineDefaults: { hardware: raspberry-pi-5 }
  apps:
    a: { image: ghcr.io/example/a:1.4.2, port: 80, host: a, replicas: 3, resources: { memory: 3Gi } }
    b: { image: ghcr.io/example/b:1.4.2, port: 80, host: b, resources: { memory: 5500Mi } }`));
    expect(ended.code).toBe(1);
    expect(ended.stdout.split("\n\n").slice(0, 3).join("\n")).toBe(`maison: one pod does not fit now.
Now
  b (5.3Gi) waits: 380Mi of memory short on pi1
  (by requests alone there is room, were all pods placed anew: none that runs is
    moved)
With one machine less
  nothing more waits
  while pi1 is away nothing is moved at all: too few servers are left`);
  });

  it("fits once the file asks for less, without that it is written", async () => {
    const ended = await fit(ONE("6Gi"), ["--what-if", "apps.web.resources.memory=1Gi"]);
    expect([ended.code, ended.stdout.split("\n")[0]]).toEqual([0, "maison: all fits now. Without its only machine nothing would run."]);
  });

  it("stops at Ctrl-C with 130, before anything is said", async () => {
    const ended = await fit(ONE("64Mi"), [], { onInterrupt: (stop) => (stop(), () => undefined) });
    expect(ended).toMatchObject({ code: 130, stdout: "" });
  });

  it("refuses what is written wrong: a change in one line, a file with its line", async () => {
    expect(await fit(FILE, ["--what-if", "machines.pi2"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("is no change: write path=value") as string });
    expect(await fit(ONE("64Mi").replace("port: 80", "prot: 80"))).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("did you mean port?") as string });
    expect(await fit(FILE, ["-o", "xml"])).toMatchObject({ code: 1 });
  });
});
