import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { parseYaml, VALUES_MAX } from "./parse-yaml.ts";
import { pathKey } from "./path-key.ts";

// Bounds a hang; on a busy machine these take seconds.
vi.setConfig({ testTimeout: 60_000 });

const problems = (text: string, env = {}) => parseYaml(text, env).problems.map(({ id, position }) => `${position.line}:${position.column} ${id}`);

describe("positions", () => {
  const { value, positions, texts } = parseYaml("a:\n  b: [x, {c: 1.10}]\n80: pi\nshared: &s { p: 1 }\nuses:\n  <<: *s\n  q: 2\nalias: *s\n", {});
  const at = (...path: (string | number)[]) => positions.get(pathKey(path));

  test("of keys and values", () => {
    expect(at("a", "b")).toEqual({ key: { line: 2, column: 3 }, value: { line: 2, column: 6 } });
    expect(at("a", "b", 1, "c")).toEqual({ key: { line: 2, column: 11 }, value: { line: 2, column: 14 } });
  });
  test("numeric keys are text", () => expect(value).toMatchObject({ 80: "pi" }));
  test("what was merged is where it is written", () => expect(at("uses", "p")?.key).toEqual({ line: 4, column: 14 }));
  test("merged fields stand beside the map's own", () => expect(value).toMatchObject({ uses: { p: 1, q: 2 }, alias: { p: 1 } }));
  test("numbers keep their text", () => expect(texts.get(pathKey(["a", "b", 1, "c"]))).toBe("1.10"));
});

test("a merge never wins over the map's own fields, and the first source wins", () => {
  expect(parseYaml("a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {x: 0, <<: [*a, *b]}", {}).value).toMatchObject({ c: { x: 0, y: 1, z: 2 } });
});

test.each([
  ["a: 1\na: 2\n", ["2:1 duplicate-key"]],
  ["a:\n\t- b\n", ["2:1 yaml-syntax"]],
  ["a: {b: ${X}}", ["1:9 yaml-syntax"]],
  ["a: b: c", ["1:4 yaml-syntax"]],
  ["a: 'x", ["1:6 yaml-syntax"]],
  ["a:\n  b: 1\n c: 2\n", ["3:1 yaml-syntax"]],
  ["a: 1\n---\nb: 2\n", ["2:1 several-documents"]],
  ["a: !vault x\n", ["1:4 unknown-tag"]],
  ["a: *b\n", ["1:4 unknown-alias"]],
  ["a: &a [*a]\n", ["1:8 alias-loop"]],
  ["a: &a { <<: *a }\n", ["1:13 alias-loop"]],
  ["a: { <<: 1 }\n", ["1:10 bad-merge"]],
  ["? {x: 1}\n: 2\n", ["1:3 bad-key"]],
  ["__proto__: {x: 1}\n", ["1:1 bad-key"]],
  ["a: .nan\n", ["1:4 wrong-value"]],
  ["", ["1:1 empty-file"]],
  ["# only words\n", ["1:1 empty-file"]],
  ["a: x\0y", ["1:1 not-text"]],
  ["a: ${NOT}\nb:\n  - x ${1}\n", ["1:4 undefined-variable", "3:7 malformed-variable"]],
])("%j", (text, expected) => expect(problems(text)).toEqual(expected));

test("a byte order mark is no part of the text", () => {
  expect(parseYaml("\uFEFFa: 1", {})).toMatchObject({ value: { a: 1 }, problems: [] });
});

test("the last of two equal keys counts, with its own positions", () => {
  const { value, positions } = parseYaml("a: { x: 1 }\na: { y: 2 }\n", {});
  expect(value).toEqual({ a: { y: 2 } });
  expect(positions.has(pathKey(["a", "x"]))).toBe(false);
});

test("aliases cannot grow without bound", () => {
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]", ..."bcdefghi".split("").map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[index]}`).join(",")}]`)].join("\n");
  expect(problems(bomb).map((one) => one.split(" ")[1])).toEqual(["too-many-values"]);
  expect(VALUES_MAX).toBeLessThan(1e6);
});

test("deep nesting is refused, not a crash", () => {
  expect(problems("[".repeat(500) + "]".repeat(500)).map((one) => one.split(" ")[1])).toEqual(["too-many-values"]);
});

describe("variables", () => {
  const read = (text: string) => parseYaml(text, { N: "3", V: "1.10", S: "secret", B: "true" });
  test("an unquoted one is read as if it had been written", () => expect(read("a: ${N}\nb: '${N}'\nc: ${B}\nd: x${N}\n").value).toEqual({ a: 3, b: "3", c: true, d: "x3" }));
  test("its text is kept", () => expect(read("a: ${V}").texts.get(pathKey(["a"]))).toBe("1.10"));
  test("what came from the environment is known, to be kept from reports", () => {
    const { substituted } = read("a: ${S}\nb: ${NOT:-x}\n");
    expect([...substituted]).toEqual([[pathKey(["a"]), "${S}"]]);
  });
});

test("any text gives a value or a problem, and never throws", () => {
  const piece = fc.constantFrom("a", ":", " ", "\n", "- ", "{", "}", "[", "]", "&x ", "*x", "<<", "'", '"', "|", ">", "\t", "!", "#", ",", "?", "${A}", "$$", "%", "@", "~", "---", "...", "0x", "\r\n", "é", "\u2028");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const { value, problems: found } = parseYaml(pieces.join(""), { A: "1" });
      if (value === undefined) expect(found.length).toBeGreaterThan(0);
      for (const problem of found) {
        expect(problem.position.line).toBeGreaterThan(0);
        expect(problem.position.column).toBeGreaterThan(0);
      }
    }),
    { numRuns: 1500 },
  );
});
