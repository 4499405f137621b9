/** What a new scenario begins as: small, whole, and it runs. */
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
