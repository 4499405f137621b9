/** Keys: found where SOPS looks, made on first need, refused with a way out; rules of .sops.yaml; and the same outside in memory and on disk. */
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { processSecretEnvironment } from "../../src/adapters/process-secret-environment.ts";
import { ensureOwnAgeKey, keepItSafe } from "../../src/secrets/age-key-file.ts";
import { creationRuleFor, findCreationRule } from "../../src/secrets/creation-rules.ts";
import { normalRecipient, unwrapDataKey, wrapDataKey } from "../../src/secrets/data-key.ts";
import { ageKeyPath, findIdentities, parseAgeIdentities, shellWords } from "../../src/secrets/identities.ts";
import { parseOpenSshSeed } from "../../src/secrets/openssh-private-key.ts";
import { loadSecrets, newSecrets, saveSecrets } from "../../src/secrets/secrets-store.ts";
import { SshEd25519Identity } from "../../src/secrets/ssh-ed25519.ts";
import { memoryEnvironment } from "../../src/secrets/testing/memory-environment.ts";
import { AGE_KEY_FILE, AGE_RECIPIENT, golden, KEYS, SSH_KEY_FILE, SSH_RECIPIENT } from "./files.ts";
import { skippedFor } from "../skipping.ts";
import { noUserland } from "../userland.ts";

const AGE_KEY = readFileSync(AGE_KEY_FILE, "utf8");
const SSH_KEY = readFileSync(SSH_KEY_FILE, "utf8");
const IDENTITY = /AGE-SECRET-KEY-\S+/.exec(AGE_KEY)![0];
const key = (name: string): string => readFileSync(join(KEYS, name), "utf8");

describe("where keys are looked for", () => {
  const opens = async (options: Parameters<typeof memoryEnvironment>[0]): Promise<boolean> => {
    const environment = memoryEnvironment({ ...options, files: { "s.yaml": golden("suffix.yaml"), ...options?.files } });
    return loadSecrets("s.yaml", environment).then(
      (loaded) => loaded?.secrets.get("pass_secret") === "p",
      () => false,
    );
  };

  it.each([
    ["$SOPS_AGE_KEY", { variables: { SOPS_AGE_KEY: IDENTITY } }],
    ["$SOPS_AGE_KEY, several with comments", { variables: { SOPS_AGE_KEY: AGE_KEY } }],
    ["$SOPS_AGE_KEY_FILE", { variables: { SOPS_AGE_KEY_FILE: "/k" }, files: { "/k": AGE_KEY } }],
    ["$XDG_CONFIG_HOME", { variables: { XDG_CONFIG_HOME: "/x" }, files: { "/x/sops/age/keys.txt": AGE_KEY } }],
    ["~/.config", { files: { "/home/me/.config/sops/age/keys.txt": AGE_KEY } }],
    ["macOS", { platform: "darwin", files: { "/home/me/Library/Application Support/sops/age/keys.txt": AGE_KEY } }],
    ["$SOPS_AGE_SSH_PRIVATE_KEY_FILE", { variables: { SOPS_AGE_SSH_PRIVATE_KEY_FILE: "/k" }, files: { "/k": SSH_KEY } }],
    ["~/.ssh/id_ed25519", { files: { "/home/me/.ssh/id_ed25519": SSH_KEY } }],
    ["$SOPS_AGE_KEY_CMD", { variables: { SOPS_AGE_KEY_CMD: "pass show 'my key'" }, programs: { pass: (args: readonly string[]) => ({ stdout: Buffer.from(args[1] === "my key" ? AGE_KEY : "") }) } }],
    ["$SOPS_AGE_SSH_PRIVATE_KEY_CMD", { variables: { SOPS_AGE_SSH_PRIVATE_KEY_CMD: "pass ssh" }, programs: { pass: () => ({ stdout: Buffer.from(SSH_KEY) }) } }],
  ])("%s", async (_, options) => expect(await opens(options)).toBe(true));

  it("not on another system's path, and not in an empty place", async () => {
    expect(await opens({ files: { "/home/me/Library/Application Support/sops/age/keys.txt": AGE_KEY } })).toBe(false);
    expect(ageKeyPath(memoryEnvironment({ variables: { SOPS_AGE_KEY_FILE: "/k" } }))).toBe("/k");
  });

  it("a command learns for whom the key is", async () => {
    const environment = memoryEnvironment({ variables: { SOPS_AGE_KEY_CMD: "pass" }, programs: { pass: () => ({ stdout: Buffer.from(AGE_KEY) }) } });
    await findIdentities(environment, [AGE_RECIPIENT, SSH_RECIPIENT]);
    expect(environment.ran.map(({ variables }) => variables)).toEqual([{ SOPS_AGE_RECIPIENT: AGE_RECIPIENT }, { SOPS_AGE_RECIPIENT: SSH_RECIPIENT }]);
  });

  it("names every place when none opens the file, and what could not be used", async () => {
    const environment = memoryEnvironment({ files: { "s.yaml": golden("suffix.yaml"), "/home/me/.ssh/id_ed25519": key("test-only-with-passphrase"), "/home/me/.config/sops/age/keys.txt": "AGE-SECRET-KEY-1WRONG\n" } });
    const error = (await loadSecrets("s.yaml", environment).catch((thrown: unknown) => thrown)) as { message: string; hint: string; code: string };
    expect(error.code).toBe("no-key");
    expect(error.message).toBe(`s.yaml: none of your keys opens it; it is encrypted for ${AGE_RECIPIENT}, ${SSH_RECIPIENT}`);
    expect(error.hint).toContain("Looked at $SOPS_AGE_SSH_PRIVATE_KEY_FILE, $SOPS_AGE_SSH_PRIVATE_KEY_CMD, $SOPS_AGE_KEY, $SOPS_AGE_KEY_FILE, $SOPS_AGE_KEY_CMD: nothing there.");
    expect(error.hint).toContain("/home/me/.ssh/id_ed25519 is protected with a passphrase");
    expect(error.hint).toContain("/home/me/.config/sops/age/keys.txt:1 is no age identity");
    expect(error.message + error.hint).not.toContain("1WRONG");
  });

  it("refuses SSH keys of another type, damaged ones and plugins, and says what to do", () => {
    expect(parseOpenSshSeed(key("test-only-rsa"), "id_rsa")).toBeUndefined();
    expect(() => parseOpenSshSeed(key("test-only-with-passphrase"), "id")).toThrow("id is protected with a passphrase");
    const lines = SSH_KEY.trim().split("\n");
    for (let missing = 1; missing < lines.length - 1; missing++) expect(() => parseOpenSshSeed(lines.filter((_, index) => index !== missing).join("\n"), "id"), `without line ${missing}`).toThrow("id is a damaged OpenSSH private key");
    expect(() => parseOpenSshSeed(SSH_RECIPIENT, "id.pub")).toThrow("id.pub is no OpenSSH private key");
    expect(() => parseAgeIdentities("AGE-PLUGIN-YUBIKEY-1X", "k")).toThrow("k:1: age plugins are not run here");
  });

  it("splits a command as a shell does", () => {
    expect(shellWords(` a 'b c' "d \\" e"f g\\ h `)).toEqual(["a", "b c", 'd " ef', "g h"]);
    expect(shellWords("a 'b")).toBeUndefined();
    expect(shellWords("  ")).toEqual([]);
  });
});

describe("recipients", () => {
  it("an ssh-ed25519 key opens what was wrapped for it, whatever the key; no other does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ minLength: 32, maxLength: 32 }), async (seed, otherSeed) => {
        const [identity, other] = [new SshEd25519Identity(seed), new SshEd25519Identity(otherSeed)];
        expect(Buffer.from(identity.recipient.split(" ")[1]!, "base64").subarray(-32)).toEqual(Buffer.from(ed25519.getPublicKey(seed)));
        const dataKey = randomBytes(32);
        const keys = await wrapDataKey(dataKey, [identity.recipient]);
        expect(await unwrapDataKey(keys, [identity])).toEqual(dataKey);
        if (!Buffer.from(seed).equals(otherSeed)) expect(await unwrapDataKey(keys, [other])).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  it("are refused when nothing can be encrypted for them", () => {
    expect(normalRecipient(` ${SSH_RECIPIENT} me@maison `)).toBe(SSH_RECIPIENT);
    expect(() => normalRecipient("age1abc")).toThrow("age1abc is no recipient");
    expect(() => normalRecipient("ssh-rsa AAAA")).toThrow("SSH keys of type ssh-rsa are not encrypted for here");
    expect(() => normalRecipient("ssh-ed25519 AAAA")).toThrow("is no ssh-ed25519 public key");
    expect(() => normalRecipient(IDENTITY)).toThrow(/^a private key was given where a public one is meant$/);
  });
});

describe("the user's own key", () => {
  it("is made once, for its owner alone, and never written over", async () => {
    const environment = memoryEnvironment();
    const made = await ensureOwnAgeKey(environment);
    const path = "/home/me/.config/sops/age/keys.txt";
    expect(made).toMatchObject({ path, isNew: true });
    expect(environment.files.get(path)).toMatchObject({ mode: 0o600, text: expect.stringMatching(new RegExp(`^# created: 2026-11-01T12:00:00Z\n# public key: ${made.recipient}\nAGE-SECRET-KEY-1[A-Z0-9]+\n$`)) });
    expect(await ensureOwnAgeKey(environment)).toEqual({ ...made, isNew: false });
    expect(keepItSafe(made)).not.toContain("AGE-SECRET-KEY");
    const empty = memoryEnvironment({ files: { [path]: "# nothing\n" } });
    await expect(ensureOwnAgeKey(empty)).rejects.toThrow(`${path} is there and holds no key`);
    expect(empty.files.get(path)?.text).toBe("# nothing\n");
  });

  it("is the one that another run made in the meantime", async () => {
    const environment = memoryEnvironment();
    const path = "/home/me/.config/sops/age/keys.txt";
    let reads = 0;
    const racing = { ...environment, readFile: (asked: string) => (asked === path && reads++ === 0 ? Promise.resolve(undefined) : environment.readFile(asked)) };
    environment.files.set(path, { text: AGE_KEY, mode: 0o600 });
    expect(await ensureOwnAgeKey(racing)).toEqual({ path, recipient: AGE_RECIPIENT, isNew: false });
  });

  it("is $SOPS_AGE_KEY where that is given", async () => {
    expect(await ensureOwnAgeKey(memoryEnvironment({ variables: { SOPS_AGE_KEY: IDENTITY } }))).toEqual({ path: "$SOPS_AGE_KEY", recipient: AGE_RECIPIENT, isNew: false });
  });
});

describe(".sops.yaml", () => {
  const RULES = `creation_rules:\n  - path_regex: apps/.*\\.yaml$\n    age: "${SSH_RECIPIENT} comment"\n    encrypted_regex: ^data$\n  - path_regex: (?i)SECRETS\n    key_groups:\n      - age: ["${AGE_RECIPIENT},${SSH_RECIPIENT}", "${AGE_RECIPIENT}"]\n`;

  it("the first rule that matches the path counts", () => {
    expect(creationRuleFor(RULES, ".sops.yaml", "apps/secrets.yaml")).toMatchObject({ recipients: [SSH_RECIPIENT], rule: { name: "encrypted_regex", text: "^data$" } });
    expect(creationRuleFor(RULES, ".sops.yaml", "secrets.sops.yaml")).toMatchObject({ recipients: [AGE_RECIPIENT, SSH_RECIPIENT], rule: { name: "unencrypted_suffix" } });
    expect(creationRuleFor(RULES, ".sops.yaml", "other.yaml")).toEqual({ noMatchIn: ".sops.yaml" });
    expect(creationRuleFor("stores: {}\n", ".sops.yaml", "a")).toBeUndefined();
    expect(() => creationRuleFor("creation_rules:\n  - key_groups: [{ age: [a] }, { age: [b] }]\n", ".sops.yaml", "a")).toThrow(".sops.yaml: creation_rules[0]: 2 key groups");
    expect(() => creationRuleFor("creation_rules: [{ age: [1] }]\n", ".sops.yaml", "a")).toThrow(".sops.yaml: creation_rules[0].age: a text is expected");
  });

  it("is found above the file, and says for whom a new file is", async () => {
    const environment = memoryEnvironment({ files: { "/r/.sops.yaml": RULES, "/home/me/.ssh/id_ed25519": SSH_KEY } });
    expect(await findCreationRule("/r/deep/secrets.sops.yaml", environment)).toMatchObject({ from: "/r/.sops.yaml" });
    const created = await newSecrets("/r/deep/secrets.sops.yaml", [], environment);
    created.secrets.set("a", "1");
    const saved = await saveSecrets(created, environment);
    expect(environment.files.get("/r/deep/secrets.sops.yaml")).toMatchObject({ mode: 0o600, text: saved.textBefore });
    expect(saved.secrets.hasChanges).toBe(false);
    await expect(newSecrets("/r/other.yaml", [], environment)).rejects.toThrow("/r/.sops.yaml: none of its creation rules is for /r/other.yaml");
  });

  it("PGP keys are left to sops", async () => {
    const environment = memoryEnvironment({ files: { "/r/.sops.yaml": "creation_rules:\n  - pgp: 0123\n" } });
    await expect(newSecrets("/r/secrets.sops.yaml", [], environment)).rejects.toMatchObject({ code: "unsupported", hint: expect.stringContaining("sops edit /r/secrets.sops.yaml") });
    const file = `a: ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]\nsops:\n    pgp:\n        - enc: x\n          fp: "0123"\n    lastmodified: "2026-01-01T00:00:00Z"\n    mac: x\n`;
    const without = memoryEnvironment({ files: { "s.yaml": file } });
    await expect(loadSecrets("s.yaml", without)).rejects.toThrow("it is encrypted for pgp keys (these need an installed sops, and there is none)");
    const withSops = memoryEnvironment({ files: { "s.yaml": file }, programs: { sops: ([verb]) => ({ stdout: Buffer.from(verb === "decrypt" ? '{"a":"1","n":12345678901234567890,"t":true}' : "") }) } });
    const loaded = (await loadSecrets("s.yaml", withSops))!;
    expect(loaded.secrets.names().map((name) => loaded.secrets.get(name))).toEqual(["1", "12345678901234567890", "true"]);
    loaded.secrets.set("b", "new value");
    await saveSecrets(loaded, withSops);
    expect(withSops.ran.at(-1)).toMatchObject({ command: ["sops", "set", "--value-stdin", "s.yaml", '["b"]'], input: '"new value"' });
    expect(withSops.ran.flatMap(({ command }) => command).join(" ")).not.toContain("new value");
    const refusing = memoryEnvironment({ files: { "s.yaml": file }, programs: { sops: () => ({ code: 51, stderr: "x\nMAC mismatch. File has A, computed B\n" }) } });
    await expect(loadSecrets("s.yaml", refusing)).rejects.toMatchObject({ code: "tampered" });
  });
});

describe("saving", () => {
  it("refuses when the file changed in the meantime, and when nobody here could open it again", async () => {
    const environment = memoryEnvironment({ variables: { SOPS_AGE_KEY: IDENTITY }, files: { "s.yaml": golden("suffix.yaml") } });
    const loaded = (await loadSecrets("s.yaml", environment))!;
    loaded.secrets.set("pass_secret", "other");
    environment.files.set("s.yaml", { text: `${golden("suffix.yaml")}\n`, mode: 0o644 });
    await expect(saveSecrets(loaded, environment)).rejects.toThrow("s.yaml was changed by somebody else in the meantime; nothing was written");
    await expect(newSecrets("/n.yaml", [SSH_RECIPIENT], environment)).rejects.toThrow("none of your keys could open it again");
  });
});

describe("the outside", () => {
  const directories: string[] = [];
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  });

  it.each(["memory", "disk"])("in %s: files are made once, replaced whole, and missing ones are undefined", async (kind) => {
    directories.push(mkdtempSync(join(tmpdir(), "kubernest-outside-")));
    const directory = directories[0]!;
    const environment = kind === "disk" ? processSecretEnvironment({ HOME: directory }, directory) : memoryEnvironment();
    expect(await environment.readFile("deep/a")).toBeUndefined();
    expect(await environment.createPrivateFile("deep/a", "1")).toBe(true);
    expect(await environment.createPrivateFile("deep/a", "2")).toBe(false);
    expect(await environment.readFile("deep/a")).toBe("1");
    await environment.replaceFile("deep/a", "3", 0o644);
    expect(await environment.readFile("deep/a")).toBe("3");
    expect(environment.randomBytes(40)).toHaveLength(40);
    expect(await environment.runProgram(["kubernest-no-such-program"], { deadlineMs: 1_000 })).toBeUndefined();
  });

  it("on disk: modes, links and programs", skippedFor(noUserland), async () => {
    directories.push(mkdtempSync(join(tmpdir(), "kubernest-outside-")));
    const directory = directories[0]!;
    const environment = processSecretEnvironment({ HOME: directory, PATH: process.env["PATH"], A: "1" }, directory);
    await environment.createPrivateFile("deep/a", "1");
    expect([statSync(join(directory, "deep/a")).mode & 0o777, statSync(join(directory, "deep")).mode & 0o777]).toEqual([0o600, 0o700]);
    writeFileSync(join(directory, "target"), "old", { mode: 0o640 });
    symlinkSync("target", join(directory, "link"));
    await environment.replaceFile("link", "new", 0o600);
    expect([readFileSync(join(directory, "target"), "utf8"), statSync(join(directory, "target")).mode & 0o777]).toEqual(["new", 0o640]);
    const result = await environment.runProgram(["sh", "-c", 'cat; echo "$A$B" >&2; exit 3'], { input: "in", variables: { B: "2" }, deadlineMs: 10_000 });
    expect({ ...result, stdout: Buffer.from(result!.stdout).toString() }).toEqual({ code: 3, stdout: "in", stderr: "12\n" });
  });
});
