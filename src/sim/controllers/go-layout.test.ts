import { describe, expect, it } from "vitest";
import { goDump } from "./go-layout-dump.ts";
import { goJsonText, goJsonTree } from "./go-layout-json.ts";
import { goQuantity } from "./go-layout-quantity.ts";
import { goShape } from "./go-layout.ts";

describe("a Go value printed by go-spew", () => {
  it.each<[string, unknown, string]>([
    ["core/v1.Protocol", "TCP", "(v1.Protocol)TCP"],
    ["*int64", undefined, "(*int64)<nil>"],
    ["*int64", 0, "(*int64)0"],
    ["[]core/v1.LocalObjectReference", [{ name: "a" }, {}], "([]v1.LocalObjectReference)[{Name:(string)a} {Name:(string)}]"],
    ["{string}string", { b: "2", a: "1" }, "(map[string]string)map[a:1 b:2]"],
    ["core/v1.TCPSocketAction", { port: "http" }, "(v1.TCPSocketAction){Port:(intstr.IntOrString){Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)http} Host:(string)}"],
    [
      "core/v1.ConfigMapEnvSource",
      { name: "c", optional: true },
      "(v1.ConfigMapEnvSource){LocalObjectReference:(v1.LocalObjectReference){Name:(string)c} Optional:(*bool)true}",
    ],
    [
      "resource.Quantity",
      "2Pi",
      "(resource.Quantity){i:(resource.int64Amount){value:(int64)0 scale:(resource.Scale)0} d:(resource.infDecAmount){Dec:(*inf.Dec){unscaled:(big.Int){neg:(bool)false abs:(big.nat)[5764607523034234880 122070]} scale:(inf.Scale)9}} s:(string) Format:(resource.Format)BinarySI}",
    ],
  ])("%s of %j", (type, value, printed) => expect(goDump(goShape(type), value)).toBe(printed));
});

describe("a Go value as JSON", () => {
  it("keeps what is never empty, drops what is, and escapes for HTML", () => {
    const tree = goJsonTree(goShape("core/v1.Container"), { name: "a", image: "", args: ["<&>"], ports: [], stdin: false, env: [{ name: "E", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }] });
    expect(goJsonText(tree)).toBe(String.raw`{"args":["\u003c\u0026\u003e"],"env":[{"name":"E","valueFrom":{"resourceFieldRef":{"divisor":"0","resource":"limits.cpu"}}}],"name":"a","resources":{}}`);
  });
});

describe("what a quantity holds after parsing", () => {
  it.each([
    ["500m", 500n, -3, "500m", "DecimalSI"],
    ["128Mi", 134217728n, 0, "", "BinarySI"],
    ["5Gi", 5368709120n, 0, "5Gi", "BinarySI"],
    ["1000m", 1000n, -3, "", "DecimalSI"],
    ["12E6", 12n, 6, "12E6", "DecimalExponent"],
    ["+2", 2n, 0, "+2", "DecimalSI"],
    ["-3k", -3n, 3, "-3k", "DecimalSI"],
    ["1.500", 1500n, -3, "1.500", "DecimalSI"],
    ["0", 0n, 0, "0", "DecimalSI"],
  ])("%s", (text, value, scale, kept, format) => expect(goQuantity(text)).toEqual({ value, scale, text: kept, format }));

  it.each([
    ["9223372036854775807", 9_223_372_036_854_775_807_000_000_000n, 9, "DecimalSI"],
    ["8Ei", 9_223_372_036_854_775_807n, 0, "BinarySI"],
    ["0.5Ki", 512_000_000_000n, 9, "BinarySI"],
    ["-1.5Gi", -1_610_612_736_000_000_000n, 9, "BinarySI"],
    ["0.0000000001", 1n, 9, "DecimalSI"],
  ])("%s, which needs a decimal", (text, unscaled, scale, format) => expect(goQuantity(text)).toEqual({ value: 0n, scale: 0, dec: { unscaled, scale }, text: "", format }));
});
