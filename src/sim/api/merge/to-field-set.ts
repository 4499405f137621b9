/** The fields that a configuration names: what an applier owns. Scalars, atomic values, empty maps, list elements and keys of maps; not the structs between them. */
import type { JsonValue } from "../../../objects/kube-object.ts";
import type { ListType, TypeSchema } from "../../../objects/schema/type-schema.ts";
import { itemsByElement } from "./compare-typed.ts";
import { fieldElement, FieldSetBuilder, type FieldSet } from "./field-set.ts";
import { asList, asMap, fieldType, hasEntries, isAtomic, isNamedField, shapeOf } from "./typed-value.ts";

export function toFieldSet(schema: TypeSchema, value: JsonValue): FieldSet {
  const builder = new FieldSetBuilder();
  const path: string[] = [];
  const own = (): void => builder.insert(path, path.length);

  const visit = (type: TypeSchema, here: JsonValue): void => {
    const shape = shapeOf(type, here);
    if (isAtomic(type, shape)) return own();
    if (shape === "map") {
      const map = asMap(here);
      for (const key in map) {
        const child = map[key]!;
        const childType = fieldType(type, key);
        if (childType === undefined) continue;
        path.push(fieldElement(key));
        visit(childType, child);
        const emptyMap = asMap(child) !== undefined && !hasEntries(asMap(child));
        if (child === null || emptyMap || !isNamedField(type, key)) own();
        path.pop();
      }
      return;
    }
    for (const [element, items] of itemsByElement(type as ListType, asList(here) ?? [])) {
      path.push(element);
      if (items.length === 1) visit((type as ListType).items, items[0]!);
      own();
      path.pop();
    }
  };
  visit(schema, value);
  return builder.set();
}
