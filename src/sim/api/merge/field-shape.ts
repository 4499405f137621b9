/** A type as the comparison of two objects walks it: what each field, key or item is called in a field set, and what lies below it, looked up once per type. */
import type { JsonValue } from "../../../objects/kube-object.ts";
import type { ListType, TypeSchema } from "../../../objects/schema/type-schema.ts";
import { fieldElement } from "./field-set.ts";
import { asMap, fieldType, itemElement, itemType } from "./typed-value.ts";

export interface Step {
  element: string;
  /** Undefined for a field that the schema does not declare. */
  shape: FieldShape | undefined;
}

/** Keys of maps and items of lists remembered for each type: labels are few, addresses are not. */
const NAME_COUNT_MAX = 1_000;

export class FieldShape {
  readonly type: TypeSchema;
  readonly isScalar: boolean;
  readonly #steps = new Map<string, Step>();
  readonly #elements = new Map<string, string>();
  #items: FieldShape | undefined;

  constructor(type: TypeSchema) {
    this.type = type;
    this.isScalar = type.kind === "scalar";
  }

  step(key: string): Step {
    let step = this.#steps.get(key);
    if (step === undefined) {
      const type = fieldType(this.type, key);
      step = { element: fieldElement(key), shape: type === undefined ? undefined : fieldShape(type) };
      if (this.#steps.size >= NAME_COUNT_MAX) this.#steps.clear();
      this.#steps.set(key, step);
    }
    return step;
  }

  /** Of the items of a list. */
  get items(): FieldShape {
    return (this.#items ??= fieldShape(itemType(this.type)));
  }

  /** As `itemElement`, for a list that is not atomic. */
  elementOf(item: JsonValue): string {
    const type = this.type as ListType;
    const name = type.list === "set" ? item : type.keys.length === 1 ? asMap(item)?.[type.keys[0]!] : undefined;
    if (typeof name !== "string") return itemElement(type, item);
    let element = this.#elements.get(name);
    if (element === undefined) {
      element = itemElement(type, item);
      if (this.#elements.size >= NAME_COUNT_MAX) this.#elements.clear();
      this.#elements.set(name, element);
    }
    return element;
  }
}

const shapes = new WeakMap<TypeSchema, FieldShape>();

export function fieldShape(type: TypeSchema): FieldShape {
  let shape = shapes.get(type);
  if (shape === undefined) shapes.set(type, (shape = new FieldShape(type)));
  return shape;
}
