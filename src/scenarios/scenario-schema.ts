/** The JSON Schema of a scenario file, for editors: made from the tables that its reader goes by. What needs the homelab (whether a machine is there) is the reader's alone. */
import { DURATION_PATTERN } from "../lib/duration.ts";
import { ACT_IDS, ACTS } from "./act.ts";
import { FAULT_IDS, type FaultId, FAULTS } from "./fault.ts";
import { NAME_PATTERN, PODS_PATTERN, type SCENARIO_FIELDS, WAITING_PATTERN } from "./read-scenario.ts";
import { STATES, type Subject } from "./scenario-file.ts";

export const SCENARIO_SCHEMA_ID = "https://kubernest.dev/schema/scenario.schema.json";
/** Beside this one: the schema of the homelab in it. */
export const HOMELAB_SCHEMA_FILE = "homelab.schema.json";

type Schema = Record<string, unknown>;

const inner = (pattern: RegExp): string => pattern.source.replace(/^\^|\$$/g, "");
const words = (...patterns: readonly string[]): string => `^\\s*${patterns.join("\\s+")}\\s*$`;
const time = (description: string): Schema => ({ type: "string", pattern: DURATION_PATTERN.source, description });

function faultSchema(id: FaultId, does: "begin" | "end"): Schema {
  const { strikes, begins, ends, why, amount } = FAULTS[id];
  const target = strikes === "home" ? [] : ["\\S+"];
  const word = words(id, ...target);
  const pattern = amount === undefined ? word : word.replace(/\\s\*\$$/, `(\\s+(${inner(amount.pattern)}))?\\s*$`);
  return { pattern, description: does === "begin" ? `${begins("it")}. ${why}.` : `${ends("it")}.` };
}

/** What an editor offers. */
const snippets = (texts: readonly (readonly [label: string, description: string])[]): Schema[] => texts.map(([label, description]) => ({ label, body: label, description }));
const targetWord = (strikes: string): string => (strikes === "home" ? "" : ` ${strikes === "pods" ? "NAMESPACE/NAME" : strikes.replaceAll(" ", "-").toUpperCase()}`);

function happening(does: "begin" | "end"): Schema {
  const ids = FAULT_IDS.filter((id) => does === "begin" || FAULTS[id].isMoment !== true);
  return {
    type: "string",
    description: does === "begin" ? "A fault that begins: FAULT TARGET [AMOUNT]." : "A fault that ends: FAULT TARGET.",
    anyOf: ids.map((id) => faultSchema(id, does)),
    defaultSnippets: snippets(ids.map((id) => [`${id}${targetWord(FAULTS[id].strikes)}`, does === "begin" ? FAULTS[id].begins("it") : FAULTS[id].ends("it")])),
  };
}

const act: Schema = {
  type: "string",
  description: "What a person does: WHAT TARGET.",
  anyOf: ACT_IDS.map((id) => ({ pattern: words(id, "\\S+"), description: `${ACTS[id].does("it")}: ${ACTS[id].command(ACTS[id].on === "machine" ? "NODE" : "NAMESPACE/NAME")}` })),
  defaultSnippets: snippets(ACT_IDS.map((id) => [`${id} ${ACTS[id].on === "machine" ? "MACHINE" : "NAMESPACE/NAME"}`, ACTS[id].does("it")])),
};

const step: Schema = {
  type: "object",
  additionalProperties: false,
  properties: { at: time("Since the scenario's start."), begin: happening("begin"), end: happening("end"), do: act },
  required: ["at"],
  oneOf: [{ required: ["begin"] }, { required: ["end"] }, { required: ["do"] }],
};

const stateOf = (kind: Subject["kind"]): Schema => (kind === "pods" ? { type: "string", pattern: `^(\\d+ )?(${STATES.pods.join("|")}|${inner(WAITING_PATTERN)})$` } : { enum: [...STATES[kind]] });

const KINDS = Object.keys(STATES) as readonly Subject["kind"][];

/** Of one subject: `is` with at, or from and to; `becomes` with between. Of the API its own field has the state, of an event there may be none. */
function about(kind: Subject["kind"]): Schema {
  const state = kind === "api" ? {} : { is: stateOf(kind), becomes: stateOf(kind) };
  const needs = (verb: string): string[] => (kind === "api" || kind === "event" ? [] : [verb]);
  return {
    required: [kind],
    not: { anyOf: KINDS.filter((other) => other !== kind).map((other) => ({ required: [other] })) },
    properties: { [kind]: kind === "api" ? stateOf("api") : true, ...state },
    oneOf: [
      { required: ["at", ...needs("is")], not: { anyOf: ["between", "becomes", "from", "to"].map((field) => ({ required: [field] })) } },
      { required: ["from", "to", ...needs("is")], not: { anyOf: ["at", "between", "becomes"].map((field) => ({ required: [field] })) } },
      { required: ["between", ...needs("becomes")], not: { anyOf: ["at", "is", "from", "to"].map((field) => ({ required: [field] })) } },
    ],
  };
}

const expectation: Schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    at: time("It holds then."),
    from: time("It holds all the while, with to."),
    to: time("Until when it holds, with from."),
    between: { type: "array", items: time("Since the scenario's start."), minItems: 2, maxItems: 2, description: "It begins to hold within these two times, and did not before." },
    node: { type: "string", description: "A machine by its name." },
    pods: { type: "string", pattern: PODS_PATTERN.source, description: "NAMESPACE/NAME of a pod, or of the Deployment, StatefulSet or Job that made it." },
    app: { type: "string", description: "An app, as its users see it." },
    api: { description: "How the API answers." },
    event: { type: "string", description: "An event by its reason." },
    is: { type: "string", description: "The state, with at, or from and to." },
    becomes: { type: "string", description: "The state, with between." },
  },
  oneOf: KINDS.map(about),
};

const text = (description: string): Schema => ({ type: "string", minLength: 1, description });

const FIELDS: Readonly<Record<(typeof SCENARIO_FIELDS)[number], Schema>> = {
  name: { ...text("What it is called: lower-case letters, digits and hyphens."), pattern: NAME_PATTERN.source },
  title: text("What happens, in a sentence."),
  sources: { type: "array", items: { type: "string" }, description: "Where it happened to somebody, as links." },
  note: text("What is simplified, or left out."),
  homelab: { anyOf: [{ ...text("The path of a file beside this one."), type: "string" }, { $ref: HOMELAB_SCHEMA_FILE }], description: "The fields of a homelab, or the path of a file beside this one." },
  seed: { type: ["string", "number"], description: "What chance starts from; 1 unless said otherwise." },
  age: time("How old the cluster is, with its certificates, when the scenario begins."),
  steps: { type: "array", items: step, description: "What happens when." },
  until: time("How long all is watched, 500d at most."),
  expect: { type: "array", items: expectation, description: "What is expected to be seen." },
};

export function scenarioJsonSchema(): Schema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: SCENARIO_SCHEMA_ID,
    title: "A scenario",
    description: "What happens to a homelab when, and what is expected to be seen: docs/scenarios.md",
    type: "object",
    additionalProperties: false,
    properties: FIELDS,
    required: ["name", "homelab", "steps", "until", "expect"],
  };
}

/** The text of `schema/scenario.schema.json`. */
export function scenarioJsonSchemaText(): string {
  return `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`;
}
