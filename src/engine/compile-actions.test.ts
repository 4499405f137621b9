/** What the scripts do, done: by this computer's own shells, in a directory of the test's. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CopyArtifact, Guarded, WriteFile } from "../steps/change.ts";
import { mtimeOfDigest } from "../steps/artifact-stamp.ts";
import { compileActions, compileCopy, confirmScript, heredoc, parseMark, type ScriptAction } from "./compile-actions.ts";
import { Values } from "./values.ts";
import { skippedFor } from "../../test/skipping.ts";
import { needsUserland, ownerHere } from "../../test/userland.ts";

needsUserland();

const NONCE = "@0123";
const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
const owner = ownerHere();
const shells = ["sh", "bash"].filter((name) => spawnSync(name, ["-c", ":"]).status === 0);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-actions-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function run(shell: string, actions: readonly ScriptAction[], values = new Values()) {
  const { status, stdout } = spawnSync(shell, { input: compileActions(actions, NONCE, (text) => values.fill(text)) });
  const lines = stdout.toString().split("\n").filter((line) => line !== "");
  return { status, marks: lines.map((line) => parseMark(line, NONCE)).filter((mark) => mark !== undefined), said: lines.filter((line) => parseMark(line, NONCE) === undefined) };
}

const file = (name: string, text: string, more: Partial<WriteFile> = {}): WriteFile => ({ do: "write-file", path: join(directory, name), content: { text }, mode: "0640", owner, before: undefined, keepsOriginal: false, ...more });
const script = (text: string): ScriptAction => ({ do: "script", script: { text }, shown: text, deadlineMs: 1_000 });

describe.each(shells)("in %s", (shell) => {
  it.each([["lines", "one\ntwo\n"], ["nothing", ""], ["no newline at the end", "one\ntwo"], ["what shells read", "$HOME `id` \\n 'x' \"y\" !z\nEND\n"], ["bytes", "a\r\nb\0c\n"], ["beyond ASCII", "é ☃ 🏠\n"]])("writes a file of %s as it is", (_what, text) => {
    const { status, marks } = run(shell, [file("deep/er/file", text)]);
    expect(status).toBe(0);
    expect(marks).toEqual([{ kind: "begin", index: 0 }, { kind: "ok", index: 0 }]);
    expect(readFileSync(join(directory, "deep/er/file"), "utf8")).toBe(text);
    expect(statSync(join(directory, "deep/er/file")).mode & 0o777).toBe(0o640);
  });

  it("puts in the values that a text names, and no others", () => {
    const values = new Values((name) => (name === "token" ? "s$cr&t" : undefined));
    run(shell, [file("env", "A=${SECRET:token}\nB=${OTHER}\n", { content: { text: "A=${SECRET:token}\nB=${OTHER}\n", values: ["SECRET:token"] } })], values);
    expect(readFileSync(join(directory, "env"), "utf8")).toBe("A=s$cr&t\nB=${OTHER}\n");
  });

  it("writes nothing over a file that is another by now", () => {
    writeFileSync(join(directory, "a"), "theirs\n");
    const { marks } = run(shell, [file("a", "ours\n", { before: sha256("before\n") })]);
    expect(marks.at(-1)).toEqual({ kind: "failed", index: 0, code: 75 });
    expect(readFileSync(join(directory, "a"), "utf8")).toBe("theirs\n");
    expect(run(shell, [file("a", "ours\n", { before: "absent" })]).marks.at(-1)).toMatchObject({ code: 75 });
    expect(run(shell, [file("a", "ours\n", { before: sha256("theirs\n") })]).status).toBe(0);
    expect(existsSync(join(directory, "a.kubernest-new"))).toBe(false);
  });

  it("leaves nothing half-written where the disk is full", () => {
    symlinkSync("/dev/full", join(directory, "a.kubernest-new"));
    writeFileSync(join(directory, "a"), "before\n");
    const { marks, said } = run(shell, [file("a", "after\n")]);
    expect(marks.at(-1)).toMatchObject({ kind: "failed", index: 0 });
    expect(said.join("\n")).toContain("No space left on device");
    expect(readdirSync(directory)).toEqual(["a"]);
    expect(readFileSync(join(directory, "a"), "utf8")).toBe("before\n");
  });

  it("stops at the first action that fails, and says which and how", () => {
    const { status, marks, said } = run(shell, [script("echo fine"), script("echo out; echo err >&2; false; echo never"), file("later", "x\n")]);
    expect(status).toBe(1);
    expect(marks).toEqual([{ kind: "begin", index: 0 }, { kind: "ok", index: 0 }, { kind: "begin", index: 1 }, { kind: "failed", index: 1, code: 1 }]);
    expect(said).toEqual(["fine", "out", "err"]);
    expect(existsSync(join(directory, "later"))).toBe(false);
  });

  it("keeps the exit code, and the last line that has no end", () => {
    const { marks, said } = run(shell, [script("printf 'almost'; exit 42")]);
    expect(marks.at(-1)).toEqual({ kind: "failed", index: 0, code: 42 });
    expect(said).toEqual(["almost"]);
  });

  it("waits until it is so", () => {
    const flag = join(directory, "flag");
    const { status } = run(shell, [script(`(sleep 0.2; touch ${flag}) >/dev/null 2>&1 &`), { do: "wait", until: { text: `test -e ${flag}` }, whatFor: "the flag", deadlineMs: 5_000, intervalMs: 50, hint: "none" }]);
    expect(status).toBe(0);
  });

  it("waits no longer than it may, and says what was wrong last", () => {
    const { marks, said } = run(shell, [{ do: "wait", until: { text: "echo not yet; exit 1" }, whatFor: "never", deadlineMs: 900, intervalMs: 100, hint: "none" }]);
    expect(marks.at(-1)).toEqual({ kind: "failed", index: 0, code: 76 });
    expect(said).toEqual(["not yet"]);
  });

  it("ends the action that is under way when nobody listens any more, and begins no other", () => {
    const compiled = compileActions([script(`i=0; while [ $i -lt 2000 ]; do echo "line $i of many that fill the pipe"; i=$((i+1)); done; touch ${join(directory, "ended")}`), file("next", "x\n")], NONCE, ({ text }) => text);
    const { status } = spawnSync("sh", ["-c", `${shell} 2>/dev/null | head -n 1 >/dev/null`], { input: compiled, timeout: 20_000 });
    expect(status).not.toBeNull();
    expect(existsSync(join(directory, "ended"))).toBe(true);
    expect(existsSync(join(directory, "next"))).toBe(false);
  });
});

describe.each(shells)("originals in %s", (shell) => {
  /** The machine's own directory stands below the test's. */
  const act = (...actions: readonly ScriptAction[]) => spawnSync(shell, { input: compileActions(actions, NONCE, ({ text }) => text).replaceAll("/var/lib/kubernest", join(directory, "ours")) });
  const read = (name: string): string => readFileSync(join(directory, name), "utf8");
  const back = (name: string): ScriptAction => ({ do: "remove-file", path: join(directory, name), restoresOriginal: true });

  it("are kept once and noted, and put back", () => {
    writeFileSync(join(directory, "theirs"), "before us\n");
    expect(act(file("theirs", "one\n", { keepsOriginal: true }), file("new", "one\n", { keepsOriginal: true })).status).toBe(0);
    act(file("theirs", "two\n", { keepsOriginal: true }), file("new", "two\n", { keepsOriginal: true }));
    expect(read("ours/originals/files")).toBe(`kept ${directory}/theirs\nabsent ${directory}/new\n`);
    expect(act(back("theirs"), back("new")).status).toBe(0);
    expect(read("theirs")).toBe("before us\n");
    expect(existsSync(join(directory, "new"))).toBe(false);
  });

  it("are not taken away by a second time", () => {
    writeFileSync(join(directory, "theirs"), "before us\n");
    act(file("theirs", "ours\n", { keepsOriginal: true }));
    act(back("theirs"));
    act(back("theirs"));
    expect(read("theirs")).toBe("before us\n");
  });
});

describe.each(shells)("a guarded change in %s", (shell) => {
  const read = (name: string): string => readFileSync(join(directory, name), "utf8");
  const reverts = (): string[] => (existsSync(join(directory, "ours/reverts")) ? readdirSync(join(directory, "ours/reverts")) : []);
  const called = (): string => readFileSync(join(directory, "called"), "utf8");
  const shim = (name: string): void => writeFileSync(join(directory, "bin", name), `#!/bin/sh\necho "${name} $*" >>${join(directory, "called")}\n`, { mode: 0o755 });
  beforeEach(() => {
    mkdirSync(join(directory, "bin"));
    mkdirSync(join(directory, "units"));
    for (const name of ["systemd-run", "systemctl", "sync"]) shim(name);
    writeFileSync(join(directory, "setting"), "before\n");
  });
  const act = (script: string) => spawnSync(shell, { input: script.replaceAll("/var/lib/kubernest", join(directory, "ours")).replaceAll("/etc/systemd/system", join(directory, "units")), env: { ...process.env, PATH: `${join(directory, "bin")}:${process.env["PATH"]}` } });
  const change = (...run: Guarded["run"]): string => compileActions([{ do: "guarded", run, revert: `echo before >${join(directory, "setting")}`, revertAfterMs: 45_000, whatIf: "cut off" }], NONCE, ({ text }) => text);

  it("has its timer, and its undoing after a power cut, before it begins", () => {
    act(change(file("setting", "after\n")));
    expect(called()).toMatch(/^sync \n?systemd-run --quiet --collect --unit=kubernest-revert-0123-0 --timer-property=AccuracySec=1s --on-active=45s sh \S+kubernest-revert-0123-0.sh$/m);
    expect(readdirSync(join(directory, "units"))).toEqual(["kubernest-revert.service", "multi-user.target.wants"]);
    expect(reverts()).toEqual(["kubernest-revert-0123-0.sh"]);
    expect(read("setting")).toBe("after\n");
    // As systemd does when the machine starts.
    const unit = readFileSync(join(directory, "units/kubernest-revert.service"), "utf8");
    spawnSync("sh", ["-c", /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(unit)![1]!]);
    expect(read("setting")).toBe("before\n");
    expect(reverts()).toEqual([]);
    expect(readdirSync(join(directory, "units/multi-user.target.wants"))).toEqual([]);
  });

  it("stays when it is confirmed, and leaves nothing; a second word comes too late", () => {
    act(change(file("setting", "after\n")));
    expect(act(confirmScript(NONCE, 0)).status).toBe(0);
    expect(read("setting")).toBe("after\n");
    expect([reverts(), existsSync(join(directory, "units/kubernest-revert.service"))]).toEqual([[], false]);
    expect(act(confirmScript(NONCE, 0)).status).toBe(3);
  });

  it("is undone at once where it fails", () => {
    const { stdout } = act(change(file("setting", "after\n"), { do: "script", script: { text: "echo no such interface; exit 4" }, shown: "ifup", deadlineMs: 1_000 }));
    expect(stdout.toString()).toContain(`${NONCE} failed 0 4`);
    expect(called()).toContain("systemctl stop kubernest-revert-0123-0.timer");
    expect([read("setting"), reverts()]).toEqual(["before\n", []]);
  });

  it("leaves a file alone that is another by now", () => {
    writeFileSync(join(directory, "setting"), "theirs\n");
    const { stdout } = act(change(file("setting", "after\n", { before: sha256("long ago\n") })));
    expect(stdout.toString()).toContain(`${NONCE} failed 0 75`);
    expect([read("setting"), reverts()]).toEqual(["theirs\n", []]);
  });
});

describe("a copy", () => {
  const copy = (as: CopyArtifact["as"], digest: string): string => compileCopy({ do: "copy", artifact: { name: "thing v1", url: "https://example.test/thing", checksumUrl: "https://example.test/thing.sha256" }, sha256: digest, as });

  it("is in place with its mode and the time that its checksum gives", skippedFor(userInfo().uid !== 0 && "only root gives files to root"), () => {
    const bytes = Buffer.from("#!/bin/sh\necho hello\n");
    const path = join(directory, "bin/thing");
    const { status } = spawnSync("sh", ["-c", copy({ kind: "file", path, mode: "0755" }, sha256(bytes))], { input: bytes });
    expect(status).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(statSync(path).mtimeMs).toBe(mtimeOfDigest(sha256(bytes)) * 1000);
  });

  it("leaves nothing half-written where the disk is full", () => {
    symlinkSync("/dev/full", join(directory, "thing.kubernest-new"));
    const { status, stderr } = spawnSync("sh", ["-c", copy({ kind: "file", path: join(directory, "thing"), mode: "0755" }, sha256("some bytes"))], { input: "some bytes" });
    expect(status).not.toBe(0);
    expect(stderr.toString()).toContain("No space left on device");
    expect(readdirSync(directory)).toEqual([]);
  });

  it("is not in place when something else arrived", () => {
    mkdirSync(join(directory, "bin"));
    const { status, stdout } = spawnSync("sh", ["-c", copy({ kind: "file", path: join(directory, "bin/thing"), mode: "0755" }, sha256("what was meant"))], { input: "what came" });
    expect(status).toBe(77);
    expect(stdout.toString()).toContain("thing v1");
    expect(existsSync(join(directory, "bin/thing"))).toBe(false);
    expect(existsSync(join(directory, "bin/thing.kubernest-new"))).toBe(false);
  });
});

it("text is never an argument", () => {
  expect(heredoc("cat", "secret word\n")).toMatch(/^cat <<'END_[0-9a-f]{16}'\nsecret word\nEND_[0-9a-f]{16}$/);
});
