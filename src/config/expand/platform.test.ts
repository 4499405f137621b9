import { expect, it } from "vitest";
import { loadHomelab } from "../load.ts";

async function issuedBy(workerCount: number, platform: string): Promise<unknown> {
  const machines = Array.from({ length: workerCount }, (_, index) => `  w${index}: { address: 192.168.1.2${index}, roles: ${index === 0 ? "[control-plane, worker]" : "worker"} }\n`).join("");
  const text = `name: maison\ndomain: maison.example\nmachines:\n${machines}kubernetes: { distribution: kubeadm, version: v1.36.3 }\nplatform:\n  certificates: { issuer: letsencrypt, email: me@maison.example }\n${platform}apps:\n  web: { image: ghcr.io/example/web:1.0.0, port: 80, host: web }\n`;
  const { homelab, findings } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => text });
  expect(findings).toEqual([]);
  return homelab!.platform.certificates!.by;
}

const METALLB = "  loadBalancer: { by: metallb, pools: { home: [192.168.1.240-192.168.1.249] } }\n";

it.each([
  ["one node, on its own ports", 1, "", "traefik"],
  ["several nodes, on the own ports of each: there is a Traefik on each", 3, "", "cert-manager"],
  ["several nodes and one Traefik behind an address", 3, METALLB, "traefik"],
  ["several Traefiks behind an address", 3, `${METALLB}  ingress: { by: traefik, replicas: 2 }\n`, "cert-manager"],
])("certificates are asked for where all can share them: %s", async (_, workerCount, platform, by) => {
  expect(await issuedBy(workerCount, platform)).toBe(by);
});
