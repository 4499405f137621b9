import { expect, it } from "vitest";
import { Values, ValueMissing } from "./values.ts";

const values = (): Values => new Values((name) => ({ token: "tok$en-value", "kubernetes-encryption-key": "a2V5LWtleS1rZXk=" })[name]);

it("fills only the names that a text declares", () => {
  expect(values().fill({ text: "${SECRET:token} ${OTHER} ${SECRET:token}", values: ["SECRET:token"] })).toBe("tok$en-value ${OTHER} tok$en-value");
  expect(() => values().fill({ text: "${SECRET:absent}", values: ["SECRET:absent"] })).toThrow(ValueMissing);
});

it("puts a value between double quotes, and takes it out of what is said in its plain form too", () => {
  const some = new Values(() => 'a"b\\c de');
  expect(some.fill({ text: 'password: "${JSON:SECRET:x}"', values: ["JSON:SECRET:x"] })).toBe('password: "a\\"b\\\\c de"');
  expect(some.redact('said a"b\\c de and "a\\"b\\\\c de"')).toBe('said ‹SECRET:x› and "‹SECRET:x›"');
  expect(new Values().missing({ text: "", values: ["JSON:SECRET:x"] })).toEqual(["JSON:SECRET:x"]);
});

it("knows made secrets by the names that configuration has for them", () => {
  expect(values().get("ENCRYPTION_KEY")).toBe("a2V5LWtleS1rZXk=");
});

it("takes what went out to a machine out of what it says, in every form", () => {
  const some = values();
  some.set("BOOTSTRAP_TOKEN", "abcdef.0123456789abcdef");
  some.fill({ text: "${SECRET:token}", values: ["SECRET:token"] });
  const said = `joined with abcdef.0123456789abcdef, ${Buffer.from("tok$en-value").toString("base64")} and {"t":"tok$en-value"}`;
  const clean = some.redact(said);
  expect(clean).toBe('joined with ‹BOOTSTRAP_TOKEN›, ‹SECRET:token› and {"t":"‹SECRET:token›"}');
});
