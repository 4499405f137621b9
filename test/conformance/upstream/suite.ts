/** Runs tests of upstream's end-to-end suite (`e2e.test`) as child processes and reads their verdicts. */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface SuiteOptions {
  /** The `e2e.test` binary. */
  suite: string;
  kubeconfig: string;
  /** Directory that holds a `kubectl`, for the tests that drive it; absent, they fail. */
  kubectl?: string;
  /** The bound of one process, upstream's own waits included. */
  limitSeconds: number;
  /** CPU priority of the children, 0 to 19. */
  niceness: number;
}

export interface Verdict {
  name: string;
  state: "passed" | "failed";
  seconds: number;
  /** The first lines of the failure. */
  why?: string;
}

interface SpecReport {
  LeafNodeText: string;
  ContainerHierarchyTexts: string[] | null;
  State: string;
  /** Nanoseconds. */
  RunTime: number;
  Failure?: { Message: string };
}

/** The names of the conformance tests that this build of the suite holds, sorted. */
export async function conformanceNames(suite: string): Promise<string[]> {
  const { stdout } = await run(suite, ["--list-conformance-tests"], { maxBuffer: 64 << 20 });
  const names = [...stdout.matchAll(/^\s*codename: (.+(?:\n {4,}.+)*)/gm)].map((match) => unfold(match[1]!));
  return [...new Set(names)].sort();
}

/** A folded, perhaps quoted YAML scalar to its text. */
function unfold(scalar: string): string {
  const text = scalar.replace(/\n\s+/g, " ").trim();
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (text.startsWith('"')) return JSON.parse(text) as string;
  return text;
}

export function isSerial(name: string): boolean {
  return name.includes("[Serial]") || name.includes("[Disruptive]");
}

/**
 * Runs these tests one after the other in one process: starting one costs two seconds of a core, more than many a test. What the process did not come to
 * (another test took all its time) has no verdict; a single test always has one.
 */
export async function runTests(names: readonly string[], options: SuiteOptions): Promise<Verdict[]> {
  const directory = await mkdtemp(join(tmpdir(), "kubernest-upstream-"));
  const report = join(directory, "report.json");
  const startedMs = performance.now();
  const focus = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  try {
    const output = await new Promise<string>((resolve) => {
      const child = spawn(
        "nice",
        [
          "-n",
          String(options.niceness),
          options.suite,
          `--kubeconfig=${options.kubeconfig}`,
          "--provider=skeleton",
          "--kube-api-content-type=application/json",
          "--disable-log-dump",
          "--dump-logs-on-failure=false",
          // The suite's own title stands before a test's name.
          `--ginkgo.focus=^Kubernetes e2e suite (?:${focus})$`,
          `--ginkgo.timeout=${options.limitSeconds}s`,
          "--ginkgo.grace-period=5s",
          "--ginkgo.no-color",
          `--ginkgo.json-report=${report}`,
          ...(options.kubectl ? [`--kubectl-path=${options.kubectl}`] : []),
        ],
        { cwd: directory, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, GOMAXPROCS: "2" } },
      );
      let tail = "";
      const keep = (chunk: Buffer): void => void (tail = (tail + chunk.toString()).slice(-4_000));
      child.stdout.on("data", keep);
      child.stderr.on("data", keep);
      // The suite bounds itself; this only catches one that does not.
      const killer = setTimeout(() => child.kill("SIGKILL"), (options.limitSeconds + 60) * 1000);
      child.on("error", (error) => resolve(error.message));
      child.on("close", () => {
        clearTimeout(killer);
        resolve(tail);
      });
    });
    const verdicts = await readVerdicts(report, names);
    const only = names[0]!;
    if (verdicts.length > 0 || names.length > 1) return verdicts;
    return [{ name: only, state: "failed", seconds: seconds((performance.now() - startedMs) / 1000), why: `no report, or no test of this name ran: ${output.trim().slice(-600)}` }];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function readVerdicts(report: string, names: readonly string[]): Promise<Verdict[]> {
  const text = await readFile(report, "utf8").catch(() => undefined);
  // A suite that is ended from outside leaves no report, or half of one.
  if (text === undefined || !text.trimEnd().endsWith("]")) return [];
  const suites = JSON.parse(text) as { SpecReports: SpecReport[] | null }[];
  const ran = suites.flatMap((suite) => suite.SpecReports ?? []).filter((spec) => spec.State !== "skipped" && spec.State !== "pending");
  const verdicts: Verdict[] = [];
  for (const name of names) {
    // What fails before any test (the suite's own preparation) fails a test that runs alone.
    const spec = ran.find((each) => titleOf(each) === name) ?? (names.length === 1 ? ran.find((each) => each.State !== "passed") : undefined);
    if (spec === undefined) continue;
    const isPassed = spec.State === "passed";
    verdicts.push({ name, state: isPassed ? "passed" : "failed", seconds: seconds(spec.RunTime / 1e9), ...(isPassed ? {} : { why: `${spec.State}: ${(spec.Failure?.Message ?? "").trim().slice(0, 600)}` }) });
  }
  return verdicts;
}

function titleOf(spec: SpecReport): string {
  return [...(spec.ContainerHierarchyTexts ?? []), spec.LeafNodeText].join(" ");
}

function seconds(exact: number): number {
  return Math.round(exact * 10) / 10;
}
