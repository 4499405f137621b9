/** Plain JSON trees: copying, comparing, and writing them in a stable way. */

/** A deep copy of a JSON tree. Several times faster than `structuredClone`, because there is nothing but JSON in it. */
export function cloneJson<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const copy = new Array(value.length);
    for (let i = 0; i < value.length; i++) copy[i] = cloneJson(value[i]);
    return copy as T;
  }
  const copy: Record<string, unknown> = {};
  for (const key in value as object) {
    const child = (value as Record<string, unknown>)[key];
    if (child === undefined) continue;
    const inner = typeof child === "object" && child !== null ? cloneJson(child) : child;
    // Assigning to this one name would set the prototype instead of a field.
    if (key === "__proto__") Object.defineProperty(copy, key, { value: inner, enumerable: true, writable: true, configurable: true });
    else copy[key] = inner;
  }
  return copy as T;
}

/** As `cloneJson`, but what is `known`'s own, at the same place of it, stays shared with it. */
export function cloneJsonApart<T>(value: T, known: unknown): T {
  if (value === known || typeof value !== "object" || value === null) return value;
  if (typeof known !== "object" || known === null || Array.isArray(value) !== Array.isArray(known)) return cloneJson(value);
  if (Array.isArray(value)) {
    const copy = new Array(value.length);
    for (let i = 0; i < value.length; i++) copy[i] = cloneJsonApart(value[i], (known as unknown[])[i]);
    return copy as T;
  }
  const copy: Record<string, unknown> = {};
  for (const key in value as object) {
    const child = (value as Record<string, unknown>)[key];
    if (child === undefined) continue;
    const inner = typeof child === "object" && child !== null ? cloneJsonApart(child, Object.hasOwn(known, key) ? (known as Record<string, unknown>)[key] : undefined) : child;
    if (key === "__proto__") Object.defineProperty(copy, key, { value: inner, enumerable: true, writable: true, configurable: true });
    else copy[key] = inner;
  }
  return copy as T;
}

/** Equal as JSON: the order of keys does not matter, and a key whose value is undefined is absent. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!equalJson(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  let count = 0;
  for (const key in left) {
    if (left[key] === undefined) continue;
    count++;
    if (!equalJson(left[key], right[key])) return false;
  }
  for (const key in right) if (right[key] !== undefined) count--;
  return count === 0;
}

/** JSON text with the keys of every object in order, so that equal trees give equal text. */
export function stableJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map((item) => stableJson(item === undefined ? null : item)).join(",")}]`;
  const object = value as Record<string, unknown>;
  const parts = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${stableJson(object[key])}`);
  return `{${parts.join(",")}}`;
}
