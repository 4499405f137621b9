// placeholder until the room's owner writes it
import type { FieldError } from "../status.ts";
export function validateCustomResource(_schema: object, _object: object): FieldError[] { return []; }
