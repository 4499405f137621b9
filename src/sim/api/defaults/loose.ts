/**
 * A part of an object of a built-in kind, as it came from a client. Its fields were checked against the schema before they come here, but a
 * part may be missing or of another type where a kind is lax, so readers use `?.` and `?? []`.
 */
// The shapes of all built-in kinds would be some ten thousand lines of types for code that reads each field once.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Loose = Record<string, any>;
