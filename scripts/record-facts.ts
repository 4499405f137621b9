/**
 * Records what one machine answers as cases of facts: `npx tsx scripts/record-facts.ts NAME FACT,FACT… SYSTEM OBTAINED -- COMMAND…`, where the command runs a script
 * from its standard input, such as `ssh pi1 sudo sh`. Questions are read from the environment, as JSON. The value that is written is what the parser makes of it today:
 * read it before it is committed.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FACTS, factFrame, gatherScript, parseFrames, parseGathered } from "../src/facts/gather.ts";
import { mergeQuestions } from "../src/facts/questions.ts";
import { parseTexts } from "../src/facts/read/texts.ts";
import { matching, type Reads } from "../src/facts/readings.ts";

const [name, facts, system, obtained, , ...command] = process.argv.slice(2);
const questions = mergeQuestions([JSON.parse(process.env["QUESTIONS"] ?? "{}") as object]);
const nonce = randomBytes(16).toString("hex");
const sentAtMs = Date.now();
const { stdout } = spawnSync(command[0]!, command.slice(1), { input: gatherScript(questions, nonce), maxBuffer: 1e9 });
const parsed = parseGathered("recorded", stdout, questions, { sentAtMs, answeredAtMs: sentAtMs, nonce });
const frames = parseFrames(stdout, nonce);
const lines = (id: string): string[] => Buffer.from(frames.get(id) ?? []).toString("utf8").split("\n").filter((line) => line !== "");

for (const id of facts!.split(",") as (keyof typeof FACTS)[]) {
  const { texts = [], textPatterns = [], paths = [], pathPatterns = [], units = [], packages = [] }: Partial<Reads> = FACTS[id].reads(questions);
  const isAsked = (path: string, exact: readonly string[], patterns: readonly string[]): boolean =>
    exact.includes(path) || patterns.some((pattern) => matching({ [path]: true }, pattern.replaceAll(/\[[^\]]*\]\*?/g, "*")).length > 0);
  const asked = Object.entries(parseTexts(lines("texts").join("\n"))).filter(([path]) => isAsked(path, texts, textPatterns));
  const isAskedLine = (line: string): boolean => isAsked(line.split("\t").at(-1)!.split(" -> ")[0]!, paths, pathPatterns);
  const record = {
    command: "the script of src/facts/gather.ts",
    system,
    obtained,
    questions: Object.fromEntries(Object.entries(questions).filter(([, asks]) => asks.length > 0)),
    texts: Object.fromEntries(asked.map(([path, text]) => [path, text.replace(/\n$/, "").split("\n")])),
    paths: lines("paths").filter(isAskedLine),
    contents: id === "files" ? Object.fromEntries(Object.entries(parsed.files).flatMap(([path, file]) => (file.kind === "file" && file.content !== undefined ? [[path, file.content]] : []))) : {},
    units: units.length > 0 ? Buffer.from(frames.get("units") ?? []).toString("utf8").trim().split("\n") : [],
    packages: entriesOf(packages),
    output: lines(factFrame(FACTS[id].id)),
    machineNowMs: sentAtMs + parsed.clock.offsetMs,
    sentAtMs,
    answeredAtMs: sentAtMs,
    mark: nonce,
    fact: parsed[id],
  };
  const directory = join(import.meta.dirname, "../src/facts", `${fileName(id)}.cases`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${name!}.json`), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Of dpkg's book only the entries that this fact asks for. */
function entriesOf(packages: readonly string[]): string[] {
  return lines("packages")
    .join("\n")
    .split("\n--\n")
    .filter((entry) => packages.some((asked) => entry.startsWith(`Package: ${asked}\n`)))
    .flatMap((entry) => entry.split("\n"));
}

/** `packageManager` is kept in `package-manager.ts`. */
function fileName(id: string): string {
  return id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
