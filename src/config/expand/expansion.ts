/** What is noted while a file is expanded: each default with its reason, and where in the file each expanded path came from. */
import { parseDuration } from "../../lib/duration.ts";
import { assert } from "../../lib/assert.ts";
import { quantityNumber } from "../../lib/quantity.ts";
import type { Path } from "../finding.ts";
import type { DefaultReason, Duration, Labels, Quantity } from "../homelab.ts";
import { pathKey } from "../path-key.ts";

type MutablePath = readonly (string | number)[];

export class Expansion {
  readonly defaults: DefaultReason[] = [];
  /** From an expanded path to the path in the file, where they differ: `apps.a.services.a` comes from `apps.a`. */
  readonly origins = new Map<string, Path>();
  private readonly texts: ReadonlyMap<string, string>;

  /** `texts`: numbers and booleans as they were written, by path in the file. */
  constructor(texts: ReadonlyMap<string, string>) {
    this.texts = texts;
  }

  /** What was written, or else the default, noted with its reason. Undefined defaults are not noted: nothing was decided. */
  or<T>(path: MutablePath, written: T | undefined, fallback: T, why: string): T {
    if (written !== undefined) return written;
    this.note(path, fallback, why);
    return fallback;
  }

  note(path: MutablePath, value: unknown, why: string): void {
    if (value !== undefined) this.defaults.push({ path: [...path], value, why });
  }

  comesFrom(path: MutablePath, from: MutablePath): void {
    this.origins.set(pathKey(path), [...from]);
  }

  /** Where in the file an expanded path comes from: the longest known beginning, and the rest as it is. */
  sourcePath(path: MutablePath, lengthMax = path.length): Path {
    for (let length = lengthMax; length > 0 && this.origins.size > 0; length--) {
      const from = this.origins.get(pathKey(path.slice(0, length)));
      // Its own beginning may be of a short form, too (`services.a.routes.0.host`, `services.a.host`, `apps.a.host`); the step just taken is not taken again.
      if (from !== undefined) return this.sourcePath([...from, ...path.slice(length)], Math.min(length, from.length) - 1);
    }
    return path;
  }

  /** A scalar as the text that was written: `1.10` stays `1.10`. */
  text(path: MutablePath, value: string | number | boolean): string {
    if (typeof value === "string") return value;
    return this.texts.get(pathKey(path)) ?? this.texts.get(pathKey(this.sourcePath(path))) ?? String(value);
  }

  labels(path: MutablePath, values: Readonly<Record<string, string | number | boolean>> | undefined): Labels {
    return Object.fromEntries(Object.entries(values ?? {}).map(([key, value]) => [key, this.text([...path, key], value)]));
  }
}

/** An amount from its text; the schema has checked it. */
export function quantity(value: string | number): Quantity {
  return { text: String(value), value: quantityNumber(value) };
}

export function optionalQuantity(value: string | number | undefined): Quantity | undefined {
  return value === undefined ? undefined : quantity(value);
}

export function duration(text: string): Duration {
  const ms = parseDuration(text);
  assert(ms !== undefined, `the schema let "${text}" pass as a duration`);
  return { text, ms };
}

export function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Maps a map, keeping its order. */
export function mapNamed<T, R>(values: Readonly<Record<string, T>> | undefined, each: (name: string, value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, each(name, value)]));
}
