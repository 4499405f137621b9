/** One port of a machine, an address or a service belongs to one. */
import type { Path } from "../config/finding.ts";
import type { Check, CheckResult } from "./check.ts";
import { servicesOf } from "./derived/workloads.ts";

export const portsDistinct: Check = {
  id: "ports-distinct",
  severity: "error",
  summary: "No node port, port of a load balancer's address or port of a service is used twice.",
  why: "The API refuses the second service with a taken node port or a repeated port; of two services with one load balancer address the second stays `<pending>`.",
  examples: {
    good: `
      apps:
        dns: { image: ghcr.io/example/dns:1.0.0, port: 53, exposure: { kind: node-port, nodePort: 30053 } }
        game: { image: ghcr.io/example/game:1.0.0, port: 2456, exposure: { kind: node-port, nodePort: 30456 } }`,
    bad: `
      apps:
        dns: { image: ghcr.io/example/dns:1.0.0, port: 53, exposure: { kind: node-port, nodePort: 30053 } }
        game:
          image: ghcr.io/example/game:1.0.0
          port: 2456
          exposure: { kind: node-port, nodePort: 30053 } # ✗`,
  },
  check({ homelab }) {
    const results: CheckResult[] = [];
    const owners = new Map<string, string>();
    const claim = (key: string, owner: string, path: Path, value: string, what: string, fix: string): void => {
      const earlier = owners.get(key);
      if (earlier === undefined) owners.set(key, owner);
      else results.push({ path, value, message: earlier === owner ? `${owner} has ${what} twice` : `${owner} has ${what}, as ${earlier} has`, expected: "a port of its own", fix });
    };
    const sharesNodeAddresses = homelab.platform.loadBalancer.by === "servicelb";
    const { ingress } = homelab.platform;
    if (ingress.by !== "none" && (ingress.exposure === "host-ports" || sharesNodeAddresses)) {
      for (const port of [ingress.httpPort, ingress.httpsPort]) owners.set(`lb  TCP ${port}`, "the ingress");
    }
    for (const { app, item, path } of servicesOf(homelab)) {
      const owner = app.name === item.name ? app.name : `${app.name}/${item.name}`;
      const { nodePort, kind, address } = item.exposure;
      if (nodePort !== undefined) claim(`node ${nodePort}`, owner, [...path, "exposure"], String(nodePort), `node port ${nodePort}`, "Choose another port from 30000 to 32767, or leave it out.");
      for (const [index, port] of item.ports.entries()) {
        claim(`${owner} ${port.protocol} ${port.port}`, owner, [...path, "ports", index], String(port.port), `port ${port.port}/${port.protocol}`, "Give each port its own number.");
        if (kind === "load-balancer" && (address !== undefined || sharesNodeAddresses)) {
          claim(`lb ${address ?? ""} ${port.protocol} ${port.port}`, owner, [...path, "exposure"], String(port.port), `port ${port.port}/${port.protocol} of ${address ?? "the nodes' addresses"}`, "Choose another port or address.");
        }
      }
    }
    return results;
  },
};
