import type { Struck } from "./fault-effect.ts";

/** What a person writes: tried again as soon as the API takes it, as a person does. Several that wait are written in their order. */
export function writeWhenPossible(struck: Struck, write: () => void): void {
  const { controlPlane, loop } = struck.cluster;
  if (controlPlane?.refusal("write") === undefined) return write();
  const stop = controlPlane.onTurn(() => {
    if (controlPlane.refusal("write") !== undefined) return;
    stop();
    // Not while the API is still telling who has waited for it; it may be away again by then.
    loop.after(0, () => writeWhenPossible(struck, write));
  });
}
