/** keepalived holds the endpoint's address on one load balancer at a time. */
import { keepalivedText } from "../manifests/cluster/keepalived.ts";
import type { Step } from "./step.ts";
import { unitChanges } from "./unit-change.ts";

const PATH = "/etc/keepalived/keepalived.conf";

export const runKeepalived: Step = {
  id: "run-keepalived",
  summary: "keeps the endpoint's address on one of the load balancers",
  concerns: ({ homelab: { kubernetes }, machine }) => kubernetes.endpoint.by === "haproxy" && kubernetes.endpoint.on.length > 1 && kubernetes.endpoint.on.includes(machine.name),
  questions: () => ({ files: [PATH], units: ["keepalived.service"] }),
  decide: (facts, want) =>
    unitChanges(facts, want, {
      step: "run-keepalived",
      unit: "keepalived.service",
      unitFiles: [],
      configuration: [{ path: PATH, content: { text: `# kubernest\n${keepalivedText(want.homelab, want.machine)}` }, mode: "0644" }],
      restartRisk: "disrupts",
      test: `keepalived -t -f ${PATH}`,
      hint: "keepalived -t -f /etc/keepalived/keepalived.conf says what is wrong; journalctl -u keepalived what it says",
    }),
};
