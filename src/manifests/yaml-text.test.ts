import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { yamlDocument } from "./yaml-text.ts";

const AMBIGUOUS = ["yes", "no", "On", "OFF", "y", "N", "true", "Null", "~", "", "012", "0x1f", "0o17", "12:30", "1:20:30", "1.20", "1e3", ".5", "+1", "-1", "1_000", "2026-01-01", "=", "<<", "0b1", ".inf", "-.Inf", ".NaN", "*", "&a", "!x", "%d", "@x", "`x`", "a: b", "a #b", "#a", "- a", "? a", "|", ">", "{}", "[]", " a", "a ", "a:", "null", "1.4.2", "a\tb", "a\u0085b", "a\u2028b", "\u{1F600}", "a  b"];

describe("yamlDocument", () => {
  it("quotes what some reader takes for something else", () => {
    for (const text of AMBIGUOUS) {
      for (const version of ["1.1", "1.2"] as const) {
        expect(parse(yamlDocument({ a: text, [text]: [text, { b: text }] }), { version, schema: version === "1.1" ? "yaml-1.1" : "core" }), `${JSON.stringify(text)} as ${version}`).toEqual({ a: text, [text]: [text, { b: text }] });
      }
    }
  });

  it("writes words, images, addresses and amounts bare", () => {
    expect(yamlDocument({ a: "gazette", b: "ghcr.io/example/gazette:1.4.2", c: "50m", d: "64Mi", e: "/api", f: "a b c", g: 8080, h: true, i: [], j: {}, k: [["x"], [{ z: 1 }]], "app.kubernetes.io/name": "x" }))
      .toBe("a: gazette\nb: ghcr.io/example/gazette:1.4.2\nc: 50m\nd: 64Mi\ne: /api\nf: a b c\ng: 8080\nh: true\ni: []\nj: {}\nk:\n-\n  - x\n-\n  - z: 1\napp.kubernetes.io/name: x\n");
  });

  it("writes text of several lines as a block", () => {
    expect(yamlDocument({ a: { b: "server {\n  listen 80;\n\n}\n", c: "x\ny", d: ["p\nq\n\n"] } })).toBe("a:\n  b: |\n    server {\n      listen 80;\n\n    }\n  c: |-\n    x\n    y\n  d:\n  - |+\n    p\n    q\n\n");
  });

  it("is read back as it was written, by both versions", () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.string({ unit: "binary", maxLength: 12 }), fc.constantFrom(...AMBIGUOUS, "a\nb", "a\n\nb\n", "\na", "a\n b\n", "a \nb"), fc.integer(), fc.boolean(), fc.constant(null), tie("list"), tie("map")),
      list: fc.array(tie("value"), { maxLength: 4 }),
      map: fc.dictionary(fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom(...AMBIGUOUS)).filter((key) => key !== "__proto__"), tie("value"), { maxKeys: 4 }),
    }));
    fc.assert(fc.property(json.map, (value) => {
      const text = yamlDocument(value);
      expect(parse(text, { version: "1.2" })).toEqual(value);
      // The general reader merges `<<` even when it is quoted, which no other reader does.
      if (!text.includes("\"<<\"")) expect(parse(text, { version: "1.1" })).toEqual(value);
    }), { numRuns: 500, seed: 1 });
  });
});
