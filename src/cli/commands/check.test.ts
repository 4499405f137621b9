/** The command against a small outside: what it prints where, and its exit codes. */
import { describe, expect, it } from "vitest";
import { completeExample } from "../../checks/complete-example.ts";
import type { CommandIo } from "../command.ts";
import { type CommandEnded, runCommand } from "../testing/run-command.ts";
import { checkCommand } from "./check.ts";

const GOOD = completeExample("apps: { blog: { image: ghcr.io/example/blog:1.4.2, port: 80, host: blog } }");
const WARNING = GOOD.replace(":1.4.2", ":latest");
const BAD = GOOD.replace("port: 80", "prot: 80");

const run = (files: Record<string, string>, args: string[], over: Partial<CommandIo> = {}): Promise<CommandEnded> => runCommand(checkCommand, args, files, over);

describe("kubernest check", () => {
  it("exits 0 without findings, and says so beside the data", async () => {
    const result = await run({ "homelab.yaml": GOOD }, []);
    expect([result.code, result.stdout, result.stderr]).toEqual([0, "", "homelab.yaml: no findings\n"]);
  });

  it("exits 0 with warnings alone", async () => {
    const result = await run({ "homelab.yaml": WARNING }, []);
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^homelab\.yaml:1:24: warning: the image's tag latest/);
    expect(result.stderr).toBe("homelab.yaml: 1 warning\n");
  });

  it("exits 3 when the file is invalid, with all findings", async () => {
    const result = await run({ "homelab.yml": BAD }, []);
    expect(result.code).toBe(3);
    expect(result.stdout).toContain("homelab.yml:1:52: error: apps.blog has no field prot; did you mean port? [unknown-field]");
  });

  it("exits 1 when there is no file, in one clear line and a fix", async () => {
    const result = await run({}, []);
    expect(result.code).toBe(1);
    expect(result.stdout).toBe("homelab.yaml:1:1: error: there is no such file [unreadable-file]\n  Name another with -c, or run `kubernest init` for a first one.\n");
  });

  it("skips a rule by id, and knows a misspelt one", async () => {
    expect((await run({ "homelab.yaml": WARNING }, ["--ignore", "image-tagged"])).stdout).toBe("");
    const wrong = await run({ "homelab.yaml": WARNING }, ["--ignore", "image-taged"]);
    expect([wrong.code, wrong.stderr]).toEqual([1, "--ignore image-taged: there is no such rule; did you mean image-tagged? The rules are listed in docs/checks.md.\n"]);
  });

  it("draws at a terminal", async () => {
    const result = await run({ "lab.yaml": BAD }, ["-c", "lab.yaml"], { stdoutIsTerminal: true });
    expect(result.stdout).toContain("✗ lab.yaml:1:52  unknown-field\n  apps.blog has no field prot\n");
    expect(result.stdout).toMatch(/│ +\^\^\^\^\n/);
    expect(result.stderr).toBe("");
  });

  it("writes JSON and SARIF whole to stdout, also when nothing is found", async () => {
    for (const files of [{ "homelab.yaml": GOOD }, { "homelab.yaml": BAD }, {}] as Record<string, string>[]) {
      const json = await run(files, ["-o", "json"]);
      expect(JSON.parse(json.stdout)).toMatchObject({ file: "homelab.yaml" });
      const sarif = await run(files, ["-o", "sarif"]);
      expect(JSON.parse(sarif.stdout)).toMatchObject({ version: "2.1.0" });
      expect(sarif.stderr).toBe("");
    }
  });

  it("finds secrets that are not in the secrets file beside it", async () => {
    const text = `${GOOD}registries: { ghcr.io: { username: me, password: { secret: ghcr-tokn } } }\nsecrets: { recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p] }\n`;
    const result = await run({ "a/lab.yaml": text, "a/secrets.sops.yaml": "ghcr-token: ENC[AES256_GCM,data:AA==]\nsops: {}\n" }, ["-c", "a/lab.yaml"]);
    expect(result.code).toBe(3);
    expect(result.stdout).toContain("there is no secret ghcr-tokn in secrets.sops.yaml; did you mean ghcr-token? [secrets-present]");
  });
});
