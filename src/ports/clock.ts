/** Time from outside: the only way code below `cli/` learns what time it is. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `fn` once after `delayMs` of this clock's time; the returned function cancels it. */
  after(delayMs: number, fn: () => void): () => void;
}
