/** Puts what wants room where there is room, one after the other: each where most is free, or least. */
import TinyQueue from "tinyqueue";

/** Cores in thousandths, bytes. */
export interface Wanted {
  readonly cpu: number;
  readonly memory: number;
  /** Names of the rooms that it may be put in. The same set for many is looked through once for all of them. */
  readonly eligible: ReadonlySet<string>;
}

export interface Free {
  readonly name: string;
  cpu: number;
  memory: number;
  /** How many more it takes, whatever they want. */
  slots: number;
}

export type Preference = "emptiest" | "fullest";

interface Place extends Free {
  /** Of equals the first is taken. */
  readonly index: number;
}

/** What found no room, in the order given. */
export function firstFit<T extends Wanted>(wanted: readonly T[], rooms: readonly Free[], preference: Preference): T[] {
  const places = rooms.map((room, index): Place => ({ ...room, index }));
  const choose = preference === "emptiest" ? emptiestFirst(places) : fullestFirst(places);
  return wanted.filter((one) => {
    const chosen = choose(one);
    if (chosen === undefined) return true;
    chosen.cpu -= one.cpu;
    chosen.memory -= one.memory;
    chosen.slots -= 1;
    return false;
  });
}

type Choose = (one: Wanted) => Place | undefined;

const hasRoom = (place: Place, { cpu, memory }: Wanted): boolean => place.slots > 0 && place.cpu >= cpu && place.memory >= memory;

function fullestFirst(places: readonly Place[]): Choose {
  return (one) => {
    let chosen: Place | undefined;
    for (const place of places) {
      if (!hasRoom(place, one) || !one.eligible.has(place.name)) continue;
      if (chosen === undefined || (place.memory - chosen.memory || place.cpu - chosen.cpu) < 0) chosen = place;
    }
    return chosen;
  };
}

/** A place as it was when it was put into a queue. */
interface Seen {
  place: Place;
  cpu: number;
  memory: number;
}

const seen = (place: Place): Seen => ({ place, cpu: place.cpu, memory: place.memory });
const mostFree = (a: Seen, b: Seen): number => b.memory - a.memory || b.cpu - a.cpu || a.place.index - b.place.index;

/** For each set of places a queue by what was free when a place was put in. Room only shrinks, so the first that is still as it was has the most. */
function emptiestFirst(places: readonly Place[]): Choose {
  const byName = new Map(places.map((place) => [place.name, place]));
  const queues = new Map<ReadonlySet<string>, TinyQueue<Seen>>();
  const queueOf = ({ eligible }: Wanted): TinyQueue<Seen> => {
    let queue = queues.get(eligible);
    if (queue === undefined) queues.set(eligible, (queue = new TinyQueue([...eligible].flatMap((name) => byName.get(name) ?? []).map(seen), mostFree)));
    return queue;
  };
  return (one) => {
    const queue = queueOf(one);
    /** Those with the memory, but without the cores; and the last one looked at. */
    const looked: Place[] = [];
    let chosen: Place | undefined;
    for (let first = queue.pop(); first !== undefined; first = queue.pop()) {
      const { place } = first;
      if (place.slots === 0) continue;
      if (first.memory !== place.memory || first.cpu !== place.cpu) {
        queue.push(seen(place));
        continue;
      }
      looked.push(place);
      if (hasRoom(place, one)) chosen = place;
      if (chosen !== undefined || place.memory < one.memory) break;
    }
    for (const place of looked) queue.push(seen(place));
    return chosen;
  };
}
