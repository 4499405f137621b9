/** `kubernest secret` on a real directory: what it prints where, its exit codes, and what it refuses. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Command } from "commander";
import type { CommandIo } from "../command.ts";
import { secretCommand } from "./secret.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-secret-"));
  writeFileSync(join(directory, "homelab.yaml"), "name: a\nmachines: { pi1: { roles: [control-plane, worker] } }\n");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function run(args: string[], over: { stdin?: string; env?: Record<string, string>; stdoutIsTerminal?: boolean } = {}) {
  let stdout = "";
  let stderr = "";
  const io = {
    stdout: (text: string) => void (stdout += text),
    stderr: (text: string) => void (stderr += text),
    cwd: directory,
    env: { HOME: directory, ...over.env },
    canAsk: false,
    stdoutIsTerminal: over.stdoutIsTerminal ?? false,
    readFile: (path: string) => readFileSync(join(directory, path), "utf8"),
    readStdin: () => Promise.resolve(over.stdin ?? ""),
    exists: (path: string) => existsSync(join(directory, path)),
  } as unknown as CommandIo;
  const command = new Command("secret").exitOverride().configureOutput({ writeErr: () => undefined });
  secretCommand.configure(command);
  command.parse(args, { from: "user" });
  const code = await secretCommand.run(command.processedArgs.flat().filter((arg): arg is string => typeof arg === "string"), command.opts(), io);
  return { code, stdout, stderr };
}

describe("kubernest secret", () => {
  it("keeps a value without the line end that an editor adds, and prints it as it is", async () => {
    expect(await run(["list"])).toEqual({ code: 0, stdout: "", stderr: "There is no secrets.sops.yaml yet:  kubernest secret set NAME  makes it.\n" });
    const made = await run(["set", "a"], { stdin: "one\ntwo\n" });
    expect(made).toMatchObject({ code: 0, stdout: "" });
    expect(made.stderr).toMatch(/^A key for your secrets was made: .*keys\.txt[\s\S]*\na is set in secrets\.sops\.yaml\n$/);
    expect(await run(["set", "a"], { stdin: "one\ntwo" })).toEqual({ code: 0, stdout: "", stderr: "a has that value already\n" });
    expect(await run(["get", "a"])).toEqual({ code: 0, stdout: "one\ntwo", stderr: "" });
    expect(await run(["get", "a"], { stdoutIsTerminal: true })).toMatchObject({ stdout: "one\ntwo\n" });
    expect(await run(["list"])).toEqual({ code: 0, stdout: "a\n", stderr: "" });
    expect(readFileSync(join(directory, "secrets.sops.yaml"), "utf8")).not.toContain("one");
    expect(await run(["rm", "a"])).toMatchObject({ code: 0, stdout: "" });
    expect(await run(["list"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("takes no value from arguments, no empty one, and knows its actions", async () => {
    expect(await run(["set", "a", "value"])).toMatchObject({ code: 1, stderr: expect.stringMatching(/^A value is never given as an argument/) });
    expect(await run(["set", "a"])).toMatchObject({ code: 1, stderr: expect.stringMatching(/^a: the value is empty, and nothing was written/) });
    expect(await run(["lst"])).toMatchObject({ code: 1, stderr: "secret lst: there is no such action; did you mean list?\n" });
    expect(await run(["get"])).toMatchObject({ code: 1, stderr: "secret get: takes one name\n" });
    expect(existsSync(join(directory, "secrets.sops.yaml"))).toBe(false);
    expect(existsSync(join(directory, ".config"))).toBe(false);
  });

  it("says what is near when there is no such secret, and who could open a file that it cannot", async () => {
    await run(["set", "ghcr-token"], { stdin: "x" });
    expect(await run(["get", "ghcr-tokn"])).toEqual({ code: 1, stdout: "", stderr: "There is no secret ghcr-tokn in secrets.sops.yaml; did you mean ghcr-token?\n" });
    expect(await run(["get", "ghcr-token"], { env: { HOME: join(directory, "other") } })).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("none of your keys opens it; it is encrypted for age1") });
    expect((await run(["recipients", "rm", "age1nobody"])).stderr).toBe("age1nobody is none of those who can open secrets.sops.yaml\n");
    const [own] = (await run(["recipients"])).stdout.split("\n");
    expect(await run(["recipients", "rm", own!])).toMatchObject({ code: 1, stderr: expect.stringContaining("nobody would be left to open it") });
  });

  it("encrypts for those whom the homelab names, and works although a check would complain", async () => {
    const key = "age1elf98f95ef2d6yqwarek7rjz6ue0mkh4g9mt2zvfvj3qxjfxmyyq8weqvu";
    writeFileSync(join(directory, "homelab.yaml"), `name: a\nmachines: { pi1: { roles: [control-plane, worker] } }\nsecrets: { recipients: [${key}] }\nregistries: { ghcr.io: { username: me, password: { secret: missing } } }\n`);
    expect(await run(["set", "a"], { stdin: "x" })).toMatchObject({ code: 1, stderr: expect.stringContaining("none of your keys could open it again") });
    const identity = /AGE-SECRET-KEY-\S+/.exec(readFileSync(join(import.meta.dirname, "../../../test/secrets/keys/test-only.age.txt"), "utf8"))![0];
    expect(await run(["set", "a"], { stdin: "x", env: { SOPS_AGE_KEY: identity } })).toEqual({ code: 0, stdout: "", stderr: "a is set in secrets.sops.yaml\n" });
    expect((await run(["recipients"])).stdout).toBe(`${key}\n`);
  });

  it("ends with 3 when the homelab file is invalid, with 1 when there is none", async () => {
    writeFileSync(join(directory, "homelab.yaml"), "machnes: {}\n");
    expect((await run(["list"])).code).toBe(3);
    rmSync(join(directory, "homelab.yaml"));
    expect((await run(["list"])).code).toBe(1);
  });
});
