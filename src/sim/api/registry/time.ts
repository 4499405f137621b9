/** Times as the API writes them. */

/** `2026-01-31T12:00:00Z`: metav1.Time, whole seconds. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `2026-01-31T12:00:00.123000Z`: metav1.MicroTime. */
export function rfc3339Micro(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}
