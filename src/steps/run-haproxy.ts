/** HAProxy in front of the API servers: on the load balancers, or on each node's own loopback address. Its configuration is tested by haproxy itself before it is taken. */
import { hasLocalProxy } from "../manifests/cluster/cluster-machines.ts";
import { haproxyText } from "../manifests/cluster/haproxy.ts";
import type { Step, Want } from "./step.ts";
import { unitChanges } from "./unit-change.ts";

const PATH = "/etc/haproxy/haproxy.cfg";

function placeOf({ homelab, machine }: Pick<Want, "homelab" | "machine">): "all" | "loopback" | undefined {
  const { endpoint } = homelab.kubernetes;
  if (endpoint.by === "haproxy" && endpoint.on.includes(machine.name)) return "all";
  return hasLocalProxy(homelab, machine) ? "loopback" : undefined;
}

export const runHaproxy: Step = {
  id: "run-haproxy",
  summary: "runs HAProxy in front of the API servers",
  concerns: (want) => placeOf(want) !== undefined,
  questions: () => ({ files: [PATH], units: ["haproxy.service"] }),
  decide: (facts, want) =>
    unitChanges(facts, want, {
      step: "run-haproxy",
      unit: "haproxy.service",
      unitFiles: [],
      configuration: [{ path: PATH, content: { text: `# kubernest\n${haproxyText(want.homelab, placeOf(want))}` }, mode: "0644" }],
      // A reload hands the sockets over: connections live on.
      reload: "systemctl reload haproxy",
      restartRisk: "disrupts",
      test: `haproxy -c -q -f ${PATH}`,
      hint: "haproxy -c -f /etc/haproxy/haproxy.cfg says what is wrong; journalctl -u haproxy what it says",
    }),
};
