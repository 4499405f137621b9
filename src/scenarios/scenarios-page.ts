/** docs/scenarios.md, made from what the reader knows: kinds of fault, what a person does, states, the stories that come with the program and those that cannot be told. */
import { ACT_IDS, ACTS } from "./act.ts";
import { FAULT_IDS, FAULTS } from "./fault.ts";
import { type ScenarioFile, STATES } from "./scenario-file.ts";
import { UNTOLD } from "./untold.ts";

export function scenariosPage(stories: readonly ScenarioFile[], example: string): string {
  return `${HEAD}
\`\`\`yaml
${example.trimEnd()}
\`\`\`

${FORMAT}
## Faults

\`begin: FAULT TARGET [AMOUNT]\` and \`end: FAULT TARGET\`.

| fault | target | what happens | what ends it |
| --- | --- | --- | --- |
${FAULT_IDS.map((id) => {
  const { strikes, begins, ends, isMoment, amount } = FAULTS[id];
  const name = `\`${id}\`${amount === undefined ? "" : `<br>${amount.what}; otherwise ${amount.otherwise}`}`;
  return `| ${name} | ${strikes} | ${begins("X")} | ${isMoment ? "over as it happens" : ends("X")} |`;
}).join("\n")}

## What a person does

\`do: WHAT TARGET\`. It goes through the API, so it can be refused.

| what | is the same as |
| --- | --- |
${ACT_IDS.map((id) => `| \`${id}\` | \`${ACTS[id].command(ACTS[id].on === "machine" ? "NODE" : "NAMESPACE/NAME")}\` |`).join("\n")}

## States

| of | states |
| --- | --- |
${Object.entries(STATES).map(([kind, states]) => `| ${kind} | ${states.join(", ")}${kind === "pods" ? ", waiting: REASON; with a number before it, just so many: `2 ready`" : ""} |`).join("\n")}

## The stories

Each happened to somebody. Their timelines are beside them (\`scenarios/NAME.timeline.txt\`), and every run of the tests compares them.

${stories.map(({ name, title, sources, note }) => `- **${name}**: ${title} (${sources.map((source) => `[${sourceName(source)}](${source})`).join(", ")}).${note === undefined ? "" : ` ${note}`}`).join("\n")}

## Stories that are not told

What they need is not simulated, and a scenario that only looked like them would say nothing.

${UNTOLD.map(({ story, source, why }) => `- ${story} ([${sourceName(source)}](${source})): ${why}`).join("\n")}
`;
}

/** `kubernetes#54368`, or the host. */
function sourceName(url: string): string {
  const issue = /^https:\/\/github\.com\/[^/]+\/([^/]+)\/(?:issues|pull)\/(\d+)/.exec(url);
  return issue === null ? url.split("/")[2]! : `${issue[1]}#${issue[2]}`;
}

const HEAD = `# Scenarios

What happens to a homelab when, and what is expected to be seen, as a file. The stories of others come with the program:

\`\`\`
kubernest scenario list
kubernest scenario show stateful-set-on-dead-machine
kubernest scenario run stateful-set-on-dead-machine       # in virtual time: seconds
kubernest scenario run power-cut -c homelab.yaml          # one of yours, on your homelab
kubernest scenario new power-cut                          # writes scenarios/power-cut.yaml
kubernest scenario run "pi2 off"                          # what prove calls a loss, on your homelab
kubernest scenario new "pi2's disk lost and switch off"   # the same as a file, to be changed
kubernest rehearse --scenario stateful-set-on-dead-machine --speed 60   # live: watch it with kubectl
\`\`\`

A loss is given back after a quarter of an hour, and all is expected to be well another quarter later. \`run\` ends with 0 when all came as expected and with 4 when not; \`-o json\` has the timeline and each expectation with what was seen.
`;

const FORMAT = `- **homelab**: the fields of one, or the path of a file beside the scenario. \`-c\` on the command line takes another.
- **age**: how old the cluster is, with its certificates, when the scenario begins; new where nothing is said. **seed**: what chance starts from (\`1\`).
- **steps** begin and end faults, or say what a person does. **until**: how long all is watched. Times are \`0s\`, \`90s\`, \`1h30m\`, \`2d\`, and count from the scenario's start.
- **expect**: \`at\` a time, \`from\` one \`to\` another (all the while), or \`between: [a, b]\` (it begins to hold within these times and did not before). The subject is a \`node\` (by its machine's
  name), \`pods\` (\`NAMESPACE/NAME\` of a pod, or of the Deployment, StatefulSet or Job that made it), an \`app\` as its users see it, the \`api\`, or an \`event\` by its reason.
- **sources**: where it happened. **note**: what is simplified, or left out.

For editors: \`kubernest schema scenario\`, and how to point to it is in its \`--help\`.

A field that is unknown, a machine that is not there, a time after the end: each is an error with its line, and \`run\` ends with 3.
`;
