/** Go's `omitempty` for status structs: zero, false, empty text and undefined leave, in the order given. */
export function omitZero<T extends object>(status: T): Partial<T> {
  const kept: Partial<T> = {};
  for (const key in status) {
    const value = status[key];
    if (value === 0 || value === undefined || value === null || value === "" || (value as unknown) === false) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    kept[key] = value;
  }
  return kept;
}
