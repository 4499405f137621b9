import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localComputer } from "./local-computer.ts";
import { needsUserland } from "../../test/userland.ts";

needsUserland();

const WITHIN_MS = 10_000;
let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "computer-"))));
afterEach(() => rmSync(directory, { recursive: true }));

const sh = (script: string): readonly string[] => ["sh", "-c", script];

describe("this computer", () => {
  const computer = localComputer(process.env);

  it("runs a program and tells what it said", async () => {
    expect(await computer.run({ argv: sh("cat; echo said >&2; exit 3"), input: "in", deadlineMs: WITHIN_MS })).toEqual({ code: 3, stdout: "in", stderr: "said\n" });
    expect((await computer.run({ argv: sh("kill -s TERM $$"), deadlineMs: WITHIN_MS })).code).toBe(143);
    await expect(computer.run({ argv: [join(directory, "none")], deadlineMs: WITHIN_MS })).rejects.toMatchObject({ code: "not-started" });
  });

  it("ends a program that takes too long, with what it started", async () => {
    await expect(computer.run({ argv: sh(`sh -c 'echo $$ >${directory}/pid; exec sleep 60' & wait`), deadlineMs: 300 })).rejects.toMatchObject({ code: "timed-out" });
    const pid = Number(await computer.readText(join(directory, "pid")));
    // A process that was killed stays visible until its new parent has asked for it.
    expect((await computer.readText(`/proc/${pid}/stat`))?.split(" ")[2] ?? "Z").toBe("Z");
  });

  it("ends what runs when it is interrupted, and starts nothing more", async () => {
    const interrupted = localComputer(process.env);
    const running = interrupted.run({ argv: sh("sleep 60"), deadlineMs: WITHIN_MS });
    setTimeout(() => interrupted.interrupt(), 50);
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
    await expect(interrupted.run({ argv: sh("true"), deadlineMs: WITHIN_MS })).rejects.toMatchObject({ code: "interrupted" });
  });

  it("lets one hold a lock at a time", async () => {
    const path = join(directory, "lock");
    const release = await computer.lock(path);
    expect(await computer.lock(path)).toBeUndefined();
    await release!();
    const again = await computer.lock(path);
    expect(again).toBeDefined();
    await again!();
  });

  it("reads, writes and lists files; what is not there is undefined or empty", async () => {
    const path = join(directory, "a", "b");
    expect(await computer.readText(path)).toBeUndefined();
    expect(await computer.list(join(directory, "a"))).toEqual([]);
    await computer.writeText(path, "text", 0o600);
    expect(await computer.readText(path)).toBe("text");
    expect(await computer.list(join(directory, "a"))).toEqual(["b"]);
  });

  it("finds programs", async () => {
    expect(await computer.find("sh")).toMatch(/\/sh$/);
    expect(await computer.find("no-such-program-here")).toBeUndefined();
  });
});
