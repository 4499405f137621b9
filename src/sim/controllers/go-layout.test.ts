import { describe, expect, it } from "vitest";
import { goDump } from "./go-layout-dump.ts";
import { goJsonText, goJsonTree } from "./go-layout-json.ts";
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
