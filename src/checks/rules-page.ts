/** `docs/checks.md`, made of the rules themselves. A test keeps the page current. */
import { allChecks } from "./all.ts";
import type { Check } from "./check.ts";
import { dedent } from "./complete-example.ts";
import { allLiveChecks } from "./live/all.ts";
import { fileRules } from "./report/file-rules.ts";

const INTRODUCTION = `# What \`kubernest check\` looks at

\`kubernest check\` reads the homelab file and reports everything at once: what keeps the file from being read, and what breaks one of the
${"{COUNT}"} rules below. Each finding names the file, line and column, the value, what was expected, the nearest valid name for a typo, and how to mend it.

\`\`\`sh
kubernest check                       # homelab.yaml here
kubernest check -c lab.yaml -o json   # for programs; -o sarif for code hosts
kubernest check --ignore image-tagged # without one rule
kubernest check --live                # and what the machines say, over SSH
\`\`\`

It exits with 0 when there is no error (warnings and notes do not count), 1 when the file cannot be read, 3 when it is invalid.
A line that ends in \`# ✗\` is where the finding points. Sections that an example leaves out do not matter to its rule.

This page is made from the rules: \`npx vitest run src/checks/rules-page.test.ts -u\` writes it anew.
`;

const SEVERITY = { error: "error", warning: "warning", info: "note" } as const;

export function rulesPage(): string {
  const table = allChecks.map((check) => `| [\`${check.id}\`](#${check.id}) | ${SEVERITY[check.severity]} | ${check.summary} |`);
  const files = Object.entries(fileRules)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, summary]) => `| \`${id}\` | ${summary} |`);
  return [
    INTRODUCTION.replace("{COUNT}", String(allChecks.length)),
    "## Rules",
    "",
    "| rule | severity | what must hold |",
    "| --- | --- | --- |",
    ...table,
    "",
    "## Reading the file",
    "",
    "These come before the rules, but for `api-accepts`, which comes last. All but the note are errors, and only the note and `api-accepts` can be ignored.",
    "",
    "| finding | what must hold |",
    "| --- | --- |",
    ...files,
    "",
    "## On real machines",
    "",
    "`kubernest check --live` reads every machine over SSH, tries whether they reach each other, and times a hundred small writes where etcd will live (into a file that",
    "is removed again); nothing else is written. Rules above that know a machine's memory, kernel or version better then judge by what was seen.",
    "",
    "| rule | severity | what must hold | why |",
    "| --- | --- | --- | --- |",
    ...allLiveChecks.map(({ id, severity, summary, why }) => `| \`${id}\` | ${SEVERITY[severity]} | ${summary} | ${why} |`),
    "",
    "## The rules, one by one",
    "",
    ...allChecks.map(section),
  ].join("\n");
}

function section({ id, severity, summary, why, examples }: Check): string {
  return `### ${id}

**${summary}** (${SEVERITY[severity]})

${why}

\`\`\`yaml
${dedent(examples.good)}
\`\`\`

\`\`\`yaml
${dedent(examples.bad)}
\`\`\`
`;
}
