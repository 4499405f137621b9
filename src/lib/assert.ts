/** Assertions for what the program relies on. A failure is our own bug, never the user's: nothing below `cli/` catches it. */
export class AssertionFailed extends Error {
  override name = "AssertionFailed";
}

export function assert(condition: unknown, why: string): asserts condition {
  if (!condition) throw new AssertionFailed(why);
}

/** For the branch of a closed union that cannot be reached. */
export function unreachable(value: never, why = "unreachable"): never {
  throw new AssertionFailed(`${why}: ${JSON.stringify(value)}`);
}
