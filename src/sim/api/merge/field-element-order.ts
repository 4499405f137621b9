/** The order that upstream keeps the elements of a field set in. */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";

/** Fields first, then keyed elements, then values; keys and values by value, so that port 80 comes before 443. */
export function compareElements(left: string, right: string): number {
  if (left[0] !== right[0] || left[0] === "f" || left === ".") return left < right ? -1 : left > right ? 1 : 0;
  const [a, b] = [JSON.parse(left.slice(2)) as JsonValue, JSON.parse(right.slice(2)) as JsonValue];
  return compareValues(a, b);
}

function compareValues(left: JsonValue, right: JsonValue): number {
  if (isPlainObject(left) && isPlainObject(right)) {
    const [names, others] = [Object.keys(left), Object.keys(right)];
    for (let index = 0; index < Math.min(names.length, others.length); index++) {
      const [name, other] = [names[index]!, others[index]!];
      if (name !== other) return name < other ? -1 : 1;
      const order = compareValues(left[name]!, right[other]!);
      if (order !== 0) return order;
    }
    return names.length - others.length;
  }
  if (typeof left !== typeof right) return typeof left === "number" ? -1 : 1;
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}

function isPlainObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
