/** Container runtimes that are there already. Their versions come from packages: to start each only for its version would cost more than everything else together. */
import type { Fact } from "./fact.ts";
import type { RuntimeFact } from "./machine-facts.ts";
import { leadsTo, type Readings } from "./readings.ts";

/** By the name of the program: packages that bring it, the newer ones first. */
const RUNTIMES = {
  containerd: { program: "containerd", packages: ["containerd.io", "containerd"] },
  crio: { program: "crio", packages: ["cri-o"] },
  docker: { program: "dockerd", packages: ["docker-ce", "docker.io", "docker"] },
} as const;
const DIRECTORIES = ["/usr/local/bin", "/usr/bin"];

export const runtimeFact: Fact<RuntimeFact> = {
  id: "runtime",
  reads: () => ({
    paths: Object.values(RUNTIMES).flatMap(({ program }) => DIRECTORIES.map((directory) => `${directory}/${program}`)),
    packages: Object.values(RUNTIMES).flatMap(({ packages }) => packages),
  }),
  parse: (readings) => ({ containerd: versionOf("containerd", readings), crio: versionOf("crio", readings), docker: versionOf("docker", readings) }),
};

function versionOf(runtime: keyof typeof RUNTIMES, { paths, packages }: Readings): string | undefined {
  const known = RUNTIMES[runtime];
  const program = DIRECTORIES.map((directory) => `${directory}/${known.program}`).find((path) => leadsTo(paths[path])?.type === "file");
  if (program === undefined) return undefined;
  // What lies in /usr/local no package brought.
  const version = program.startsWith("/usr/local/") ? undefined : known.packages.map((name) => packages[name]).find((found) => found !== undefined);
  return version ?? "unpackaged";
}
