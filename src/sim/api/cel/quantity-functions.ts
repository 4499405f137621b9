/** Kubernetes' CEL library of quantities. */
import type { Environment } from "@marcbachmann/cel-js";
import { formatQuantity, parseQuantity, type Quantity } from "../../../lib/quantity.ts";

const UNIT = 1_000_000_000n;

/** A quantity inside an expression. */
export class CelQuantity {
  readonly value: Quantity;
  constructor(value: Quantity) {
    this.value = value;
  }
  toString(): string {
    return formatQuantity(this.value);
  }
}

function read(text: string): CelQuantity {
  const value = parseQuantity(text);
  if (!value) throw new Error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  return new CelQuantity(value);
}

const sum = (a: CelQuantity, nano: bigint): CelQuantity => new CelQuantity({ nano: a.value.nano + nano, format: a.value.format });

export function registerQuantities(environment: Environment): void {
  environment.registerType("kubernetes.Quantity", CelQuantity);
  const type = "kubernetes.Quantity";
  const order = (a: CelQuantity, b: CelQuantity): bigint => (a.value.nano < b.value.nano ? -1n : a.value.nano > b.value.nano ? 1n : 0n);
  environment
    .registerFunction(`quantity(string): ${type}`, read)
    .registerFunction("isQuantity(string): bool", (text: string) => parseQuantity(text) !== undefined)
    .registerFunction(`${type}.sign(): int`, (a: CelQuantity) => (a.value.nano > 0n ? 1n : a.value.nano < 0n ? -1n : 0n))
    .registerFunction(`${type}.isInteger(): bool`, (a: CelQuantity) => a.value.nano % UNIT === 0n)
    .registerFunction(`${type}.asInteger(): int`, (a: CelQuantity) => {
      if (a.value.nano % UNIT !== 0n) throw new Error("cannot convert value to integer");
      return a.value.nano / UNIT;
    })
    .registerFunction(`${type}.asApproximateFloat(): double`, (a: CelQuantity) => Number(a.value.nano) / 1e9)
    .registerFunction(`${type}.isLessThan(${type}): bool`, (a: CelQuantity, b: CelQuantity) => order(a, b) < 0n)
    .registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: CelQuantity, b: CelQuantity) => order(a, b) > 0n)
    .registerFunction(`${type}.compareTo(${type}): int`, order)
    .registerFunction(`${type}.add(${type}): ${type}`, (a: CelQuantity, b: CelQuantity) => sum(a, b.value.nano))
    .registerFunction(`${type}.add(int): ${type}`, (a: CelQuantity, b: bigint) => sum(a, b * UNIT))
    .registerFunction(`${type}.sub(${type}): ${type}`, (a: CelQuantity, b: CelQuantity) => sum(a, -b.value.nano))
    .registerFunction(`${type}.sub(int): ${type}`, (a: CelQuantity, b: bigint) => sum(a, -b * UNIT))
    .registerOperator(`${type} == ${type}`, (a: CelQuantity, b: CelQuantity) => order(a, b) === 0n);
}
