// placeholder until the room's owner writes it
import type { ObjectMeta } from "../../../objects/kube-object.ts";
import type { FieldError } from "../status.ts";
export function validateObjectMeta(_metadata: ObjectMeta, _namespaced: boolean): FieldError[] { return []; }
export function validateObjectMetaUpdate(_next: ObjectMeta, _old: ObjectMeta): FieldError[] { return []; }
