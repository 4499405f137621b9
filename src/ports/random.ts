/** Chance from outside: the only way code below `cli/` draws anything. */
export type { Random } from "../lib/seeded-random.ts";
