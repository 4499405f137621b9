import { describe, expect, it } from "vitest";
import { hasFields, splitField } from "../../../objects/schema/parse-definition.ts";
import { definitions } from "../../../objects/schema/table.generated.ts";
import { ApiError } from "../status.ts";
import { decodeProtobuf } from "./protobuf.ts";
import { MESSAGES } from "./protobuf.generated.ts";

/** A field of bytes: strings and messages. */
const bytes = (number: number, content: string | Buffer): Buffer => {
  const body = Buffer.from(content);
  return Buffer.concat([Buffer.from([(number << 3) | 2, body.length]), body]);
};
const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields);
const envelope = (apiVersion: string, kind: string, body: Buffer): Buffer => message(Buffer.from("k8s\0"), bytes(1, message(bytes(1, apiVersion), bytes(2, kind))), bytes(2, body));

describe("protobuf bodies", () => {
  it("are read with every field, also those that Go declares without saying that they are optional", () => {
    const conversion = bytes(9, bytes(1, "None"));
    const definition = message(bytes(1, bytes(1, "lamps.home.example")), bytes(2, message(bytes(1, "home.example"), conversion)));
    expect(decodeProtobuf(envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", definition))).toMatchObject({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "lamps.home.example" },
      spec: { group: "home.example", conversion: { strategy: "None" } },
    });
  });

  it("are refused when they are not what they say", () => {
    expect(() => decodeProtobuf(Buffer.from("{}"))).toThrow(ApiError);
    expect(() => decodeProtobuf(envelope("v1", "Nothing", Buffer.alloc(0)))).toThrow('no kind "Nothing" is registered for version "v1"');
    expect(() => decodeProtobuf(message(Buffer.from("k8s\0"), Buffer.from([0x0a, 0x7f])))).toThrow("unexpected EOF");
  });
});

describe("the table of messages", () => {
  const shortNameOf = (name: string): string => {
    const short = name.replace("/", ".");
    return [short, `api.${short}`, `crd.${short}`, `aggregator.${short}`].find((each) => definitions[each] !== undefined) ?? "";
  };
  /** The JSON names of a message, those of the messages that it embeds included. */
  const fieldsOf = (name: string): string[] =>
    MESSAGES[name]!.split(",").flatMap((entry) => {
      const [, json, type, flag] = entry.split(" ");
      return flag === "inline" ? fieldsOf(type!) : json === undefined ? [] : [json];
    });

  it("has every field that the schema has", () => {
    const missing = Object.keys(MESSAGES).flatMap((name) => {
      const line = definitions[shortNameOf(name)];
      if (line === undefined || !hasFields(line)) return [];
      const known = new Set(["apiVersion", "kind", ...fieldsOf(name)]);
      return line.replace(/^atomic; /, "").split("; ").map((text) => splitField(text).name).filter((field) => !known.has(field)).map((field) => `${name}.${field}`);
    });
    expect(missing).toEqual([]);
  });
});
