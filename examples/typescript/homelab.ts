// The same file as code: useful where machines or apps come in series.
import { defineHomelab } from "kubernest";

const workers = [1, 2, 3, 4].map((number) => [`worker${number}`, { address: `192.168.50.${20 + number}`, roles: "worker" as const }] as const);

export default defineHomelab({
  name: "serie",
  domain: "serie.example",
  machines: {
    cp1: { address: "192.168.50.11", roles: ["control-plane"] },
    ...Object.fromEntries(workers),
  },
  machineDefaults: { hardware: "mini-pc", ssh: { user: "debian" } },
  kubernetes: { distribution: "k3s", version: "v1.36.1+k3s1" },
  platform: {
    ingress: "traefik",
    certificates: { issuer: "letsencrypt", email: process.env["ACME_EMAIL"] ?? "me@serie.example" },
  },
  apps: Object.fromEntries(
    ["blog", "photos", "recipes"].map((name) => [name, { image: `ghcr.io/example/${name}:1.0.0`, port: 8080, host: name, replicas: 2 }]),
  ),
});
