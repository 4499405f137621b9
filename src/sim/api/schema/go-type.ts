/** The Go type of a value as the decoder's errors name it: `v1.PodSpec`, `[]v1.Container`, `map[string]string`. */
import type { TypeSchema } from "../../../objects/schema/type-schema.ts";

export function goTypeOf(type: TypeSchema): string {
  switch (type.kind) {
    case "object":
      return (type.definition ?? "").split(".").slice(-2).join(".");
    case "list":
      return `[]${goTypeOf(type.items)}`;
    case "map":
      return `map[string]${goTypeOf(type.values)}`;
    case "any":
      return "runtime.RawExtension";
    case "scalar":
      switch (type.scalar) {
        case "boolean":
          return "bool";
        case "integer":
          return "int64";
        case "number":
          return "float64";
        case "int32":
        case "int64":
          return type.scalar;
        case "byte":
          return "[]uint8";
        case "quantity":
          return "resource.Quantity";
        case "int-or-string":
          return "intstr.IntOrString";
        case "date-time":
          return "v1.Time";
        case "micro-time":
          return "v1.MicroTime";
        default:
          return "string";
      }
  }
}
