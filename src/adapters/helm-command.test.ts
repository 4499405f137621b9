import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { helmCommand } from "./helm-command.ts";
import { needsUserland } from "../../test/userland.ts";

needsUserland();

const directory = mkdtempSync(join(tmpdir(), "kubernest-helm-test-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A stand-in that writes down how it was called. */
function helmThat(script: string): string {
  const path = join(directory, "helm");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

it("gives files that nobody else reads, and takes them away", async () => {
  const path = helmThat(`printf '%s\\n' "$@" >${directory}/args; while [ $# -gt 0 ]; do case $1 in --kubeconfig|--values) stat -c %a "$2"; cat "$2"; echo;; esac; shift; done`);
  const { code, output } = await helmCommand(process.env, path).run({ args: ["upgrade"], kubeconfig: "secret kubeconfig", values: "a: 1", deadlineMs: 10_000 });
  expect({ code, output }).toEqual({ code: 0, output: "600\nsecret kubeconfig\n600\na: 1" });
  const args = readFileSync(join(directory, "args"), "utf8").trim().split("\n");
  expect(args.map((arg) => (arg.startsWith("/") ? "FILE" : arg))).toEqual(["upgrade", "--kubeconfig", "FILE", "--values", "FILE"]);
  for (const file of args.filter((arg) => arg.startsWith("/"))) expect(existsSync(file)).toBe(false);
});

it("tells its exit code and all it said", async () => {
  expect(await helmCommand(process.env, helmThat("echo said; echo why >&2; exit 3")).run({ args: [], kubeconfig: "", deadlineMs: 10_000 })).toEqual({ code: 3, output: "said\nwhy" });
});

it("has a version only where it is installed", async () => {
  expect(await helmCommand(process.env, helmThat("echo v4.0.0")).version()).toBe("v4.0.0");
  expect(await helmCommand(process.env, join(directory, "none")).version()).toBeUndefined();
});
