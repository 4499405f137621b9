import { expect, test } from "vitest";
import { seededRandom } from "../../lib/seeded-random.ts";
import { firstFit, type Free, type Preference, type Wanted } from "./first-fit.ts";

/** Looks at every room for each. */
function slowly<T extends Wanted>(wanted: readonly T[], rooms: readonly Free[], preference: Preference): T[] {
  const free = rooms.map((room) => ({ ...room }));
  const sign = preference === "emptiest" ? -1 : 1;
  return wanted.filter((one) => {
    let chosen: Free | undefined;
    for (const room of free) {
      if (room.slots === 0 || room.cpu < one.cpu || room.memory < one.memory || !one.eligible.has(room.name)) continue;
      if (chosen === undefined || sign * (room.memory - chosen.memory || room.cpu - chosen.cpu) < 0) chosen = room;
    }
    if (chosen === undefined) return true;
    chosen.cpu -= one.cpu;
    chosen.memory -= one.memory;
    chosen.slots -= 1;
    return false;
  });
}

test.each(["emptiest", "fullest"] as const)("with the %s first the same find no room as when every room is looked at", (preference) => {
  const random = seededRandom(preference);
  let without = 0;
  for (let trial = 0; trial < 500; trial++) {
    const rooms = Array.from({ length: 1 + random.below(6) }, (_, index): Free => ({ name: `m${index}`, cpu: random.below(8), memory: random.below(8), slots: random.below(5) }));
    const sets = Array.from({ length: 1 + random.below(3) }, () => new Set([...rooms.map(({ name }) => name), "elsewhere"].filter(() => random.below(3) > 0)));
    const wanted = Array.from({ length: random.below(16) }, (_, index) => ({ index, cpu: random.below(4), memory: random.below(4), eligible: sets[random.below(sets.length)]! }));
    const unplaced = firstFit(wanted, rooms, preference).map(({ index }) => index);
    expect(unplaced).toEqual(slowly(wanted, rooms, preference).map(({ index }) => index));
    without += unplaced.length;
  }
  expect(without).toBeGreaterThan(500);
});
