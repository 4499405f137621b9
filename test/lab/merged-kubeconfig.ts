/** `kubeconfig --merge` into the file of a person who has another cluster of the same name, and kubectl with what came of it. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cachedPath } from "../real/binaries.ts";
import { KUBECTL } from "../real/versions.ts";
import type { LabRun, LabUnderTest } from "./lab-command.ts";

export interface MergedKubeconfig {
  readonly merge: LabRun;
  readonly again: LabRun;
  /** As kubectl sees them. */
  readonly contexts: readonly string[];
  readonly current: string;
  /** Of our context. */
  readonly nodes: readonly string[];
  readonly text: string;
  readonly mode: number;
  /** What is kept of the file as it was. */
  readonly kept: readonly string[];
}

/** `theirs`: the person's file as it was. */
export function mergedKubeconfig(lab: LabUnderTest): MergedKubeconfig & { readonly theirs: string } {
  const theirs = `# by hand
apiVersion: v1
kind: Config
clusters: [{ name: ${lab.name}, cluster: { server: "https://192.0.2.1:6443" } }]
users: [{ name: me, user: { token: theirs } }]
contexts: [{ name: ${lab.name}, context: { cluster: ${lab.name}, user: me } }]
current-context: ${lab.name}
`;
  const file = join(lab.directory, "kubeconfig");
  writeFileSync(file, theirs, { mode: 0o600 });
  const merging = (): LabRun => lab.run(`KUBECONFIG=${file} node --import tsx src/cli/main.ts kubeconfig --merge -c ${lab.file}`);
  const kubectl = (args: string): string => lab.run(`${cachedPath(KUBECTL.component, KUBECTL.name)} --kubeconfig ${file} --request-timeout=20s ${args}`).stdout.trim();
  const [merge, again] = [merging(), merging()];
  return {
    theirs, merge, again,
    contexts: kubectl("config get-contexts -o name").split("\n").sort(),
    current: kubectl("config current-context"),
    nodes: kubectl(`--context ${lab.name}-2 get nodes -o name`).split("\n").sort(),
    text: readFileSync(file, "utf8"),
    mode: statSync(file).mode & 0o777,
    kept: readdirSync(lab.directory).filter((name) => name.startsWith("kubeconfig.before-")).map((name) => readFileSync(join(lab.directory, name), "utf8")),
  };
}
