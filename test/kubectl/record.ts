/** `npx tsx test/kubectl/record.ts [--kubeconfig FILE] [--filter REGEX] [--parallel N] [--record]`: compares what is printed with the recording, or records it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findKubectl } from "./kubectl-binary.ts";
import { loadRecorded, saveRecorded } from "./recordings.ts";
import { runSequence } from "./run-sequence.ts";
import { sequences } from "./sequences.ts";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { kubeconfig: { type: "string" }, filter: { type: "string", default: "" }, parallel: { type: "string", default: "4" }, record: { type: "boolean", default: false } },
  });
  const kubectl = await findKubectl();
  if (!kubectl.ok) {
    process.stdout.write(`skipped: ${kubectl.why}\n`);
    return 0;
  }
  if (values.kubeconfig === undefined && values.record) {
    process.stderr.write("--record needs the --kubeconfig of a real control plane\n");
    return 1;
  }
  const embedded = values.kubeconfig === undefined ? await startEmbedded() : undefined;
  const kubeconfig = values.kubeconfig ?? embedded!.kubeconfig;
  const wanted = new RegExp(values.filter);
  const chosen = sequences.filter((sequence) => wanted.test(sequence.id));
  const recorded = await loadRecorded();
  const prefix = `k${Date.now().toString(36)}`;
  let failedCount = 0;
  let index = 0;
  const one = async (sequence: (typeof sequences)[number]): Promise<void> => {
    try {
      const printed = await runSequence(sequence, { kubectl: kubectl.path, kubeconfig, namespace: `${prefix}${(index++).toString(36)}x` });
      if (values.record) recorded[sequence.id] = printed;
      else
        for (const [step, now] of printed.entries()) {
          const then = recorded[sequence.id]?.[step];
          if (JSON.stringify(now) === JSON.stringify(then)) continue;
          failedCount++;
          process.stdout.write(`DIFFERENT ${sequence.id}: ${now.command}\n  recorded: ${JSON.stringify(then)}\n  now:      ${JSON.stringify(now)}\n`);
        }
    } catch (error) {
      failedCount++;
      process.stdout.write(`FAIL ${sequence.id}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  };
  const together = chosen.filter((sequence) => !sequence.isSerial);
  let next = 0;
  await Promise.all(
    Array.from({ length: Number(values.parallel) }, async () => {
      for (let sequence = together[next++]; sequence !== undefined; sequence = together[next++]) await one(sequence);
    }),
  );
  for (const sequence of chosen.filter((sequence) => sequence.isSerial)) await one(sequence);
  if (values.record) await saveRecorded(Object.fromEntries(sequences.flatMap(({ id }) => (recorded[id] === undefined ? [] : [[id, recorded[id]]]))));
  await embedded?.close();
  process.stdout.write(`kubectl ${kubectl.version}: ${chosen.length} sequences, ${failedCount} different\n`);
  return failedCount === 0 ? 0 : 1;
}

/** Loaded only where it is run against. */
async function startEmbedded(): Promise<{ kubeconfig: string; close(): Promise<void> }> {
  const { EMBEDDED_FACTOR, startEmbeddedCluster } = await import("../conformance/embedded-cluster.ts");
  const cluster = await startEmbeddedCluster({ factor: EMBEDDED_FACTOR });
  const directory = await mkdtemp(join(tmpdir(), "kubernest-kubectl-"));
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
