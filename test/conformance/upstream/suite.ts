/** Runs single tests of upstream's end-to-end suite (`e2e.test`) as child processes and reads their verdicts. */
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
  /** One test's bound, upstream's own waits included. */
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
  LeafNodeType: string;
  LeafNodeText: string;
  ContainerHierarchyTexts: string[] | null;
  State: string;
  RunTime: number;
  Failure?: { Message: string };
  AdditionalFailures?: { Failure: { Message: string } }[];
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

export async function runTest(name: string, options: SuiteOptions): Promise<Verdict> {
  const directory = await mkdtemp(join(tmpdir(), "kubernest-upstream-"));
  const report = join(directory, "report.json");
  const startedMs = performance.now();
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
          `--ginkgo.focus=^Kubernetes e2e suite ${name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`,
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
    return { name, seconds: Math.round((performance.now() - startedMs) / 100) / 10, ...(await readVerdict(report, output)) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function readVerdict(report: string, output: string): Promise<Pick<Verdict, "state" | "why">> {
  const text = await readFile(report, "utf8").catch(() => undefined);
  // A suite that is ended from outside leaves no report, or half of one.
  if (text === undefined || !text.trimEnd().endsWith("]")) return { state: "failed", why: `no report: ${output.trim().slice(-600)}` };
  const suites = JSON.parse(text) as { SpecReports: SpecReport[] | null }[];
  const ran = suites.flatMap((suite) => suite.SpecReports ?? []).filter((spec) => spec.State !== "skipped" && spec.State !== "pending");
  const bad = ran.find((spec) => spec.State !== "passed");
  if (bad !== undefined) return { state: "failed", why: `${bad.State}: ${(bad.Failure?.Message ?? "").trim().slice(0, 600)}` };
  if (!ran.some((spec) => spec.LeafNodeType === "It")) return { state: "failed", why: "no test of this name ran, or it skipped itself" };
  return { state: "passed" };
}
