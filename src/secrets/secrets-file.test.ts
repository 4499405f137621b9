/** The file in memory: whatever is set is read back from its text, and a change to any part of the ciphertext shows. */
import { inspect } from "node:util";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { encryptionRule } from "./encryption-rule.ts";
import { DIGEST_KEY_NAME, ensureDigestKey, secretDigest, secretInDiff } from "./keyed-digest.ts";
import { createSecrets, openSecrets, secretsMetadata, type SecretsFile } from "./secrets-file.ts";
import { memoryEnvironment } from "./testing/memory-environment.ts";

let identity = "";
let recipient = "";
beforeAll(async () => {
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
});

const RULE = encryptionRule({}, "a");
const create = (file = "a.yaml", text = "", rule = RULE): Promise<SecretsFile> => createSecrets({ text, file, recipients: [recipient], rule }, memoryEnvironment());
const reopen = async (secrets: SecretsFile): Promise<SecretsFile> => (await openSecrets(secrets.render(), secrets.file, [identity], memoryEnvironment()))!;
const contents = (secrets: SecretsFile): [string, string | undefined][] => secrets.names().map((name) => [name, secrets.get(name)]);

const NAME = fc.oneof(fc.constantFrom("token", "a.b", "x_unencrypted", "true", "12", "2024-01-01", "#no", "- x", "a: b", "'", '"', "{", "é"), fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 }).filter((text) => /^[^\s\p{Cc}][^\p{Cc}]*$/u.test(text) && text !== "sops"));
const VALUE = fc.oneof(fc.constantFrom("", "null", "~", "12", "ENC[AES256_GCM,data:,iv:,tag:,type:str]", "line\nline\n", "#", "a: b", "'"), fc.string({ unit: "grapheme", maxLength: 30 }));
const CHANGE = fc.oneof(fc.record({ set: NAME, value: VALUE }), fc.record({ delete: NAME }), fc.constant({ save: true as const }));

describe("a secrets file", () => {
  it.each(["a.yaml", "a.json"])("%s: reads back what was set, in its order, after any changes", async (file) => {
    await fc.assert(
      fc.asyncProperty(fc.array(CHANGE, { maxLength: 12 }), async (changes) => {
        let secrets = await create(file);
        const model = new Map<string, string>();
        for (const change of changes) {
          if ("set" in change) {
            expect(secrets.set(change.set, change.value)).toBe(model.get(change.set) !== change.value);
            model.set(change.set, change.value);
          } else if ("delete" in change) expect(secrets.delete(change.delete)).toBe(model.delete(change.delete));
          else secrets = await reopen(secrets);
        }
        expect(contents(await reopen(secrets))).toEqual([...model]);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it("refuses every change of one character in what is encrypted or authenticated", async () => {
    const secrets = await create();
    secrets.set("token", "abc");
    secrets.set("other", "def");
    const text = secrets.render();
    const spans = [...text.matchAll(/(?:data|iv|tag):[^,]+,|lastmodified: "[^"]*"/g)];
    expect(spans).toHaveLength(10);
    await fc.assert(
      fc.asyncProperty(fc.nat(spans.length - 1), fc.nat(200), fc.constantFrom(..."AZaz09+/"), async (which, place, character) => {
        const span = spans[which]!;
        const from = span[0].indexOf(span[0].startsWith("last") ? '"' : ":") + 1;
        const at = span.index + from + (place % (span[0].length - from - 1));
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        // The last digit before = holds bits that stand for nothing; then the value is the same.
        fc.pre(changed !== text && !/^=/.test(text.slice(at + 1)) && text[at] !== "=");
        await expect(openSecrets(changed, "a.yaml", [identity], memoryEnvironment())).rejects.toMatchObject({ code: "tampered" });
      }),
      { numRuns: 60 },
    );
  });

  it("keeps what is generated once", async () => {
    const secrets = await create();
    expect(secrets.ensure("token", () => "made")).toBe("made");
    expect((await reopen(secrets)).ensure("token", () => "made anew")).toBe("made");
  });

  it("takes a value where there was none, a block, or a readable one", async () => {
    const secrets = await create("a.yaml", "nothing:\nblock: |\n  a\n  b\nplain_unencrypted: x\nflow: {a: 1, b: [x]}\nlast: 1");
    secrets.set("nothing", "1");
    secrets.set("block", "2");
    secrets.set("plain_unencrypted", "no: 3");
    expect(secrets.render()).toContain('plain_unencrypted: "no: 3"\n');
    expect(() => secrets.set("flow", "x")).toThrow("a.yaml: flow is a mapping or a list");
    const again = await reopen(secrets);
    expect(["nothing", "block", "plain_unencrypted", "last"].map((name) => again.get(name))).toEqual(["1", "2", "no: 3", "1"]);
    expect(again.inTheClear()).toContain('flow: {a: 1, b: ["x"]}');
  });

  it("gives a new data key when somebody leaves, and keeps the old one when somebody comes", async () => {
    const other = await generateX25519Identity();
    const secrets = await create("a.yaml", "# about\na: 1\nl:\n  - x # why\n");
    const before = secrets.render();
    await secrets.setRecipients([recipient, await identityToRecipient(other)]);
    expect(secrets.render()).toContain(/^a: .*$/m.exec(before)![0]);
    const withBoth = secrets.render();
    expect((await openSecrets(withBoth, "a.yaml", [other], memoryEnvironment()))?.get("a")).toBe("1");
    await secrets.setRecipients([await identityToRecipient(other)]);
    expect(await openSecrets(secrets.render(), "a.yaml", [identity], memoryEnvironment())).toBeUndefined();
    for (const sealed of withBoth.match(/ENC\[.*?\]/g)!) expect(secrets.render()).not.toContain(sealed);
    expect((await openSecrets(secrets.render(), "a.yaml", [other], memoryEnvironment()))?.inTheClear()).toBe("# about\na: 1\nl:\n  - x # why\n");
    await expect(secrets.setRecipients([])).rejects.toThrow("nobody would be left to open it");
    await expect(secrets.setRecipients([identity])).rejects.toThrow("a private key was given where a public one is meant");
  });

  it("shows no value when it is printed or serialised", async () => {
    const secrets = await create();
    secrets.set("token", "hunter2");
    expect(inspect(secrets, { depth: 9, showHidden: true }) + JSON.stringify(secrets)).not.toContain("hunter2");
  });

  it("refuses names that SOPS or a line cannot hold", async () => {
    const secrets = await create();
    expect(() => secrets.set("sops", "x")).toThrow("sops is SOPS's own key");
    for (const name of ["", " a", "a\nb"]) expect(() => secrets.set(name, "x")).toThrow("is no name for a secret");
  });

  it("refuses aliases, tags and keys that are no texts, with their place", async () => {
    await expect(create("a.yaml", "a: &x 1\nb: *x\n")).rejects.toThrow("a.yaml:1:7: anchors and aliases are not kept by SOPS");
    await expect(create("a.yaml", "a: !!float 1\n")).rejects.toThrow("a.yaml:1:12: the tag");
    await expect(create("a.yaml", "1: a\n")).rejects.toThrow("a.yaml:1:1: a key that is no text");
    await expect(create("a.yaml", "a: 1\na: 2\n")).rejects.toThrow(/^a\.yaml:2:1: /);
    await expect(create("a.yaml", "a: 1\nsops: {}\n")).rejects.toThrow("it is encrypted already");
  });
});

describe("which values are encrypted", () => {
  it("follows one rule, of the file itself", async () => {
    const text = "kind: Secret\ndata:\n  a: x\n";
    const rules = { encrypted_regex: "^data$", unencrypted_regex: "^(?:kind)$", encrypted_suffix: "data", unencrypted_suffix: "kind" };
    for (const [name, value] of Object.entries(rules)) {
      const secrets = await create("a.yaml", text, encryptionRule({ [name]: value }, "a"));
      expect(secrets.render()).toMatch(/^kind: Secret\ndata:\n {2}a: ENC/);
      expect(secretsMetadata(secrets.render(), "a.yaml").rule).toMatchObject({ name, text: value });
      expect((await reopen(secrets)).inTheClear()).toBe(text);
    }
  });

  it("refuses two rules, and expressions that SOPS reads otherwise", () => {
    expect(() => encryptionRule({ encrypted_regex: "a", encrypted_suffix: "b" }, "a.yaml")).toThrow("a.yaml: encrypted_suffix and encrypted_regex are given");
    for (const expression of ["(?=a)", "(a)\\1", "[[:alpha:]", "\\Qa\\E"]) expect(() => encryptionRule({ encrypted_regex: expression }, "a.yaml")).toThrow("a.yaml: encrypted_regex: the regular expression");
    expect(encryptionRule({ encrypted_regex: "(?i)^PASS" }, "a.yaml").isEncrypted(["a", "password"])).toBe(true);
  });
});

describe("the digest of a secret", () => {
  it("shows a change, differs by name, and needs the key in the file", async () => {
    const environment = memoryEnvironment();
    const secrets = await create();
    secrets.set("a", "same");
    secrets.set("b", "same");
    expect(ensureDigestKey(secrets, environment)).toBe(true);
    expect(ensureDigestKey(secrets, environment)).toBe(false);
    const before = secretDigest(secrets, "a");
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(secretDigest(secrets, "b")).not.toBe(before);
    expect(secretDigest(await reopen(secrets), "a")).toBe(before);
    secrets.set("a", "other");
    expect(secretDigest(secrets, "a")).not.toBe(before);
    secrets.set("a", "same");
    secrets.set(DIGEST_KEY_NAME, "another key");
    expect(secretDigest(secrets, "a")).not.toBe(before);
    expect(secretDigest(secrets, "gone")).toBeUndefined();
    expect([secretInDiff("a", "1", "2"), secretInDiff("a", undefined, "2"), secretInDiff("a", "1", undefined), secretInDiff("a", "1", "1")]).toEqual(["‹secret: a, changed›", "‹secret: a, new›", "‹secret: a, removed›", "‹secret: a, unchanged›"]);
  });
});
