/** A homelab of any size: three servers, machines on power strips of eight and switches of forty, apps of ten replicas. */

export interface HomeSize {
  machineCount: number;
  /** Apps' pods; what the distribution and the platform run comes on top. */
  podCount: number;
}

const REPLICAS = 10;
const PER_STRIP = 8;
const PER_SWITCH = 40;

export function homeOfSize({ machineCount, podCount }: HomeSize): string {
  const names = Array.from({ length: machineCount }, (_, index) => `m${index + 1}`);
  const address = (index: number): string => `10.20.${Math.floor((index + 10) / 250)}.${((index + 10) % 250) + 1}`;
  const groups = (size: number): string[][] => Array.from({ length: Math.ceil(machineCount / size) }, (_, index) => names.slice(index * size, (index + 1) * size));
  const machines = names.map((name, index) => `  ${name}: { address: ${address(index)}${index < 3 ? ", roles: [control-plane, worker]" : ""} }`);
  const strips = groups(PER_STRIP).map((group, index) => `  strip${index + 1}: { kind: power-strip, powers: [${group.join(", ")}] }`);
  const switches = groups(PER_SWITCH).map((group, index) => `  switch${index + 1}: { kind: switch, connects: [${group.join(", ")}] }`);
  const apps = Array.from({ length: Math.ceil(podCount / REPLICAS) }, (_, index) => {
    const replicas = Math.min(REPLICAS, podCount - index * REPLICAS);
    return `  app${index + 1}: { image: ghcr.io/example/app${index % 7}:1.0.0, port: 8080, replicas: ${replicas}, ${index % 5 === 0 ? `host: app${index + 1}, ` : ""}resources: { requests: { cpu: 10m, memory: 16Mi } } }`;
  });
  return `name: bench
domain: maison.example
lan: 10.20.0.0/20
machines:
${machines.join("\n")}
machineDefaults: { hardware: mini-pc, memory: 32Gi, cpu: 16, disk: 500G, ssh: { user: me } }
site:
  box: { kind: router, address: 10.20.15.254, connects: [${switches.map((_, index) => `switch${index + 1}`).join(", ")}], forwards: { 80: m1, 443: m1 } }
${[...switches, ...strips].join("\n")}
kubernetes:
  distribution: k3s
  version: v1.36.1+k3s1
  network: { pods: 10.64.0.0/10, services: 10.32.0.0/16 }
platform: { ingress: traefik, certificates: { issuer: local-ca } }
apps:
${apps.join("\n")}
`;
}
