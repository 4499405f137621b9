/** Looking up by a name that a user chose: a machine may be called `constructor`, which every plain object seems to have. */

/** The record's own entry of this name, never one of its prototype. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
