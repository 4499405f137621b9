/** Files written by the real sops are read, edited with a small diff, and refused when they were tampered with. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { describe, expect, it } from "vitest";
import { SecretsFailed } from "../../src/secrets/secrets-failed.ts";
import { openSecrets, secretNames, type SecretsFile } from "../../src/secrets/secrets-file.ts";
import { memoryEnvironment } from "../../src/secrets/testing/memory-environment.ts";
import { AGE_RECIPIENT, ageIdentities, golden, KEYS, SSH_RECIPIENT, sshIdentity } from "./files.ts";

const open = async (name: string, text = golden(name)): Promise<SecretsFile> => (await openSecrets(text, name, ageIdentities, memoryEnvironment()))!;
const values = (text: string): unknown[] => parseAllDocuments(text, { schema: "yaml-1.1" }).map((document) => document.toJS() as unknown);

describe("a file that sops wrote", () => {
  it.each(["documents.yaml", "kubernetes.yaml", "suffix.yaml", "mixed.json"])("%s: every value is what was encrypted", async (name) => {
    expect(values((await open(name)).inTheClear())).toEqual(values(golden(name.replace(".", ".plain."))));
  });

  it("gives each type of value as SOPS has it", async () => {
    const secrets = await open("mixed.yaml");
    const flat = Object.fromEntries(secrets.names().filter((name) => !["nested", "none", "nobody"].includes(name)).map((name) => [name, secrets.get(name)]));
    expect(flat).toEqual({
      text: "hello", number: "12", fraction: "1.5", huge: `1${"0".repeat(300)}`, yes: "true", nothing: undefined, empty: "", day: "2024-01-01T00:00:00Z", "old-octal": "12",
      tag_unencrypted: "1000", since_unencrypted: "2024-02-03T04:05:06.7Z", quoted: "12", unicode: "grüße, 世界", many: "line 1\nline 2\n",
    });
    expect(() => secrets.get("nested")).toThrow("mixed.yaml: nested is a mapping or a list, and a secret is one value");
  });

  it("keeps comments, each where it was", async () => {
    const comments = (text: string): string[] => text.match(/#.*/g) ?? [];
    expect(comments((await open("mixed.yaml")).inTheClear()).sort()).toEqual(comments(golden("mixed.plain.yaml")).sort());
  });

  it("opens with an ssh-ed25519 key", async () => {
    const secrets = await openSecrets(golden("mixed.yaml"), "mixed.yaml", [sshIdentity], memoryEnvironment());
    expect(secrets?.get("text")).toBe("hello");
    expect(secrets?.recipients()).toEqual([AGE_RECIPIENT, SSH_RECIPIENT]);
    expect(readFileSync(join(KEYS, "test-only-ed25519.pub"), "utf8")).toContain(SSH_RECIPIENT);
  });

  it("shows its names without a key", () => {
    expect(secretNames(golden("documents.yaml"), "documents.yaml")).toEqual(["first"]);
  });

  it("changes only the lines of what was changed", async () => {
    const secrets = await open("mixed.yaml");
    expect(secrets.render()).toBe(golden("mixed.yaml"));
    expect(secrets.set("text", "hello")).toBe(false);
    expect(secrets.hasChanges).toBe(false);
    secrets.set("text", "other");
    secrets.set("many", "one line");
    secrets.set("new", "made");
    secrets.delete("quoted");
    const before = golden("mixed.yaml").split("\n");
    const after = secrets.render().split("\n");
    expect(before.filter((line) => !after.includes(line)).map((line) => line.trim().split(":")[0])).toEqual(["text", "quoted", "many", "lastmodified", "mac"]);
    expect(after.filter((line) => !before.includes(line)).map((line) => line.trim().split(":")[0])).toEqual(["text", "many", "new", "lastmodified", "mac"]);
    const again = await open("mixed.yaml", secrets.render());
    expect([again.get("text"), again.get("many"), again.get("new"), again.has("quoted"), again.get("number")]).toEqual(["other", "one line", "made", false, "12"]);
  });

  it("adds, replaces and takes out in JSON", async () => {
    const secrets = await open("mixed.json");
    secrets.set("token", "other");
    secrets.set("new", "made");
    secrets.delete("deep");
    expect(JSON.parse((await open("mixed.json", secrets.render())).inTheClear())).toEqual({ token: "other", new: "made" });
  });
});

describe("a file that was tampered with", () => {
  const refused = async (name: string, change: (text: string) => string): Promise<string> => {
    const text = golden(name);
    const changed = change(text);
    expect(changed).not.toBe(text);
    const error = await open(name, changed).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(SecretsFailed);
    expect((error as SecretsFailed).code).toBe("tampered");
    return (error as SecretsFailed).message;
  };
  const sealed = (text: string, key: string): string => new RegExp(`^ *(?:- )?${key}: (ENC\\[[^\\]]*\\])`, "m").exec(text)![1]!;
  const otherBase64 = (part: string): string => (part.startsWith("A") ? "B" : "A") + part.slice(1);

  it("a changed value is named with its keys", async () => {
    const message = await refused("mixed.yaml", (text) => text.replace(sealed(text, "x"), (value) => value.replace(/data:(.+?),/, (_, data: string) => `data:${otherBase64(data)},`)));
    expect(message).toBe("mixed.yaml: nested:x: this value was changed without the key, or was moved here from another name");
  });

  it("a changed tag, one cut short, and a changed type, too", async () => {
    for (const change of [(value: string) => value.replace(/tag:(.+?),/, (_, tag: string) => `tag:${otherBase64(tag)},`), (value: string) => value.replace(/tag:(.{8}).+?,/, "tag:$1,"), (value: string) => value.replace("type:str", "type:int")]) {
      expect(await refused("mixed.yaml", (text) => text.replace(sealed(text, "text"), change))).toContain("mixed.yaml: text: this value was changed");
    }
  });

  it("two values that changed places", async () => {
    const message = await refused("mixed.yaml", (text) => {
      const [a, b] = [sealed(text, "text"), sealed(text, "quoted")];
      return text.replace(a, "THERE").replace(b, a).replace("THERE", b);
    });
    expect(message).toContain("mixed.yaml: text: this value was changed without the key, or was moved here");
  });

  it.each(["mixed.yaml", "suffix.yaml"])("%s: a changed code", async (name) => {
    expect(await refused(name, (text) => text.replace(sealed(text, "mac"), (value) => value.replace(/data:(.+?),/, (_, data: string) => `data:${otherBase64(data)},`)))).toContain("sops.mac does not open");
  });

  it("the code of another file with the same key", async () => {
    const other = await open("mixed.yaml");
    other.set("text", "other");
    const mac = sealed(other.render(), "mac");
    const time = /lastmodified: (".*")/.exec(other.render())![1]!;
    expect(await refused("mixed.yaml", (text) => text.replace(sealed(text, "mac"), mac).replace(/lastmodified: ".*"/, `lastmodified: ${time}`))).toContain("the file does not agree with sops.mac");
  });

  it("no code, and another time", async () => {
    expect(await refused("mixed.yaml", (text) => text.replace(/^ *mac: .*\n/m, ""))).toContain("sops.mac is missing");
    expect(await refused("mixed.yaml", (text) => text.replace(/lastmodified: "2026/, 'lastmodified: "2027'))).toContain("sops.lastmodified");
  });

  it("a value that was taken out, one put in, one put in the clear, a readable one changed, one emptied", async () => {
    const gone = "mixed.yaml: a value was removed, added in the clear, or put in another order: the file does not agree with sops.mac";
    expect(await refused("mixed.yaml", (text) => text.replace(/^quoted: .*\n/m, ""))).toBe(gone);
    expect(await refused("mixed.yaml", (text) => `also_unencrypted: x\n${text}`)).toBe(gone);
    expect(await refused("mixed.yaml", (text) => text.replace("tag_unencrypted: 1000", "tag_unencrypted: 1001"))).toBe(gone);
    expect(await refused("mixed.yaml", (text) => text.replace(sealed(text, "quoted"), '""'))).toBe(gone);
    expect(await refused("documents.yaml", (text) => text.replace(/\n---\nsecond: .*\n/, "\n---\n"))).toBe(gone.replace("mixed", "documents"));
    expect(await refused("mixed.yaml", (text) => text.replace(sealed(text, "quoted"), "hello"))).toBe("mixed.yaml: quoted: this value is not encrypted, and it should be");
    expect(await refused("mixed.yaml", (text) => `more: 5\n${text}`)).toBe("mixed.yaml: more: this value is not encrypted, and it should be");
  });
});

describe("what is no file of ours to read", () => {
  it("says what it is, and where", async () => {
    await expect(open("a.yaml", "a: 1\n")).rejects.toThrow("a.yaml: there is no sops block, so nothing in it is encrypted");
    await expect(open("a.yaml", "a: [1\n")).rejects.toThrow(/^a\.yaml:2:1: /);
    await expect(open("a.yaml", "- a\n")).rejects.toThrow("a.yaml:1:1: a secrets file is a mapping of names to values");
    await expect(open("a.env", "A=1\n")).rejects.toThrow("a.env: SOPS files are read and written as YAML or JSON here");
    const groups = "sops:\n  key_groups:\n    - age: [{ recipient: a, enc: b }]\n    - age: [{ recipient: c, enc: d }]\n";
    await expect(open("a.yaml", groups)).rejects.toThrow("a.yaml: its data key is split over 2 key groups (Shamir's secret sharing), which is not supported");
    await expect(open("a.yaml", golden("suffix.yaml").replace("encrypted_suffix: _secret", "encrypted_comment_regex: x"))).rejects.toThrow("a.yaml: encrypted_comment_regex is not supported");
  });
});
