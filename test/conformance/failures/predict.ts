/** A world of failure cases on the embedded cluster, in virtual time. */
import { embeddedWorld } from "./embedded-world.ts";
import type { FailureWorld } from "./failure-case.ts";
import type { Recorded } from "./recordings.ts";
import { runWorld } from "./run-world.ts";

export async function predict(world: FailureWorld): Promise<Recorded> {
  const around = embeddedWorld(world.id);
  try {
    return await around.drive(runWorld(around, world, () => undefined));
  } finally {
    await around.close();
  }
}
