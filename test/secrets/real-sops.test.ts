/** The real sops and our own code on the same files, in both directions. Skipped where sops is not cached. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processSecretEnvironment } from "../../src/adapters/process-secret-environment.ts";
import { ensureOwnAgeKey } from "../../src/secrets/age-key-file.ts";
import { encryptionRule } from "../../src/secrets/encryption-rule.ts";
import { SCALARS } from "../../src/secrets/testing/scalars.ts";
import { createSecrets, openSecrets, type SecretsFile } from "../../src/secrets/secrets-file.ts";
import { loadSecrets, newSecrets, saveSecrets } from "../../src/secrets/secrets-store.ts";
import { areCached, cachedPath } from "../real/binaries.ts";
import { SOPS_NOT_CACHED, SOPS_PARTS } from "../real/versions.ts";
import { AGE_KEY_FILE, AGE_RECIPIENT, ageIdentities, golden, SSH_KEY_FILE, SSH_RECIPIENT } from "./files.ts";
import { skippedFor } from "../skipping.ts";

const isCached = await areCached(SOPS_PARTS);
const hasGpg = spawnSync("gpg", ["--version"]).status === 0;
const PORTS = { randomBytes, now: () => Date.now() };
const SOPS = cachedPath("sops", "sops");
/** Each run of sops is a process of its own. */
const RUNS_COUNT = 25;

describe("the real sops", skippedFor(!isCached && SOPS_NOT_CACHED), () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "kubernest-sops-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const at = (name: string): string => join(directory, name);
  const sops = (args: string[], options: { env?: Record<string, string> } = {}): string => {
    const result = spawnSync(SOPS, args, { cwd: directory, input: "", encoding: "utf8", env: { PATH: process.env["PATH"], HOME: directory, ...(options.env ?? { SOPS_AGE_KEY_FILE: AGE_KEY_FILE }) } });
    if (result.status !== 0) throw new Error(`sops ${args[0]}: ${result.stderr}`);
    expect(result.stderr).not.toContain("unencrypted comment");
    return result.stdout;
  };
  const bySops = (name: string, env?: Record<string, string>): unknown => JSON.parse(sops(["decrypt", "--output-type", "json", name], env === undefined ? {} : { env }));
  const write = (secrets: SecretsFile, name: string): void => writeFileSync(at(name), secrets.render());
  const open = async (name: string): Promise<SecretsFile> => (await openSecrets(readFileSync(at(name), "utf8"), name, ageIdentities, PORTS))!;
  const fresh = (text: string, file: string, given: Record<string, unknown> = {}): Promise<SecretsFile> =>
    createSecrets({ text, file, recipients: [AGE_RECIPIENT, SSH_RECIPIENT], rule: encryptionRule(given, file) }, PORTS);

  it("edits our file, and we read its; what neither changed keeps its ciphertext", async () => {
    const ours = await fresh("", "a.yaml");
    for (const [name, value] of [["k3s-token", "abc"], ["other: name", "line 1\nline 2"], ["2024-01-01", "yes"]] as const) ours.set(name, value);
    write(ours, "a.yaml");
    expect(bySops("a.yaml")).toEqual({ "k3s-token": "abc", "other: name": "line 1\nline 2", "2024-01-01": "yes" });
    const line = /^k3s-token: .*$/m.exec(ours.render())![0];
    sops(["set", "a.yaml", '["added"]', '"by sops"']);
    sops(["set", "a.yaml", '["count"]', "3"]);
    sops(["unset", "a.yaml", '["2024-01-01"]']);
    const theirs = await open("a.yaml");
    expect(theirs.names()).toEqual(["k3s-token", "other: name", "added", "count"]);
    expect([theirs.get("added"), theirs.get("count"), theirs.get("other: name")]).toEqual(["by sops", "3", "line 1\nline 2"]);
    theirs.set("again", "by us");
    theirs.delete("count");
    write(theirs, "a.yaml");
    expect(theirs.render()).toContain(line);
    expect(bySops("a.yaml")).toEqual({ "k3s-token": "abc", "other: name": "line 1\nline 2", added: "by sops", again: "by us" });
  });

  it("an editor of sops changes our file, comments and all", async () => {
    write(await fresh(golden("mixed.plain.yaml"), "b.yaml"), "b.yaml");
    sops(["edit", "b.yaml"], { env: { SOPS_AGE_KEY_FILE: AGE_KEY_FILE, EDITOR: "sed -i s/hello/changed/" } });
    const edited = await open("b.yaml");
    expect(edited.get("text")).toBe("changed");
    expect(edited.inTheClear()).toContain("# about the text");
    expect(sops(["decrypt", "b.yaml"])).toContain("# between");
  });

  it("opens with the ssh-ed25519 key what we encrypted for it", async () => {
    write(await fresh("a: 1\n", "c.yaml"), "c.yaml");
    expect(bySops("c.yaml", { SOPS_AGE_SSH_PRIVATE_KEY_FILE: SSH_KEY_FILE })).toEqual({ a: 1 });
  });

  it.each([
    ["mixed", {}],
    ["documents", {}],
    ["kubernetes", { encrypted_regex: "^(data|stringData)$" }],
    ["kubernetes", { unencrypted_regex: "^(apiVersion|kind|metadata)$" }],
    ["suffix", { encrypted_suffix: "_secret", mac_only_encrypted: true }],
  ])("decrypts %s with %j as it decrypts its own", async (name, rule) => {
    write(await fresh(golden(`${name}.plain.yaml`), "d.yaml", rule), "d.yaml");
    writeFileSync(at("golden.yaml"), golden(`${name}.yaml`));
    expect(sops(["decrypt", "d.yaml"])).toBe(sops(["decrypt", "golden.yaml"]));
  });

  it("takes plain scalars for what we take them for", () => {
    const sources = SCALARS.filter(([source]) => source !== "-");
    writeFileSync(at("s.yaml"), sources.map(([source], index) => `k${index}: ${source}\n`).join(""));
    const text = sops(["encrypt", "--age", AGE_RECIPIENT, "s.yaml"]);
    const types = sources.map((_, index) => new RegExp(`^k${index}: (?:ENC.*type:(.*)\\]|(null))$`, "m").exec(text)?.slice(1).find((type) => type !== undefined));
    expect(types).toEqual(sources.map(([, expected]) => expected.split(" ")[0]));
    // The code that sops computed over all of them is the one that we compute over ours.
    writeFileSync(at("t.yaml"), sources.map(([source], index) => `k${index}_unencrypted: ${source}\n`).join(""));
    const readable = sops(["encrypt", "--age", AGE_RECIPIENT, "t.yaml"]);
    const restored = sources.reduce((changed, [source], index) => changed.replace(new RegExp(`^k${index}_unencrypted: .*$`, "m"), `k${index}_unencrypted: ${source}`), readable);
    return expect(openSecrets(restored, "t.yaml", ageIdentities, PORTS)).resolves.toBeDefined();
  });

  it("takes our JSON, and we take its", async () => {
    const ours = await fresh(golden("mixed.plain.json"), "e.json");
    ours.set("added", 'a "quoted" ü\u0007');
    write(ours, "e.json");
    sops(["set", "e.json", '["deep"]["more"]', "1.25"]);
    expect(bySops("e.json")).toEqual({ token: "abc", deep: { list: [1, 2.5, true, null], more: 1.25 }, added: 'a "quoted" ü\u0007' });
    expect((await open("e.json")).get("added")).toBe('a "quoted" ü\u0007');
  });

  it("follows when somebody may read it, and no longer may", async () => {
    const ours = await fresh(golden("mixed.plain.yaml"), "f.yaml");
    await ours.setRecipients([SSH_RECIPIENT]);
    write(ours, "f.yaml");
    expect(() => sops(["decrypt", "f.yaml"])).toThrow("Failed to get the data key");
    expect(sops(["decrypt", "f.yaml"], { env: { SOPS_AGE_SSH_PRIVATE_KEY_FILE: SSH_KEY_FILE } })).toContain("text: hello");
    await ours.setRecipients([SSH_RECIPIENT, AGE_RECIPIENT]);
    write(ours, "f.yaml");
    expect(sops(["decrypt", "f.yaml"])).toContain("text: hello");
    sops(["rotate", "--in-place", "--rm-age", SSH_RECIPIENT, "f.yaml"]);
    expect((await open("f.yaml")).recipients()).toEqual([AGE_RECIPIENT]);
  });

  it("finds the key that we make on first need, and nobody else can read it", async () => {
    const environment = processSecretEnvironment({ HOME: directory, PATH: process.env["PATH"] });
    const created = await newSecrets(at("g.yaml"), [], environment);
    expect(created.ownKey).toMatchObject({ path: at(".config/sops/age/keys.txt"), isNew: true });
    expect(statSync(created.ownKey!.path).mode & 0o777).toBe(0o600);
    created.secrets.set("token", "abc");
    await saveSecrets(created, environment);
    expect(bySops("g.yaml", { XDG_CONFIG_HOME: at(".config") })).toEqual({ token: "abc" });
    expect(spawnSync(cachedPath("sops", "age-keygen"), ["-y", created.ownKey!.path], { encoding: "utf8" }).stdout.trim()).toBe(created.ownKey!.recipient);
    expect(await ensureOwnAgeKey(environment)).toEqual({ ...created.ownKey, isNew: false });
    expect((await loadSecrets(at("g.yaml"), environment))?.secrets.get("token")).toBe("abc");
  });

  it("reads and writes for us what only it can open", async () => {
    write(await fresh("token: abc\ncount: 12\n", "h.yaml"), "h.yaml");
    // An age plugin's recipient is one that we leave to sops; here sops has the key by another way.
    writeFileSync(at("h.yaml"), readFileSync(at("h.yaml"), "utf8").replace(/recipient: age1\S+/, "recipient: age1other1qqqq"));
    const wrapper = at("sops");
    writeFileSync(wrapper, `#!/bin/sh\nSOPS_AGE_KEY_FILE='${AGE_KEY_FILE}' exec '${SOPS}' "$@"\n`, { mode: 0o755 });
    const environment = processSecretEnvironment({ HOME: at("nobody"), PATH: `${directory}:${process.env["PATH"]}` });
    const loaded = (await loadSecrets(at("h.yaml"), environment))!;
    expect([loaded.secrets.get("token"), loaded.secrets.get("count")]).toEqual(["abc", "12"]);
    loaded.secrets.set("added", 'by "us"');
    loaded.secrets.delete("count");
    await saveSecrets(loaded, environment);
    expect(bySops("h.yaml")).toEqual({ token: "abc", added: 'by "us"' });
  });

  it(
    "opens and writes for us a file that is encrypted for a PGP key alone",
    { timeout: 60_000, ...skippedFor(!hasGpg && "gpg is not installed") },
    async () => {
      // Short: the agent's socket has a path of at most 108 characters.
      const gnupg = mkdtempSync(join(tmpdir(), "gpg-"));
      const env = { GNUPGHOME: gnupg, HOME: at("nobody"), PATH: `${join(SOPS, "..")}:${process.env["PATH"]}` };
      try {
        const made = spawnSync("gpg", ["--batch", "--passphrase", "", "--quick-generate-key", "test-only@maison.example", "default", "default", "never"], { env, encoding: "utf8" });
        expect(made.status, made.stderr).toBe(0);
        const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(spawnSync("gpg", ["--list-keys", "--with-colons"], { env, encoding: "utf8" }).stdout)![1]!;
        writeFileSync(at("i.yaml"), "token: abc\n");
        sops(["encrypt", "--in-place", "--pgp", fingerprint, "i.yaml"], { env });
        const environment = processSecretEnvironment(env, directory);
        const loaded = (await loadSecrets(at("i.yaml"), environment))!;
        expect(loaded.secrets.get("token")).toBe("abc");
        loaded.secrets.set("added", "by us");
        await saveSecrets(loaded, environment);
        expect(bySops("i.yaml", env)).toEqual({ token: "abc", added: "by us" });
      } finally {
        spawnSync("gpgconf", ["--kill", "all"], { env });
        rmSync(gnupg, { recursive: true, force: true });
      }
    },
  );

  it(
    "agrees on any names and values",
    async () => {
      const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => /^[^\s\p{Cc}\ufeff][^\p{Cc}\ufeff]*$/u.test(text) && !text.endsWith(" ") && text !== "sops" && text !== "<<");
      await fc.assert(
        fc.asyncProperty(fc.dictionary(name, fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), { minKeys: 1, maxKeys: 6, noNullPrototype: true }), async (wanted) => {
          const ours = await fresh("", "p.yaml");
          for (const [key, value] of Object.entries(wanted)) ours.set(key, value);
          write(ours, "p.yaml");
          expect(bySops("p.yaml")).toEqual(wanted);
          writeFileSync(at("q.json"), JSON.stringify(wanted));
          const theirs = sops(["encrypt", "--age", AGE_RECIPIENT, "--input-type", "json", "--output-type", "yaml", "q.json"]);
          const opened = (await openSecrets(theirs, "q.yaml", ageIdentities, PORTS))!;
          expect(Object.fromEntries(opened.names().map((each) => [each, opened.get(each)]))).toEqual(wanted);
        }),
        { numRuns: RUNS_COUNT },
      );
    },
    120_000,
  );
});
