/** The journal takes no more of the disk than the file says. Logs of containers are the kubelet's to rotate. */
import type { Step, Want } from "./step.ts";
import { unitChanges } from "./unit-change.ts";
import type { WantedFile } from "./wanted-file.ts";

export const JOURNALD_FILE = "/etc/systemd/journald.conf.d/50-kubernest.conf";

function wantedFile({ machine }: Pick<Want, "machine">): WantedFile {
  return { path: JOURNALD_FILE, content: { text: `# kubernest\n[Journal]\nSystemMaxUse=${Math.floor(machine.journalMax!.value)}\n` }, mode: "0644" };
}

export const limitJournal: Step = {
  id: "limit-journal",
  summary: "keeps the journal within what the file gives it",
  concerns: ({ machine }) => machine.journalMax !== undefined,
  questions: () => ({ files: [JOURNALD_FILE], units: ["systemd-journald.service"] }),
  decide: (facts, want) =>
    unitChanges(facts, want, { step: "limit-journal", unit: "systemd-journald.service", unitFiles: [], configuration: [wantedFile(want)], restartRisk: "safe", hint: "journalctl --disk-usage shows what it takes" }),
};
