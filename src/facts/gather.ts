/** Reads a machine: one script for all facts, one answer, one snapshot. */
import { assert } from "../lib/assert.ts";
import type { Clock } from "../ports/clock.ts";
import type { Shell } from "../ports/shell.ts";
import { bootFact } from "./boot.ts";
import { cgroupFact } from "./cgroup.ts";
import { clockFact } from "./clock.ts";
import { directoriesFact } from "./directories.ts";
import { disksFact } from "./disks.ts";
import { FactUnreadable, type Fact } from "./fact.ts";
import { filesFact } from "./files.ts";
import { filesystemsFact } from "./filesystems.ts";
import { firewallFact } from "./firewall.ts";
import { hardwareFact } from "./hardware.ts";
import { kubernetesFact } from "./kubernetes.ts";
import { listenersFact } from "./listeners.ts";
import type { MachineFacts } from "./machine-facts.ts";
import { modulesFact } from "./modules.ts";
import { namesFact } from "./names.ts";
import { networkFact } from "./network.ts";
import { packageManagerFact } from "./package-manager.ts";
import { packagesFact } from "./packages.ts";
import type { Questions } from "./questions.ts";
import { contentsScript, parseContents } from "./read/contents.ts";
import { momentScript, parseMoment } from "./read/moment.ts";
import { packagesScript, parsePackages } from "./read/packages.ts";
import { parsePaths, pathsScript } from "./read/paths.ts";
import { parseTexts, textsScript } from "./read/texts.ts";
import { parseUnits, unitsScript } from "./read/units.ts";
import { mergeReads, type Readings, type Reads } from "./readings.ts";
import { runtimeFact } from "./runtime.ts";
import { swapFact } from "./swap.ts";
import { sysctlsFact } from "./sysctls.ts";
import { systemFact } from "./system.ts";
import { unitsFact } from "./units.ts";

/** All facts, by their place in the snapshot. */
export const FACTS: { readonly [K in keyof Omit<MachineFacts, "machine" | "atMs">]: Fact<MachineFacts[K]> } = {
  system: systemFact,
  boot: bootFact,
  hardware: hardwareFact,
  disks: disksFact,
  filesystems: filesystemsFact,
  swap: swapFact,
  cgroup: cgroupFact,
  modules: modulesFact,
  sysctls: sysctlsFact,
  names: namesFact,
  network: networkFact,
  clock: clockFact,
  packages: packagesFact,
  packageManager: packageManagerFact,
  units: unitsFact,
  files: filesFact,
  directories: directoriesFact,
  firewall: firewallFact,
  listeners: listenersFact,
  runtime: runtimeFact,
  kubernetes: kubernetesFact,
};

/** A file that changes while it is read is read once more; one that changes all the time is not for us. */
const ATTEMPTS_MAX = 2;

/** For one `sh`, run as root. `nonce` is a word that nothing on the machine can know: it parts the answers, so that no content can pass for one. */
export function gatherScript(questions: Questions, nonce: string): string {
  assert(/^[A-Za-z0-9]{16,}$/.test(nonce), "a nonce is a word of at least 16 letters and digits");
  const reads = readsOf(questions);
  const parts: readonly (readonly [id: string, script: string])[] = [
    ["moment", momentScript()],
    ["texts", textsScript(reads)],
    ["paths", pathsScript(reads)],
    ["contents", contentsScript(reads)],
    ["units", unitsScript(reads)],
    ["packages", packagesScript(reads)],
    ...Object.values(FACTS).map((fact): [string, string] => [factFrame(fact.id), fact.script?.(questions) ?? ""]),
  ];
  return `LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
mark=${nonce}
m() { printf '\\n%s %s\\n' "$mark" "$1"; }
${parts
  .filter(([, script]) => script !== "")
  .map(([id, script]) => `m ${id}\n(\n${script}\n) 2>/dev/null </dev/null`)
  .join("\n")}
m end
`;
}

/** Pure: what `gatherScript` printed, with the same questions and nonce. Throws `FactUnreadable`. */
export function parseGathered(machine: string, output: Uint8Array, questions: Questions, told: { readonly sentAtMs: number; readonly answeredAtMs: number; readonly nonce: string }): MachineFacts {
  const frames = parseFrames(output, told.nonce);
  const bytes = (id: string): Uint8Array => frames.get(id) ?? new Uint8Array();
  const text = (id: string): string => Buffer.from(bytes(id)).toString("utf8");
  const asked = readsOf(questions);
  const paths = parsePaths(text("paths"));
  const readings: Readings = {
    texts: parseTexts(text("texts")),
    paths,
    contents: parseContents(bytes("contents"), asked.contents, paths),
    units: parseUnits(text("units"), asked.units),
    packages: parsePackages(text("packages")),
    machineNowMs: parseMoment(text("moment")),
    sentAtMs: told.sentAtMs,
    answeredAtMs: told.answeredAtMs,
    mark: told.nonce,
    output: "",
  };
  const read = <T>(fact: Fact<T>): T => fact.parse({ ...readings, output: text(factFrame(fact.id)) }, questions);
  const facts = Object.fromEntries(Object.entries(FACTS).map(([place, fact]) => [place, read<unknown>(fact)])) as unknown as Omit<MachineFacts, "machine" | "atMs">;
  return { machine, atMs: told.answeredAtMs, ...facts };
}

/** Runs the script over an open session. Rejects with `FactUnreadable`, or with what the session says. */
export async function gatherFacts(shell: Shell, questions: Questions, outside: { readonly clock: Clock; /** Another each time, by real chance. */ nonce(): string; readonly deadlineMs: number }): Promise<MachineFacts> {
  for (let attemptCount = 1; ; attemptCount += 1) {
    const nonce = outside.nonce();
    const sentAtMs = outside.clock.now();
    const result = await shell.run({ script: gatherScript(questions, nonce), deadlineMs: outside.deadlineMs });
    try {
      return parseGathered(shell.machine, result.stdout, questions, { sentAtMs, answeredAtMs: outside.clock.now(), nonce });
    } catch (error) {
      if (!(error instanceof FactUnreadable)) throw error;
      if (error.code !== "changed-meanwhile" || attemptCount >= ATTEMPTS_MAX) throw new FactUnreadable(`read facts of ${shell.machine}: ${error.message}`, error.code, { cause: error });
    }
  }
}

/** Facts and what is read for all of them share some names. */
export function factFrame(id: string): string {
  return `fact-${id}`;
}

function readsOf(questions: Questions): Reads {
  return mergeReads(Object.values(FACTS).map((fact) => fact.reads(questions)));
}

/** `\nNONCE id\n`, then exactly what was printed until the next. */
export function parseFrames(output: Uint8Array, nonce: string): Map<string, Uint8Array> {
  const bytes = Buffer.from(output.buffer, output.byteOffset, output.byteLength);
  const border = Buffer.from(`\n${nonce} `);
  const frames = new Map<string, Uint8Array>();
  for (let at = bytes.indexOf(border); at >= 0; ) {
    const endOfLine = bytes.indexOf("\n", at + border.length);
    if (endOfLine < 0) break;
    const next = bytes.indexOf(border, endOfLine + 1);
    frames.set(bytes.toString("latin1", at + border.length, endOfLine), bytes.subarray(endOfLine + 1, next < 0 ? bytes.length : next));
    at = next;
  }
  // Without its end the answer was cut off: a full disk, a killed shell.
  if (!frames.has("end")) throw new FactUnreadable("read facts: the answer has no end");
  return frames;
}
