/** A scenario's text into its data, strictly: everything that is wrong is a problem with its place and, where one is near, the right name. Nothing is thrown. */
import { isMap, isScalar, isSeq, LineCounter, type Pair, type ParsedNode, parseDocument, type YAMLMap } from "yaml";
import { parseDuration } from "../lib/duration.ts";
import { nearestName } from "../lib/nearest-name.ts";
import { ACT_IDS, ACTS, type ActId } from "./act.ts";
import { type Fault, FAULT_IDS, type FaultId, FAULTS } from "./fault.ts";
import { type Expectation, type Happening, type Place, type ScenarioFile, type ScenarioProblem, STATES, type Subject, type When, type WrittenStep } from "./scenario-file.ts";

export interface ReadScenario {
  /** Undefined when anything is wrong. */
  readonly scenario?: ScenarioFile;
  readonly problems: readonly ScenarioProblem[];
}

export const SCENARIO_FIELDS = ["name", "title", "sources", "note", "homelab", "seed", "age", "steps", "until", "expect"] as const;
export const NAME_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** NAMESPACE/NAME */
export const PODS_PATTERN = /^[^/\s]+\/[^/\s]+$/;
/** What `kubectl get pods` shows of one that waits. */
export const WAITING_PATTERN = /^waiting: \w+$/;
const HAPPENINGS = ["begin", "end", "do"] as const;
const SUBJECTS = ["node", "pods", "app", "api", "event"] as const;
const TIMES = ["at", "between", "from", "to"] as const;
/** No scenario is watched for longer than a certificate lives, and then some. */
const UNTIL_MS_MAX = 500 * 86_400_000;

type Fields = ReadonlyMap<string, { readonly value: ParsedNode; readonly key: ParsedNode }>;

export function readScenario(text: string): ReadScenario {
  return new Reader(text).read();
}

class Reader {
  readonly #text: string;
  readonly #lines = new LineCounter();
  readonly #problems: ScenarioProblem[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): ReadScenario {
    const document = parseDocument(this.#text, { lineCounter: this.#lines, prettyErrors: false });
    for (const error of document.errors) this.#problem(this.#at(error.pos[0]), `this is not YAML: ${error.message}`);
    if (this.#problems.length > 0) return { problems: this.#problems };
    const root = document.contents as ParsedNode | null;
    if (root === null || !isMap(root)) return { problems: [{ place: { line: 1, column: 1 }, message: "a scenario is a map of fields, such as name, homelab, steps and expect", fix: "kubernest scenario new  writes one to begin with." }] };
    const fields = this.#fields(root, SCENARIO_FIELDS, "a scenario");
    const scenario = this.#scenario(root, fields);
    this.#problems.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
    return this.#problems.length > 0 ? { problems: this.#problems } : { scenario, problems: [] };
  }

  #scenario(root: ParsedNode, fields: Fields): ScenarioFile {
    const name = this.#string(root, fields, "name") ?? "";
    if (name !== "" && !NAME_PATTERN.test(name)) this.#problem(this.#place(fields.get("name")!.value), `${name} is not a name: lower-case letters, digits and hyphens`);
    const title = this.#string(root, fields, "title") ?? name;
    const untilMs = this.#duration(fields.get("until")?.value, root, "until") ?? 0;
    if (untilMs > UNTIL_MS_MAX) this.#problem(this.#place(fields.get("until")!.value), "until is 500d at most");
    const steps = this.#list(root, fields, "steps").flatMap((node) => this.#step(node) ?? []);
    const expectations = this.#list(root, fields, "expect").flatMap((node) => this.#expectation(node) ?? []);
    for (const { atMs, place } of steps) if (untilMs > 0 && atMs > untilMs) this.#problem(place, "this is after the end of the scenario", "Let until be later.");
    for (const { when, place } of expectations) if (untilMs > 0 && (when.kind === "at" ? when.ms : when.toMs) > untilMs) this.#problem(place, "this is after the end of the scenario", "Let until be later.");
    const seedNode = fields.get("seed")?.value;
    return {
      name,
      title,
      sources: fields.has("sources") ? this.#list(root, fields, "sources").flatMap((node) => this.#text1(node, "a source") ?? []) : [],
      note: fields.has("note") ? this.#string(root, fields, "note") : undefined,
      homelab: this.#homelab(root, fields),
      seed: seedNode === undefined ? "1" : String((seedNode as { value?: unknown }).value ?? "1"),
      ageMs: fields.has("age") ? (this.#duration(fields.get("age")!.value, root, "age") ?? 0) : 0,
      steps: steps.sort((a, b) => a.atMs - b.atMs),
      untilMs,
      expectations,
    };
  }

  /** The lines of an inline homelab as they are, on the lines that they have. */
  #homelab(root: ParsedNode, fields: Fields): ScenarioFile["homelab"] {
    const found = fields.get("homelab");
    if (found === undefined) {
      this.#problem(this.#place(root), "the scenario needs a homelab", "Write homelab: and the fields of one below it, or the path of a file.");
      return { text: "" };
    }
    if (isScalar(found.value) && typeof found.value.value === "string" && found.value.value !== "") return { file: found.value.value };
    if (!isMap(found.value)) {
      this.#problem(this.#place(found.key), "homelab is the path of a file, or the fields of a homelab");
      return { text: "" };
    }
    const first = this.#place(found.value).line;
    const last = this.#at(found.value.range[1]).line;
    if ((found.value as YAMLMap).flow === true || first === this.#place(found.key).line) {
      this.#problem(this.#place(found.value), "the fields of a homelab begin on a line of their own");
      return { text: "" };
    }
    const lines = this.#text.split("\n");
    return { text: `${"\n".repeat(first - 1)}${lines.slice(first - 1, last).join("\n")}\n` };
  }

  #step(node: ParsedNode): WrittenStep | undefined {
    const fields = this.#fields(node, ["at", ...HAPPENINGS], "a step");
    if (fields.size === 0) return undefined;
    const atMs = this.#duration(fields.get("at")?.value, node, "at");
    const what = HAPPENINGS.filter((one) => fields.has(one));
    if (what.length !== 1) {
      this.#problem(this.#place(node), "a step is one of begin, end (a fault) or do (what a person does)");
      return undefined;
    }
    const happening = this.#happening(what[0]!, fields.get(what[0]!)!.value);
    return happening === undefined || atMs === undefined ? undefined : { ...happening, atMs, place: this.#place(node) };
  }

  #happening(does: (typeof HAPPENINGS)[number], node: ParsedNode): Happening | undefined {
    const text = this.#text1(node, does);
    if (text === undefined) return undefined;
    const [id = "", target = "", amount, ...rest] = text.split(/\s+/);
    if (does === "do") {
      if (!Object.hasOwn(ACTS, id)) return this.#unknown(node, id, ACT_IDS, "what a person can do");
      const { on } = ACTS[id as ActId];
      if (target === "" || amount !== undefined) return this.#problem(this.#place(node), `${id} needs ${on === "machine" ? "a machine" : "NAMESPACE/NAME of pods, or of what owns them"}: ${id} TARGET`);
      return { does: "act", act: { id: id as ActId, target } };
    }
    if (!Object.hasOwn(FAULTS, id)) return this.#unknown(node, id, FAULT_IDS, "a fault");
    const kind = FAULTS[id as FaultId];
    const isAlone = kind.strikes === "home";
    if (isAlone ? target !== "" : target === "" || rest.length > 0) return this.#problem(this.#place(node), isAlone ? `${id} strikes the whole home and takes no target` : `${id} needs a target: ${id} ${kind.strikes.replace(" ", "-").toUpperCase()}`);
    if (amount !== undefined && kind.amount === undefined) return this.#problem(this.#place(node), `${id} takes a target and no more, not ${amount}`);
    if (amount !== undefined && !kind.amount!.pattern.test(amount)) return this.#problem(this.#place(node), `${amount} is not ${kind.amount!.what}`);
    const fault: Fault = amount === undefined ? { id: id as FaultId, target } : { id: id as FaultId, target, amount };
    if (does === "end" && kind.isMoment) return this.#problem(this.#place(node), `${id} is over as it happens: nothing ends it`);
    return { does, fault };
  }

  #expectation(node: ParsedNode): Expectation | undefined {
    const fields = this.#fields(node, [...SUBJECTS, "is", "becomes", ...TIMES], "an expectation");
    if (fields.size === 0) return undefined;
    const subject = this.#subject(node, fields);
    const when = this.#when(node, fields);
    const verb = when?.kind === "turns" ? "becomes" : "is";
    const other = verb === "is" ? "becomes" : "is";
    if (when !== undefined && fields.has(other)) this.#problem(this.#place(fields.get(other)!.key), `${other} is for ${verb === "is" ? "between" : "at, or from and to"}`, `Write ${verb}.`);
    // Of the API there is only one: its state stands in the name's place.
    const stateNode = subject?.kind === "api" ? fields.get("api") : (fields.get("is") ?? fields.get("becomes"));
    if (stateNode === undefined && subject?.kind === "event" && when !== undefined) return { subject, state: "seen", when, place: this.#place(node) };
    if (stateNode === undefined) this.#problem(this.#place(node), `an expectation needs ${verb}: what is to be seen`);
    if (stateNode === undefined || subject === undefined || when === undefined) return undefined;
    const state = this.#text1(stateNode.value, verb);
    if (state === undefined || !this.#isState(stateNode.value, subject, state)) return undefined;
    return { subject, state, when, place: this.#place(node) };
  }

  #isState(node: ParsedNode, { kind }: Subject, state: string): boolean {
    const bare = kind === "pods" ? state.replace(/^\d+ /, "") : state;
    if (STATES[kind].includes(bare) || (kind === "pods" && WAITING_PATTERN.test(bare))) return true;
    const near = nearestName(bare, STATES[kind]);
    this.#problems.push({ place: this.#place(node), message: `${state} is no state of ${kind === "api" ? "the API" : kind === "app" ? "an app" : kind === "pods" ? "pods" : `a ${kind}`}: ${STATES[kind].join(", ")}${kind === "pods" ? ", waiting: REASON" : ""}`, ...(near === undefined ? {} : { didYouMean: near }) });
    return false;
  }

  #subject(node: ParsedNode, fields: Fields): Subject | undefined {
    const named = SUBJECTS.filter((one) => fields.has(one));
    if (named.length !== 1) return this.#problem(this.#place(node), `an expectation is about one of ${SUBJECTS.join(", ")}`);
    const kind = named[0]!;
    const { value, key } = fields.get(kind)!;
    if (kind === "api") return { kind };
    const name = this.#text1(value, kind);
    if (name === undefined) return undefined;
    if (kind === "pods" && !PODS_PATTERN.test(name)) return this.#problem(this.#place(key), `pods are named by NAMESPACE/NAME, of a pod or of what owns it, not by ${name}`);
    return { kind, name };
  }

  #when(node: ParsedNode, fields: Fields): When | undefined {
    if (fields.has("at")) {
      const ms = this.#duration(fields.get("at")!.value, node, "at");
      return ms === undefined ? undefined : { kind: "at", ms };
    }
    if (fields.has("between")) {
      const { value } = fields.get("between")!;
      const times = isSeq(value) ? (value.items as ParsedNode[]).map((item) => this.#duration(item, node, "between")) : [];
      if (times.length !== 2) return this.#problem(this.#place(value), "between is two times: [40s, 60s]");
      return times[0] === undefined || times[1] === undefined ? undefined : { kind: "turns", fromMs: times[0], toMs: times[1] };
    }
    if (!fields.has("from") || !fields.has("to")) return this.#problem(this.#place(node), "an expectation needs a time: at, or from and to, or between");
    const [fromMs, toMs] = [this.#duration(fields.get("from")!.value, node, "from"), this.#duration(fields.get("to")!.value, node, "to")];
    return fromMs === undefined || toMs === undefined ? undefined : { kind: "always", fromMs, toMs };
  }

  #fields(node: ParsedNode, known: readonly string[], what: string): Fields {
    const found = new Map<string, { value: ParsedNode; key: ParsedNode }>();
    if (!isMap(node)) {
      this.#problem(this.#place(node), `${what} is a map of fields: ${known.join(", ")}`);
      return found;
    }
    for (const pair of node.items as Pair<ParsedNode, ParsedNode | null>[]) {
      const key = String((pair.key as { value?: unknown }).value);
      if (!known.includes(key)) {
        const near = nearestName(key, known);
        this.#problems.push({ place: this.#place(pair.key), message: `${what} has no field ${key}`, ...(near === undefined ? { fix: `It has ${known.join(", ")}.` } : { didYouMean: near }) });
      } else if (pair.value === null || (isScalar(pair.value) && pair.value.value === null)) this.#problem(this.#place(pair.key), `${key} has no value`);
      else found.set(key, { key: pair.key, value: pair.value });
    }
    return found;
  }

  #list(root: ParsedNode, fields: Fields, name: string): ParsedNode[] {
    const found = fields.get(name);
    if (found === undefined) this.#problem(this.#place(root), `the scenario needs ${name}`);
    else if (isSeq(found.value)) return found.value.items as ParsedNode[];
    else this.#problem(this.#place(found.key), `${name} is a list`);
    return [];
  }

  #string(root: ParsedNode, fields: Fields, name: string): string | undefined {
    const found = fields.get(name);
    if (found !== undefined) return this.#text1(found.value, name);
    this.#problem(this.#place(root), `the scenario needs ${name}`);
    return undefined;
  }

  #text1(node: ParsedNode, what: string): string | undefined {
    if (isScalar(node) && (typeof node.value === "string" || typeof node.value === "number") && String(node.value).trim() !== "") return String(node.value).trim();
    this.#problem(this.#place(node), `${what} is a text`);
    return undefined;
  }

  #duration(node: ParsedNode | undefined, parent: ParsedNode, what: string): number | undefined {
    if (node === undefined) return this.#problem(this.#place(parent), `${what} is missing: a time such as 0s, 90s, 6m or 24h`);
    const ms = isScalar(node) ? parseDuration(String(node.value)) : undefined;
    if (ms === undefined) this.#problem(this.#place(node), `${isScalar(node) ? String(node.value) : "this"} is no time: write 0s, 90s, 6m, 1h30m or 2d`);
    return ms;
  }

  #unknown(node: ParsedNode, found: string, known: readonly string[], what: string): undefined {
    const near = nearestName(found, known);
    this.#problems.push({ place: this.#place(node), message: `${found} is not ${what}`, ...(near === undefined ? { fix: `There are ${known.join(", ")}.` } : { didYouMean: near }) });
    return undefined;
  }

  #problem(place: Place, message: string, fix?: string): undefined {
    this.#problems.push({ place, message, ...(fix === undefined ? {} : { fix }) });
    return undefined;
  }

  #place(node: ParsedNode): Place {
    return this.#at(node.range?.[0] ?? 0);
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}
