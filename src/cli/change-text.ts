/** What an edit of the file changes in the running cluster, a line per machine and object. */
import type { ChangedObject, FieldChange, ObjectName } from "../rehearse/object-difference.ts";
import type { RehearsalChange } from "../rehearse/rehearsal.ts";

/** Fields shown of one object; the rest is counted. */
const FIELDS_COUNT_MAX = 4;
const VALUE_LENGTH_MAX = 60;

/** Empty when the edit changes nothing here (a comment, a promise). */
export function changeText({ objects, machinesAdded, machinesRemoved, refused }: RehearsalChange): string {
  const lines = [
    ...machinesAdded.map(({ name }) => `+ machine ${name}`),
    ...machinesRemoved.map((name) => `- machine ${name}`),
    ...objects.added.map((object) => `+ ${nameText(object)}`),
    ...objects.changed.map((changed) => `~ ${nameText(changed.object)}: ${fieldsText(changed)}`),
    ...objects.removed.map((object) => `- ${nameText(object)}`),
    ...refused.map((why) => `! not taken over: ${why}; start the rehearsal again to see it`),
  ];
  return lines.map((line) => `  ${line}\n`).join("");
}

function nameText({ kind, metadata: { namespace, name } }: ObjectName): string {
  return `${kind.toLowerCase()} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

function fieldsText({ object, fields }: ChangedObject): string {
  const isSecret = object.kind === "Secret";
  const shown = fields.slice(0, FIELDS_COUNT_MAX).map((field) => (isSecret ? field.path : fieldText(field)));
  return [...shown, ...(fields.length > FIELDS_COUNT_MAX ? [`${fields.length - FIELDS_COUNT_MAX} more`] : [])].join(", ");
}

function fieldText({ path, before, after }: FieldChange): string {
  if (before === undefined) return `${path} is new${valueText(" (", after, ")")}`;
  if (after === undefined) return `${path} is gone`;
  const [old, next] = [valueText("", before, ""), valueText("", after, "")];
  return old === "" || next === "" ? path : `${path} ${old} → ${next}`;
}

/** Short plain values only. */
function valueText(open: string, value: unknown, close: string): string {
  if (typeof value === "object") return "";
  const text = String(value);
  return text.length > VALUE_LENGTH_MAX || text.includes("\n") ? "" : `${open}${text}${close}`;
}
