import { expect, it } from "vitest";
import { loadHomelab } from "../config/load.ts";
import { runChecks } from "./run-checks.ts";

const FILE = `name: maison
domain: maison.example
machines:
  cp1: { roles: control-plane }
  w1: { roles: worker }
  w2: { roles: worker }
kubernetes: { distribution: kubeadm, version: v1.36.3 }
platform:
  certificates: { issuer: letsencrypt, by: traefik, email: me@maison.example }
apps:
  web: { image: ghcr.io/example/web:1.0.0, port: 80, host: web }
`;

async function found(text: string): Promise<string[]> {
  const { homelab, source } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => text });
  return runChecks({ homelab: homelab!, source, today: Date.parse("2026-11-01") }).filter(({ id }) => id === "traefik-issuer-single").map(({ message }) => message);
}

it("refuses one Traefik for each node that asks for certificates of its own: the second waits for the first one's volume", async () => {
  expect(await found(FILE)).toEqual(["on the nodes' own ports Traefik runs on each of 2 nodes, which cannot share the certificates that it asks for itself"]);
  expect(await found(FILE.replace("  w2: { roles: worker }\n", ""))).toEqual([]);
  expect(await found(FILE.replace("platform:\n", "platform:\n  loadBalancer: { by: metallb, pools: { home: [192.168.1.240-192.168.1.249] } }\n"))).toEqual([]);
});
