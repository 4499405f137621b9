import { describe, expect, test } from "vitest";
import { compileProblem, evaluate, usesVariable } from "./expression.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import { toCel } from "./values.ts";

const value = (expression: string, variables: Record<string, unknown> = {}): unknown => {
  const result = evaluate(expression, Object.fromEntries(Object.entries(variables).map(([name, one]) => [name, toCel(one)])));
  return "error" in result ? `error: ${result.error}` : result.value;
};

describe("Kubernetes' functions", () => {
  test.each([
    ['quantity("1Gi").isGreaterThan(quantity("1000Mi"))', true],
    ['quantity("1").add(quantity("500m")) == quantity("1500m")', true],
    ['isQuantity("1x")', false],
    ['ip("10.0.0.1").family() == 4', true],
    ['cidr("10.0.0.0/8").containsIP("10.1.2.3")', true],
    ['isIP("300.1.1.1")', false],
    ['url("https://a.b:8080/c?d=e").getPort() == "8080"', true],
    ['sets.contains([1, 2, 3], [2, 3])', true],
    ['sets.intersects([1], [2])', false],
    ['[1, 3, 2].isSorted()', false],
    ['[1, 3, 2].max() == 3', true],
    ['"abc 123 def".find("[0-9]+") == "123"', true],
    ['"a 1 b 22".findAll("[0-9]+") == ["1", "22"]', true],
    ['!format.dns1123Label().validate("Foo").hasValue()', false],
    ['"%s has %d".format(["x", 3]) == "x has 3"', true],
    ['jsonpatch.escapeKey("a/b~c") == "a~1b~0c"', true],
  ])("%s", (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });

  test("typed objects are read as maps, text in quotes is left alone", () => {
    expect(value('Object{spec: Object.spec{replicas: x ? 1 : 2, note: "Object{a: b}"}} == {"spec": {"replicas": 1, "note": "Object{a: b}"}}', { x: true })).toBe(true);
  });

  test("a missing key is named", () => {
    expect(value("object.spec.x > 1", { object: { spec: {} } })).toBe("error: no such key: x");
  });

  test("what cannot be parsed", () => {
    expect(compileProblem("self.a == 1")).toBeUndefined();
    expect(compileProblem("self.a ==")).toMatch(/^compilation failed: ERROR: <input>:1:/);
  });

  test("which variables are read", () => {
    expect(usesVariable("self.a == oldSelf.a", "oldSelf")).toBe(true);
    expect(usesVariable("self.oldSelf == 'oldSelf'", "oldSelf")).toBe(false);
  });
});

describe("x-kubernetes-validations", () => {
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        "x-kubernetes-validations": [{ rule: "self.min <= self.max", messageExpression: "'min %d is above max %d'.format([self.min, self.max])" }],
        properties: {
          min: { type: "integer" },
          max: { type: "integer" },
          name: { type: "string", "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "is immutable" }] },
        },
      },
    },
  };
  const told = (object: unknown, old?: unknown): string[] => evaluateRules(schema, object, old).map(({ field, body }) => `${field}: ${body}`);

  test("a rule that holds says nothing", () => {
    expect(told({ spec: { min: 1, max: 2, name: "a" } })).toEqual([]);
  });

  test("a broken rule of an object does not print the object", () => {
    expect(told({ spec: { min: 3, max: 2 } })).toEqual(["spec: Invalid value: min 3 is above max 2"]);
  });

  test("a rule about a change only looks at changes", () => {
    expect(told({ spec: { min: 1, max: 2, name: "b" } }, { spec: { min: 1, max: 2, name: "a" } })).toEqual(['spec.name: Invalid value: "b": is immutable']);
    expect(told({ spec: { min: 1, max: 2, name: "b" } }, { spec: { min: 1, max: 2 } })).toEqual([]);
  });
});
