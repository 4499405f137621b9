/** Prints a JSON value as go-spew prints the Go value it decodes to (`k8s.io/utils/dump.ForHash`, spew's `%#v` with sorted keys and no addresses). */
import { goQuantity, type GoQuantity } from "../../lib/go-quantity.ts";
import type { GoShape } from "./go-layout.ts";

const NIL = "<nil>";
const WORD = (1n << 64n) - 1n;
/** The zero `time.Time`; the times of templates are never set. */
const NO_TIME = "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}";

/** The value with its type before it. Empty slices and maps are nil, as they are after the wire. */
export function goDump(shape: GoShape, value: unknown): string {
  return `(${shape.go})${dumpValue(shape, value)}`;
}

function dumpValue(shape: GoShape, value: unknown): string {
  switch (shape.kind) {
    case "string":
      return typeof value === "string" ? value : "";
    case "bool":
      return value === true ? "true" : "false";
    case "int":
      return String(value ?? 0);
    case "pointer":
      return value === undefined || value === null ? NIL : dumpValue(shape.of, value);
    case "slice":
      return Array.isArray(value) && value.length > 0 ? `[${value.map((item) => dumpValue(shape.of, item)).join(" ")}]` : NIL;
    case "map":
      return dumpMap(shape.of, value);
    case "struct":
      return dumpStruct(shape, value);
    case "quantity":
      return dumpQuantity(goQuantity(String(value ?? "0").trim()));
    case "time":
      return NO_TIME;
    case "intOrString":
      return typeof value === "string" ? `{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)${value}}` : `{Type:(intstr.Type)0 IntVal:(int32)${Number(value ?? 0)} StrVal:(string)}`;
  }
}

function dumpMap(of: GoShape, value: unknown): string {
  if (typeof value !== "object" || value === null) return NIL;
  const entries = value as Record<string, unknown>;
  const keys = Object.keys(entries).filter((key) => entries[key] !== undefined);
  if (keys.length === 0) return NIL;
  return `map[${keys.sort().map((key) => `${key}:${dumpValue(of, entries[key])}`).join(" ")}]`;
}

function dumpStruct(shape: GoShape & { kind: "struct" }, value: unknown): string {
  const object = (value ?? {}) as Record<string, unknown>;
  const parts = shape.fields.map(({ name, key, written, shape: of }) => `${name}:${goDump(of, written === "inline" ? object : written === "never" ? undefined : object[key])}`);
  return `{${parts.join(" ")}}`;
}

function dumpQuantity({ value, scale, dec, text, format }: GoQuantity): string {
  const amount = `i:(resource.int64Amount){value:(int64)${value} scale:(resource.Scale)${scale}}`;
  return `{${amount} d:(resource.infDecAmount){Dec:(*inf.Dec)${dec === undefined ? NIL : dumpDecimal(dec)}} s:(string)${text} Format:(resource.Format)${format}}`;
}

function dumpDecimal({ unscaled, scale }: NonNullable<GoQuantity["dec"]>): string {
  const words: bigint[] = [];
  for (let rest = unscaled < 0n ? -unscaled : unscaled; rest > 0n; rest >>= 64n) words.push(rest & WORD);
  return `{unscaled:(big.Int){neg:(bool)${unscaled < 0n} abs:(big.nat)[${words.join(" ")}]} scale:(inf.Scale)${scale}}`;
}
