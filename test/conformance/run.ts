/** `npm run conformance`: the API's conformance cases against the cluster of a kubeconfig, or without one against the embedded cluster. */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { allCases } from "./cases/all.ts";
import { connect, loadTarget } from "./client.ts";
import type { EmbeddedCluster } from "./embedded-cluster.ts";
import { loadRecordings, saveRecordings } from "./recordings.ts";
import { runCases } from "./run-cases.ts";

const HELP = `npm run conformance -- [--kubeconfig FILE] [options]

  --filter REGEX   only cases whose id matches
  --parallel N     cases at a time (default 16)
  --report FILE    a JSON report
  --record         take the answers as right and store them: only against a real control plane
  --list           print the cases' ids
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kubeconfig: { type: "string" },
      filter: { type: "string", default: "" },
      parallel: { type: "string", default: "16" },
      report: { type: "string" },
      record: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const wanted = new RegExp(values.filter);
  const cases = allCases.filter((item) => wanted.test(item.id));
  if (values.list) {
    process.stdout.write(cases.map((item) => `${item.id}\n`).join(""));
    return 0;
  }
  const { kubeconfig } = values;
  if (kubeconfig === undefined && values.record) {
    process.stderr.write("--record needs the --kubeconfig of a real control plane\n");
    return 1;
  }
  const embedded = kubeconfig === undefined ? await startEmbedded() : undefined;
  const api = connect(embedded?.target ?? (await loadTarget(kubeconfig!)));
  const recordings = await loadRecordings();
  const startedMs = performance.now();
  const results = await runCases(api, cases, {
    recordings,
    parallel: Number(values.parallel),
    isRecording: values.record,
    onResult: (result) => {
      if (!result.ok) process.stdout.write(`FAIL ${result.id}\n${result.why.map((line) => `       ${line}\n`).join("")}`);
    },
  });
  await api.close();
  await embedded?.close();
  if (values.record) await saveRecordings(allCases, results, recordings);
  const failed = results.filter((result) => !result.ok);
  const seconds = (performance.now() - startedMs) / 1000;
  if (values.report !== undefined) {
    const report = { passed: results.length - failed.length, failed: failed.length, seconds, cases: results.map(({ id, ok, ms, why }) => ({ id, ok, ms, ...(ok ? {} : { why }) })) };
    await writeFile(values.report, `${JSON.stringify(report, null, 2)}\n`);
  }
  process.stdout.write(`conformance: ${results.length - failed.length} passed, ${failed.length} failed, in ${seconds.toFixed(1)} s\n`);
  return failed.length === 0 ? 0 : 1;
}

/** Loaded only where it is run against. */
async function startEmbedded(): Promise<EmbeddedCluster> {
  const { EMBEDDED_FACTOR, startEmbeddedCluster } = await import("./embedded-cluster.ts");
  return startEmbeddedCluster({ factor: EMBEDDED_FACTOR });
}

process.exitCode = await main();
