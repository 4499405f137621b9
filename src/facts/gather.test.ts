import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Shell } from "../ports/shell.ts";
import { FactUnreadable } from "./fact.ts";
import { gatherFacts, gatherScript, parseGathered } from "./gather.ts";
import type { MachineFacts } from "./machine-facts.ts";
import { NO_QUESTIONS, type Questions } from "./questions.ts";
import { CONTENT_BYTES_MAX } from "./readings.ts";
import { skippedFor } from "../../test/skipping.ts";
import { needsUserland } from "../../test/userland.ts";

needsUserland();

const NONCE = "0123456789abcdef0123456789abcdef";
/** busybox takes its own programs for those of the system, so it stands for them too. */
const SHELLS: readonly (readonly [name: string, command: readonly string[]])[] = [
  ["dash", ["dash"]],
  ["bash", ["bash", "--posix"]],
  ["busybox", ["busybox", "ash"]],
];
const isThere = ([program]: readonly string[]): boolean => spawnSync(program!, ["-c", "true"]).error === undefined;

function answer(command: readonly string[], questions: Questions, env: NodeJS.ProcessEnv = {}): Buffer {
  const { stdout, stderr, status } = spawnSync(command[0]!, command.slice(1), { input: gatherScript(questions, NONCE), maxBuffer: 1e9, env: { PATH: process.env["PATH"], ...env } });
  expect(`${status} ${stderr.toString()}`).toBe("0 ");
  return stdout;
}

function gather(command: readonly string[], questions: Questions, env: NodeJS.ProcessEnv = {}): MachineFacts {
  const sentAtMs = Date.now();
  const output = answer(command, questions, env);
  return parseGathered("pi1", output, questions, { sentAtMs, answeredAtMs: Date.now(), nonce: NONCE });
}

describe.each(SHELLS)("the script in %s", skippedFor(process.platform !== "linux" && "its scripts read Linux"), (name, command) => {
  const options = skippedFor(!isThere(command) && `${name} is not installed`);
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "facts-"));
  });
  afterAll(() => {
    rmSync(root, { recursive: true });
  });

  it("gives back any content exactly", options, () => {
    const pieces = fc.constantFrom(...["\0", "\n", "\r\n", `\n${NONCE} end\n`, `\n${NONCE} `, "\n==> /etc/hosts <==\n", "==>", "é", "\u{1F3E0}", "\uFEFF", "$(id)", "`", "'"].map((text) => Buffer.from(text)), Buffer.from([0xff]), Buffer.from([0xc3]));
    const anyContent = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.array(pieces, { maxLength: 8 }).map((parts) => new Uint8Array(Buffer.concat(parts))));
    fc.assert(
      fc.property(fc.array(anyContent, { minLength: 1, maxLength: 12 }), (contents) => {
        // A nonce that stands in a file is no secret any more: another one parts the answers.
        const files = contents.map((content, index) => {
          const path = join(root, `content ${index}'s`);
          writeFileSync(path, content);
          return path;
        });
        const secret = `${NONCE}x`;
        const { stdout } = spawnSync(command[0]!, command.slice(1), { input: gatherScript({ ...NO_QUESTIONS, files }, secret), maxBuffer: 1e9 });
        const facts = parseGathered("pi1", stdout, { ...NO_QUESTIONS, files }, { sentAtMs: 0, answeredAtMs: 0, nonce: secret });
        for (const [index, path] of files.entries()) {
          const bytes = Buffer.from(contents[index]!);
          const file = facts.files[path]!;
          expect(file.kind === "file" && file.sizeBytes).toBe(bytes.length);
          const isText = Buffer.from(bytes.toString("utf8")).equals(bytes);
          expect(file.kind === "file" && file.content).toBe(isText ? bytes.toString("utf8") : undefined);
        }
      }),
      { numRuns: 8, seed: 7 },
    );
  });

  it("tells files, links, directories and what is not there", options, () => {
    const at = (name: string): string => join(root, name);
    writeFileSync(at("plain"), "one\ntwo");
    chmodSync(at("plain"), 0o640);
    utimesSync(at("plain"), 1_700_000_000, 1_700_000_000);
    writeFileSync(at("large"), Buffer.alloc(CONTENT_BYTES_MAX + 1, "a"));
    writeFileSync(at("after-large"), "small");
    mkdirSync(at("directory"));
    for (const name of [".hidden", "..odd", "two words", "line\nfeed"]) writeFileSync(join(at("directory"), name), "");
    symlinkSync("plain", at("link"));
    symlinkSync("nowhere", at("dangling"));
    symlinkSync("directory", at("to-directory"));
    mkdirSync(at("empty"));
    const facts = gather(command, {
      ...NO_QUESTIONS,
      files: ["plain", "large", "after-large", "directory", "link", "dangling", "to-directory", "absent", "plain/absent"].map(at).concat("/dev/null"),
      stamps: [at("plain-stamp"), at("large")],
      directories: ["directory", "empty", "absent", "plain"].map(at),
    });
    const owner = expect.stringMatching(/^\S+:\S+$/) as string;
    const plain = { kind: "file", mode: "0640", owner, sizeBytes: 7, mtimeSeconds: 1_700_000_000, content: "one\ntwo" };
    expect(facts.files[at("plain")]).toEqual(plain);
    expect(facts.files[at("link")]).toEqual({ ...plain, linkTo: "plain" });
    expect(facts.files[at("large")]).toMatchObject({ kind: "file", sizeBytes: CONTENT_BYTES_MAX + 1, content: undefined });
    expect(facts.files[at("after-large")]).toMatchObject({ kind: "file", content: "small" });
    expect(facts.files[at("directory")]).toMatchObject({ kind: "directory" });
    expect(facts.files[at("dangling")]).toEqual({ kind: "link", to: "nowhere" });
    expect(facts.files[at("to-directory")]).toEqual({ kind: "link", to: "directory" });
    expect(facts.files[at("absent")]).toEqual({ kind: "absent" });
    expect(facts.files[at("plain/absent")]).toEqual({ kind: "absent" });
    expect(facts.files["/dev/null"]).toEqual({ kind: "other" });
    expect(facts.files[at("plain-stamp")]).toEqual({ kind: "absent" });
    expect(facts.directories).toEqual({
      [at("directory")]: ["..odd", ".hidden", "line\nfeed", "two words"],
      [at("empty")]: [],
      [at("absent")]: undefined,
      [at("plain")]: undefined,
    });
  });

  it("reads this computer as it is", options, () => {
    const facts = gather(
      command,
      { ...NO_QUESTIONS, sysctls: ["kernel.ostype", "net.ipv4.tcp_rmem", "kernel.no_such"], modules: ["no_such_module"], packages: ["no-such-package"], units: ["no-such.service"], ports: [1] },
      { SSH_CONNECTION: "192.0.2.7 50000 192.0.2.1 22" },
    );
    expect(facts.machine).toBe("pi1");
    expect(facts.boot.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(facts.hardware.cpuCount).toBeGreaterThan(0);
    expect(facts.hardware.memoryBytes).toBeGreaterThan(64 * 1024 * 1024);
    expect(facts.filesystems.find(({ mountPoint }) => mountPoint === "/")?.sizeBytes).toBeGreaterThan(0);
    expect(facts.network.interfaces.find(({ name }) => name === "lo")).toMatchObject({ isUp: true, isVirtual: true, mac: undefined });
    expect(facts.network.session).toEqual({ from: "192.0.2.7", to: "192.0.2.1", port: 22 });
    // Whole seconds where `date` knows no less.
    expect(Math.abs(facts.clock.offsetMs)).toBeLessThan(10_000);
    expect(facts.sysctls).toEqual({ "kernel.ostype": "Linux", "net.ipv4.tcp_rmem": expect.stringMatching(/^\d+ \d+ \d+$/) as string, "kernel.no_such": undefined });
    expect(facts.modules).toEqual({ no_such_module: "missing" });
    expect(facts.packages).toEqual({ "no-such-package": undefined });
    expect(facts.units["no-such.service"]).toMatchObject({ load: "not-found", active: "inactive" });
    expect(facts.listeners).toEqual([]);
  });
});

describe("gatherFacts", () => {
  const outside = { clock: { now: () => 0, after: () => () => undefined }, nonce: () => NONCE, deadlineMs: 1000 };
  const shellThatAnswers = (answers: Buffer[]): Shell & { readonly runs: () => number } => {
    let count = 0;
    return {
      machine: "pi1",
      runs: () => count,
      run: () => Promise.resolve({ code: 0, stdout: new Uint8Array(answers[Math.min(count++, answers.length - 1)]!), stderr: "" }),
      close: () => Promise.resolve(),
    };
  };
  const questions = { ...NO_QUESTIONS, files: ["/etc/passwd"] };
  const whole = process.platform === "linux" ? answer(["sh"], questions) : Buffer.from("");
  const changed = Buffer.from(whole.toString("latin1").replace("==> /etc/passwd <==\n", "==> /etc/passwd <==\nnew"), "latin1");

  it("reads once more where a file changed meanwhile", skippedFor(process.platform !== "linux" && "its scripts read Linux"), async () => {
    const shell = shellThatAnswers([changed, whole]);
    const facts = await gatherFacts(shell, questions, outside);
    expect(facts.files["/etc/passwd"]).toMatchObject({ kind: "file", content: expect.stringContaining("root") as string });
    expect(shell.runs()).toBe(2);
  });

  it("gives up on a file that changes all the time", skippedFor(process.platform !== "linux" && "its scripts read Linux"), async () => {
    const shell = shellThatAnswers([changed]);
    await expect(gatherFacts(shell, questions, outside)).rejects.toMatchObject({ name: "FactUnreadable", code: "changed-meanwhile", message: expect.stringContaining("read facts of pi1") as string });
    expect(shell.runs()).toBe(2);
  });

  it("says that an answer was cut off, at once", async () => {
    const shell = shellThatAnswers([whole.subarray(0, Math.floor(whole.length / 2))]);
    await expect(gatherFacts(shell, questions, outside)).rejects.toThrow(FactUnreadable);
    expect(shell.runs()).toBe(1);
  });
});
