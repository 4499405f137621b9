/**
 * The prose of the API's fields, for `kubectl explain`. It is not part of the source: the build takes it from a development dependency
 * (`scripts/schema-facts/descriptions.ts`) and lays it beside the program. Without it everything works, and `explain` has no descriptions.
 */
import { existsSync, readFileSync } from "node:fs";

/** By definition: what it is, and what its fields are. */
export type Descriptions = Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>>;

/** Beside the built program, or in the build of the source tree that this file is in. */
const PLACES = ["./descriptions.json", "../../../../dist/descriptions.json"];

let loaded: { descriptions: Descriptions | undefined } | undefined;

/** Read when the first OpenAPI document is asked for. */
export function loadDescriptions(): Descriptions | undefined {
  if (loaded === undefined) {
    const place = PLACES.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url));
    loaded = { descriptions: place === undefined ? undefined : (JSON.parse(readFileSync(place, "utf8")) as Descriptions) };
  }
  return loaded.descriptions;
}
