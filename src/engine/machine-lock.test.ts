/** Who may have a machine, as its own sh decides: two sessions that live, of one run and of two. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { needsUserland } from "../../test/userland.ts";
import { LOCKED, lockedText, RELEASE_LOCK_SCRIPT, takeLockScript } from "./machine-lock.ts";

needsUserland();

let root: string;
const living: ChildProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "machine-lock-"));
});
afterEach(() => {
  for (const child of living.splice(0)) child.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

const here = (script: string): string => script.replaceAll("/run/kubernest", root);

/** A session that took the lock, and lives on. */
function session(token: string): Promise<ChildProcess> {
  const child = spawn("sh", ["-c", `( ${here(takeLockScript("ada on desk: up", token))}\n)\necho "ended with $?"; read -r _`], { stdio: ["pipe", "pipe", "inherit"] });
  living.push(child);
  return new Promise((resolve, reject) => child.stdout!.once("data", (said: Buffer) => (said.toString() === "ended with 0\n" ? resolve(child) : reject(new Error(said.toString())))));
}

const take = (token: string) => spawnSync("sh", ["-c", `( ${here(takeLockScript("bob on couch: up", token))}\n)\nc=$?; ${here(RELEASE_LOCK_SCRIPT)}; exit $c`], { encoding: "utf8" });

it("is refused to another run while the session that has it lives, and says whose it is", async () => {
  await session("one");
  const { status, stdout } = take("two");
  expect(status).toBe(LOCKED);
  expect(lockedText(stdout).owner).toBe("ada on desk: up");
});

it("goes to a new session of the same run, as one that was cut off may live on without knowing", async () => {
  await session("one");
  expect(take("one").status).toBe(0);
});

it("does not stay behind with a session that is gone", async () => {
  const child = await session("one");
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await ended;
  expect(take("two").status).toBe(0);
});
