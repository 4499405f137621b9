/** `npx tsx test/kubectl/record.ts`: runs the sequences against a cluster; records what was printed, or compares it with the recording. */
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
  if (values.kubeconfig === undefined) {
    process.stderr.write("which cluster? --kubeconfig FILE [--filter REGEX] [--parallel N] [--record]\n");
    return 1;
  }
  const { kubeconfig } = values;
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
  process.stdout.write(`kubectl ${kubectl.version}: ${chosen.length} sequences, ${failedCount} different\n`);
  return failedCount === 0 ? 0 : 1;
}

process.exitCode = await main();
