/** Virtual time: the same file and seed give the same event log, to the byte; another seed gives another. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubernest, ROOT } from "./cli.ts";

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-virtual-"));
  copyFileSync(join(ROOT, "examples/proxmox/three-nodes.yaml"), join(directory, "homelab.yaml"));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function eventLog(name: string, ...args: string[]): Promise<string> {
  const ended = await kubernest(["rehearse", "--virtual", "--events", name, ...args], directory);
  expect(ended.code, ended.stderr).toBe(0);
  return readFileSync(join(directory, name), "utf8");
}

describe("virtual time", () => {
  it("gives the same event log for the same file and seed", async () => {
    const [first, second, other] = [await eventLog("a"), await eventLog("b"), await eventLog("c", "--seed", "2")];
    expect(first.split("\n").length).toBeGreaterThan(1000);
    // Compared as a whole: a difference of two long texts is found faster than it is printed.
    expect(first === second).toBe(true);
    expect(first === other).toBe(false);
  }, 40_000);

  it("tells what happened, with the words of events", () => {
    const log = readFileSync(join(directory, "a"), "utf8");
    expect(log).toMatch(/^ +\d+\.\d{3} +\d+ [0-9a-f]{8} changed nodes worker1: Ready True$/m);
    expect(log).toMatch(/ created events notes\/\S+: Scheduled: Successfully assigned notes\/notes-\S+ to worker\d$/m);
    expect(log).toMatch(/ changed pods notes\/notes-\S+: Running on worker\d, ready$/m);
    expect(log).toMatch(/ -{8} created secrets \S+$/m);
    expect(log).not.toContain("leases");
  });

  it("writes it to stdout after the result where that is asked for", async () => {
    const ended = await kubernest(["rehearse", "-c", join(ROOT, "examples/gazette/homelab.yaml"), "--virtual", "--events", "-"], directory);
    expect(ended.stdout).toMatch(/^Ready after [^]*\n +0\.000 +\d+ /);
  });
});
