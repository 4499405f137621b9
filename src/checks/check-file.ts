/** A homelab file with everything that is to be said of it: what loading finds and what the rules find, in one list. What every verb calls first. */
import { parse } from "yaml";
import type { Finding } from "../config/finding.ts";
import type { Homelab } from "../config/homelab.ts";
import { type LoadOptions, loadHomelab } from "../config/load.ts";
import type { HomelabSource } from "../config/source.ts";
import { unreadFields } from "../config/unread-fields.ts";
import type { ObservedMachine } from "./check.ts";
import { byPlace, runChecks } from "./run-checks.ts";

export interface CheckFileOptions extends LoadOptions {
  /** Milliseconds since the Unix epoch. */
  readonly today: number;
  /** Ids of rules to skip. Findings of loading cannot be skipped: without them there is no homelab. */
  readonly ignore?: readonly string[];
  readonly facts?: Readonly<Record<string, ObservedMachine>>;
}

export interface CheckedFile {
  /** Absent when the file does not load; there with errors when only rules are broken. */
  readonly homelab?: Homelab;
  readonly source: HomelabSource;
  /** Sorted by line, column, id. */
  readonly findings: readonly Finding[];
}

/** The finding of `unreadFields`: the only one that is no rule and may be skipped. */
export const NOT_BUILT_YET = "not-built-yet";

export async function checkFile(file: string, options: CheckFileOptions): Promise<CheckedFile> {
  const loaded = await loadHomelab(file, options);
  const { homelab, source } = loaded;
  if (homelab === undefined) return { source, findings: loaded.findings };
  const secretNames = await secretNamesBeside(file, homelab, options);
  const context = { homelab, source, today: options.today, secretNames, facts: options.facts };
  const found = runChecks(context, options.ignore === undefined ? {} : { ignore: options.ignore });
  const early = options.ignore?.includes(NOT_BUILT_YET) === true ? [] : unreadFields(homelab, source);
  return { homelab, source, findings: [...loaded.findings, ...found, ...early].sort(byPlace) };
}

/** The names in the secrets file, which SOPS leaves readable; undefined when there is no such file or it is not YAML. */
async function secretNamesBeside(file: string, homelab: Homelab, options: CheckFileOptions): Promise<string[] | undefined> {
  const directory = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "";
  const path = homelab.secrets.file.startsWith("/") ? homelab.secrets.file : `${directory}${homelab.secrets.file}`;
  try {
    const value: unknown = parse(await options.readFile(path));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value).filter((name) => name !== "sops") : undefined;
  } catch {
    // No file yet, or one that only its own tool can judge: the verb that needs values will say so.
    return undefined;
  }
}
