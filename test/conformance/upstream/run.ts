/** `npm run conformance:upstream`: upstream's own conformance tests against a kubeconfig or, without one, the embedded cluster; several at a time, best of N. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadDescriptions } from "../../../src/sim/api/openapi/descriptions.ts";
import { obtain } from "../../real/binaries.ts";
import { buildsEndMs } from "../../real/builds.ts";
import { REAL_VERSIONS, UPSTREAM_SUITE_PART, type Part } from "../../real/versions.ts";
import { conformanceNames, isSerial, runTests, type Verdict } from "./suite.ts";
import { loadTable, saveTable, type UpstreamTest } from "./table.ts";

const HELP = `npm run conformance:upstream -- [--kubeconfig FILE] [options]

  --only passes|all|failed|missing  tests to run: those of the yardstick (default), all of them, those that the report says
                    failed, or those that it does not have
  --filter REGEX            only names that match
  --shard I/N               every Nth test, from the Ith (1 is the first)
  --parallel N              how many at a time (default 6), the longest first; those marked Serial run one by one, after the others
  --serial-clusters N       without --kubeconfig, those marked Serial have an embedded cluster each, so many at a time beside the others (default 4)
  --batch N                 short ones run so many in one process (default 8); what such a process does not come to or fails runs again alone
  --attempts N              best of N (default 2)
  --limit-seconds N         bound of one process (default 300)
  --nice N                  CPU priority of the tests (default 10)
  --report FILE             one line of JSON per verdict, appended; what passed there is not run again
  --record real|embedded    write the verdicts into test/conformance/upstream.json as measured on the real control plane, or what the
                    embedded cluster does not pass yet
  --at-least PERCENT        succeed when so many percent of those that were run pass (default 100)
  --no-build                do not build e2e.test when it is neither cached nor downloadable
  --build-minutes N         its build ends after so many minutes; another run goes on from there
`;

/** On the real control plane. Longer ones run alone. */
const BATCHED_SECONDS_MAX = 30;

const KUBECTL: Part = { component: "kubernetes", name: "kubectl", goPackage: "k8s.io/kubernetes/cmd/kubectl" };

async function readReport(file: string | undefined): Promise<Map<string, Verdict>> {
  const text = file === undefined ? "" : await readFile(file, "utf8").catch(() => "");
  const verdicts = new Map<string, Verdict>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const verdict = JSON.parse(line) as Verdict;
    if (verdicts.get(verdict.name)?.state !== "passed") verdicts.set(verdict.name, verdict);
  }
  return verdicts;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kubeconfig: { type: "string" },
      only: { type: "string", default: "passes" },
      filter: { type: "string", default: "" },
      shard: { type: "string", default: "1/1" },
      parallel: { type: "string", default: "6" },
      "serial-clusters": { type: "string", default: "4" },
      batch: { type: "string", default: "8" },
      attempts: { type: "string", default: "2" },
      "limit-seconds": { type: "string", default: "300" },
      nice: { type: "string", default: "10" },
      report: { type: "string" },
      record: { type: "string" },
      "at-least": { type: "string", default: "100" },
      "no-build": { type: "boolean", default: false },
      "build-minutes": { type: "string", default: "Infinity" },
      help: { type: "boolean", default: false },
    },
  });
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const buildUntilMs = buildsEndMs(values["build-minutes"]);
  if (buildUntilMs === undefined) {
    say(`--build-minutes takes a whole number, not ${values["build-minutes"]}`);
    return 1;
  }
  const binaries = await obtain([UPSTREAM_SUITE_PART, KUBECTL], say, { mayBuild: !values["no-build"], buildUntilMs });
  if (!binaries.ok) {
    say(`skipped: ${binaries.why}`);
    process.stdout.write("upstream: 0 passed, 0 failed, all skipped\n");
    return 0;
  }
  if (values.kubeconfig === undefined && values.record === "real") {
    say("--record real needs the --kubeconfig of a real control plane");
    return 1;
  }
  if (values.kubeconfig === undefined && loadDescriptions() === undefined) say("no descriptions of fields, which the tests of kubectl explain ask for: npm run build writes them");
  const shared = values.kubeconfig === undefined ? await startEmbedded() : { kubeconfig: values.kubeconfig, close: async () => {} };
  const suite = binaries.path("e2e.test");
  const before = await readReport(values.report);
  const table = await loadTable().catch(() => ({ kubernetes: REAL_VERSIONS.kubernetes, tests: [] as UpstreamTest[] }));
  const states = new Map(table.tests.map((test) => [test.name, test.state]));
  const seconds = new Map(table.tests.map((test) => [test.name, test.seconds ?? 0]));
  const wanted = new RegExp(values.filter);
  const [shard, shards] = values.shard.split("/").map(Number) as [number, number];
  const names = (await conformanceNames(suite))
    .filter((name) => values.only === "all" || (values.only === "failed" ? before.get(name)?.state === "failed" : values.only === "missing" ? !before.has(name) : states.get(name) !== "needs real containers"))
    .filter((name) => wanted.test(name))
    .filter((_, index) => index % shards === shard - 1);
  const todo = names.filter((name) => before.get(name)?.state !== "passed").sort((a, b) => (seconds.get(b) ?? 0) - (seconds.get(a) ?? 0));
  const verdicts = new Map([...before].filter(([name]) => names.includes(name)));
  say(`${todo.length} tests to run, ${names.length - todo.length} passed before`);
  const options = { suite, kubectl: binaries.path("kubectl"), limitSeconds: Number(values["limit-seconds"]), niceness: Number(values.nice) };
  const note = async (verdict: Verdict): Promise<void> => {
    verdicts.set(verdict.name, verdict);
    if (values.report !== undefined) await appendFile(values.report, `${JSON.stringify(verdict)}\n`);
    say(`${verdict.state === "passed" ? "ok  " : "FAIL"} ${verdict.seconds.toFixed(1).padStart(6)} s  ${verdict.name}${verdict.why ? `\n       ${verdict.why.split("\n").slice(0, 3).join("\n       ")}` : ""}`);
  };
  const run = async (batch: readonly string[], kubeconfig: string): Promise<void> => {
    const first = await runTests(batch, { ...options, kubeconfig });
    for (const name of batch) {
      let verdict = first.find((each) => each.name === name);
      for (let attempt = verdict === undefined ? 0 : 1; attempt < Number(values.attempts) && verdict?.state !== "passed"; attempt++) {
        verdict = (await runTests([name], { ...options, kubeconfig }))[0]!;
      }
      await note(verdict!);
    }
  };
  const runAlone = async (name: string): Promise<void> => {
    const own = await startEmbedded();
    await run([name], own.kubeconfig).finally(() => own.close());
  };
  const batches = inBatches(todo.filter((name) => !isSerial(name)), Number(values.batch), (name) => (seconds.get(name) ?? Number.POSITIVE_INFINITY) <= BATCHED_SECONDS_MAX);
  const beside = inParallel(batches, Number(values.parallel), (batch) => run(batch, shared.kubeconfig));
  if (values.kubeconfig === undefined) await Promise.all([beside, inParallel(todo.filter(isSerial), Number(values["serial-clusters"]), runAlone)]);
  else await beside.then(() => inParallel(todo.filter(isSerial), 1, (name) => run([name], shared.kubeconfig)));

  if (values.record === "real") {
    const seen = [...new Map([...before, ...verdicts]).values()].map((verdict): UpstreamTest => {
      if (verdict.state === "passed") {
        const old = table.tests.find((test) => test.name === verdict.name);
        return old?.state === "not yet" ? { ...old, seconds: verdict.seconds } : { name: verdict.name, state: "passes", seconds: verdict.seconds };
      }
      return { name: verdict.name, state: "needs real containers", why: firstLine(verdict.why ?? ""), seconds: verdict.seconds };
    });
    const fresh = new Set(seen.map((test) => test.name));
    await saveTable({ kubernetes: REAL_VERSIONS.kubernetes, tests: [...table.tests.filter((test) => !fresh.has(test.name)), ...seen] });
  }
  if (values.record === "embedded") {
    await saveTable({
      kubernetes: table.kubernetes,
      tests: table.tests.map((test): UpstreamTest => {
        const verdict = verdicts.get(test.name);
        if (verdict === undefined || test.state === "needs real containers") return test;
        const { why: _, ...rest } = test;
        return verdict.state === "passed" ? { ...rest, state: "passes" } : { ...rest, state: "not yet", why: firstLine(verdict.why ?? "") };
      }),
    });
  }
  await shared.close();
  const failed = [...verdicts.values()].filter((verdict) => verdict.state === "failed");
  const passedCount = verdicts.size - failed.length;
  for (const verdict of failed) process.stdout.write(`FAIL ${verdict.name}: ${firstLine(verdict.why ?? "")}\n`);
  const yardstick = table.tests.filter((test) => test.state !== "needs real containers").length;
  process.stdout.write(`upstream: ${passedCount} passed, ${failed.length} failed; run were ${verdicts.size}, the yardstick has ${yardstick} of upstream's ${table.tests.length}\n`);
  if (values.report !== undefined) await writeFile(`${values.report}.summary.json`, `${JSON.stringify({ passed: passedCount, failed: failed.map((verdict) => verdict.name) }, null, 2)}\n`);
  return passedCount * 100 >= verdicts.size * Number(values["at-least"]) ? 0 : 1;
}

function firstLine(text: string): string {
  const line = text.split("\n").find((candidate) => candidate.trim() !== "") ?? "";
  return line.trim().slice(0, 200);
}

/** The short ones several together, in order; the others alone. */
function inBatches(names: readonly string[], size: number, isShort: (name: string) => boolean): string[][] {
  const short = names.filter(isShort);
  const batches = names.filter((name) => !isShort(name)).map((name) => [name]);
  for (let start = 0; start < short.length; start += size) batches.push(short.slice(start, start + size));
  return batches;
}

/** `count` workers take the items in order. */
async function inParallel<T>(items: readonly T[], count: number, each: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await each(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.max(1, count) }, worker));
}

/** Four minutes old: at rest, and its history is about to be compacted for the first time, so that nobody waits ten minutes to see the second. */
const EMBEDDED_AGE_MS = 4 * 60_000;

/** Real time, as upstream's tests measure it. Loaded only where it is run against. */
async function startEmbedded(): Promise<{ kubeconfig: string; close(): Promise<void> }> {
  const { startEmbeddedCluster } = await import("../embedded-cluster.ts");
  const cluster = await startEmbeddedCluster({ factor: 1, ageMs: EMBEDDED_AGE_MS });
  const directory = await mkdtemp(join(tmpdir(), "kubernest-upstream-"));
  const kubeconfig = join(directory, "kubeconfig");
  await cluster.writeKubeconfig(kubeconfig);
  return {
    kubeconfig,
    async close() {
      await cluster.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

process.exitCode = await main();
