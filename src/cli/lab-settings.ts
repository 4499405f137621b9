/** What `kubernest lab` was asked for, read and judged before anything is touched. */
import { nearestName } from "../lib/nearest-name.ts";

export const LAB_ACTIONS = ["up", "down", "status", "run", "shell", "power", "link", "save", "restore", "reset"] as const;
export type LabAction = (typeof LAB_ACTIONS)[number];
export const POWER_ACTIONS = ["on", "off", "cycle", "cut"] as const;
export type PowerAction = (typeof POWER_ACTIONS)[number];

export type LabRequest =
  | { readonly action: "up"; readonly wishes: { readonly isFresh: boolean; readonly sudoAsks: boolean; readonly hasUplink: boolean }; readonly password: string; readonly mirror: string | undefined }
  | { readonly action: "down"; readonly isOrderly: boolean }
  | { readonly action: "status"; readonly output: "table" | "json" }
  | { readonly action: "run"; readonly argv: readonly string[] }
  | { readonly action: "shell" }
  | { readonly action: "power"; readonly power: PowerAction; readonly machines: readonly string[] }
  | { readonly action: "link"; readonly machine: string; readonly isUp: boolean }
  | { readonly action: "save" | "restore"; readonly snapshot: string; readonly machines: readonly string[] }
  | { readonly action: "reset"; readonly machines: readonly string[] };

/** For machines that ask for a password. Nobody reaches them from outside of the lab. */
export const PASSWORD_DEFAULT = "kubernest";

/** Options that have a meaning with one action only. */
const OPTION_OF: Readonly<Record<string, LabAction>> = { fresh: "up", sudoPassword: "up", password: "up", mirror: "up", offline: "up", orderly: "down", output: "status" };

/** The request, or one line that says what is wrong. */
export function labRequest(args: readonly string[], given: Readonly<Record<string, unknown>>): LabRequest | string {
  const [action = "", ...words] = args;
  if (!isOneOf(LAB_ACTIONS, action)) return unknownWord(action, LAB_ACTIONS, "what to do");
  for (const [name, of] of Object.entries(OPTION_OF)) {
    const isGiven = given[name] !== undefined && given[name] !== false && !(name === "output" && given[name] === "table");
    if (isGiven && of !== action) return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} has a meaning with  lab ${of}  only`;
  }
  const tooMany = (max: number): string | undefined => (words.length > max ? `lab ${action}: ${words[max]} is one word too many` : undefined);
  switch (action) {
    case "up": {
      const sudoPassword = given["sudoPassword"] as string | undefined;
      const password = sudoPassword ?? (given["password"] as string | undefined) ?? PASSWORD_DEFAULT;
      if (/[\n:]/.test(password) || password === "") return "a password is not empty, and has neither a colon nor a line's end";
      return tooMany(0) ?? { action, wishes: { isFresh: given["fresh"] === true, sudoAsks: sudoPassword !== undefined, hasUplink: given["offline"] !== true }, password, mirror: given["mirror"] as string | undefined };
    }
    case "down":
      return tooMany(0) ?? { action, isOrderly: given["orderly"] === true };
    case "status":
      return tooMany(0) ?? { action, output: given["output"] === "json" ? "json" : "table" };
    case "shell":
      return tooMany(0) ?? { action };
    case "run":
      return words.length === 0 ? "lab run: name the command, such as  lab run -- kubernest plan" : { action, argv: words };
    case "power": {
      const [power = "", ...machines] = words;
      if (!isOneOf(POWER_ACTIONS, power)) return unknownWord(power, POWER_ACTIONS, "lab power");
      return machines.length === 0 ? `lab power ${power}: name the machines` : { action, power, machines };
    }
    case "link": {
      const [machine, state] = words;
      if (machine === undefined || (state !== "up" && state !== "down")) return "lab link: name the machine, and up or down";
      return tooMany(2) ?? { action, machine, isUp: state === "up" };
    }
    case "save":
    case "restore": {
      const [snapshot, ...machines] = words;
      return snapshot === undefined ? `lab ${action}: name the snapshot` : { action, snapshot, machines };
    }
    case "reset":
      return words.length === 0 ? "lab reset: name the machines" : { action, machines: words };
  }
}

function unknownWord(word: string, known: readonly string[], what: string): string {
  const meant = nearestName(word, known);
  return `${what}: ${known.join(", ")}; not ${word === "" ? "nothing" : word}${meant === undefined ? "" : `. Did you mean ${meant}?`}`;
}

function isOneOf<T extends string>(known: readonly T[], word: string): word is T {
  return (known as readonly string[]).includes(word);
}
