/** A homelab file with everything that is to be said of it: what loading finds and what the rules find, in one list. What every verb calls first. */
import { parse } from "yaml";
import type { Finding } from "../config/finding.ts";
import type { Homelab } from "../config/homelab.ts";
import { type LoadOptions, loadHomelab } from "../config/load.ts";
import type { HomelabSource } from "../config/source.ts";
import { unreadFields } from "../config/unread-fields.ts";
import { type Change, WrongChange } from "../config/what-if.ts";
import type { ObservedMachine } from "./check.ts";
import { byPlace, runChecks } from "./run-checks.ts";

export interface CheckFileOptions extends LoadOptions {
  /** Milliseconds since the Unix epoch. */
  readonly today: number;
  /** Ids of rules to skip. Findings of loading cannot be skipped: without them there is no homelab. */
  readonly ignore?: readonly string[];
  readonly facts?: Readonly<Record<string, ObservedMachine>>;
  /** Asked last, when nothing else is wrong: whether the API takes what the file brings of its own. Not here, as it needs the embedded API. */
  readonly accepts?: (homelab: Homelab, source: HomelabSource) => readonly Finding[] | Promise<readonly Finding[]>;
}

export interface CheckedFile {
  /** Absent when the file does not load; there with errors when only rules are broken. */
  readonly homelab?: Homelab;
  readonly source: HomelabSource;
  /** Sorted by line, column, id. */
  readonly findings: readonly Finding[];
}

/** Findings that are no rules and may be skipped: of `unreadFields`, and of `accepts`. */
export const MAY_BE_IGNORED = ["not-built-yet", "api-accepts"] as const;

export async function checkFile(file: string, options: CheckFileOptions): Promise<CheckedFile> {
  const loaded = await loadHomelab(file, options);
  const { homelab, source } = loaded;
  if (homelab === undefined) return { source, findings: loaded.findings };
  const secretNames = await secretNamesBeside(file, homelab, options);
  const context = { homelab, source, today: options.today, secretNames, facts: options.facts };
  const found = runChecks(context, options.ignore === undefined ? {} : { ignore: options.ignore });
  const isAsked = (id: (typeof MAY_BE_IGNORED)[number]): boolean => options.ignore?.includes(id) !== true;
  const early = isAsked("not-built-yet") ? unreadFields(homelab, source) : [];
  const findings = [...loaded.findings, ...found, ...early];
  const isSound = !findings.some((finding) => finding.severity === "error");
  const refused = isSound && isAsked("api-accepts") ? ((await options.accepts?.(homelab, source)) ?? []) : [];
  return { homelab, source, findings: [...findings, ...refused].sort(byPlace) };
}

/** The homelab of a file as if it said something else. Undefined where a change cannot be made, or leaves a file with errors. */
export async function changedHomelab(file: string, changes: readonly Change[], options: CheckFileOptions): Promise<Homelab | undefined> {
  try {
    const { homelab, findings } = await checkFile(file, { ...options, changes });
    return findings.some(({ severity }) => severity === "error") ? undefined : homelab;
  } catch (error) {
    if (error instanceof WrongChange) return undefined;
    throw error;
  }
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
