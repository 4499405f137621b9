/** What new scenarios begin as: small, whole, and they run. */
import { type Fault, FAULTS, faultText } from "../scenarios/fault.ts";
import { losing, losingOneByOne, scenarioTitle } from "../scenarios/scenario.ts";

export function newScenarioText(name: string): string {
  return `# What happens, and what is expected to be seen. Every field: docs/scenarios.md
name: ${name}
title: The worker with the app loses its power
sources: [] # where it happened to somebody, as links

# A homelab in full below it, or the path of a file beside this one:  homelab: ../homelab.yaml
homelab:
  name: home
  machines:
    node1: { roles: [control-plane, worker] }
    node2: { roles: worker }
    node3: { roles: worker }
  kubernetes: { distribution: k3s }
  apps:
    hello: { image: docker.io/traefik/whoami:v1.11.0, port: 80, exposure: node-port, replicas: 2 }

steps: # begin and end a fault; do: what a person does
  - { at: 0s, begin: power-off node2 }
  - { at: 20m, end: power-off node2 }
until: 30m

expect:
  - { between: [40s, 60s], node: node2, becomes: not ready }
  - { at: 8m, pods: hello/hello, is: 2 ready }
  - { at: 30m, node: node2, is: ready }
`;
}

/** Five minutes of a toleration, the detection before it, and an image to pull. */
const STEP_MINUTES = 15;

/** Losses of a homelab and what gives them back, with the expectation that all is well again then. `homelab`: the path of its file beside this one. */
export function lossScenarioText(name: string, { faults, isOneByOne }: { readonly faults: readonly Fault[]; readonly isOneByOne: boolean }, homelab: string, apps: readonly string[]): string {
  const step = (minutes: number, does: "begin" | "end", fault: Fault): string => `  - { at: ${minutes === 0 ? "0s" : `${minutes}m`}, ${does}: ${yamlText(faultText(fault))} }`;
  const givenBack = isOneByOne ? faults.length * STEP_MINUTES : STEP_MINUTES;
  const until = `${givenBack + STEP_MINUTES}m`;
  const machines = [...new Set(faults.filter(({ id }) => FAULTS[id].strikes === "machine").map(({ target }) => target))];
  return `name: ${name}
title: ${yamlText(scenarioTitle(isOneByOne ? losingOneByOne(faults) : losing(faults)))}
homelab: ${yamlText(homelab)}

steps: # begin and end a fault; do: what a person does. Every field: docs/scenarios.md
${[...faults.map((fault, index) => step(isOneByOne ? index * STEP_MINUTES : 0, "begin", fault)), ...faults.filter(({ id }) => FAULTS[id].isMoment !== true).map((fault) => step(givenBack, "end", fault))].join("\n")}
until: ${until}

expect:
${[`  - { at: ${until}, api: answering }`, ...machines.map((machine) => `  - { at: ${until}, node: ${machine}, is: ready }`), ...apps.map((app) => `  - { at: ${until}, app: ${app}, is: served }`)].join("\n")}
`;
}

/** JSON is YAML, and quoted only where a plain word would be read otherwise. */
const yamlText = (text: string): string => (/^[\w./][\w ./,-]*$/.test(text) && !text.includes(", ") ? text : JSON.stringify(text));
