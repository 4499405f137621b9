/** The outside of an operation: what the command line wires with the real ports, and tests with others. */
import type { ArtifactSource } from "../ports/artifact-source.ts";
import type { Helm } from "../ports/helm.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Reporter } from "../ports/reporter.ts";
import type { ShellConnector } from "../ports/shell.ts";
import type { KubeTransport } from "../ports/kube-transport.ts";

export interface OperationPorts {
  readonly connector: ShellConnector;
  readonly artifacts: ArtifactSource;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly journal: Journal;
  /** A word of letters and digits that nobody can guess. */
  randomWord(bytes: number): string;
  /** A secret of the store; undefined where it has none of that name. */
  secret(name: string): string | undefined;
  /** What tells a value of it apart from another, and nothing else; undefined where there is no value, or no key for digests. */
  secretDigest(name: string): string | undefined;
  /** The API of a real cluster, by a kubeconfig's text. */
  connectKube(kubeconfig: string): KubeTransport;
  /** The user's own, for charts on clusters that install none by themselves. */
  readonly helm: Helm;
  /** Who is at work, for people who meet a lock: `marie on laptop`. */
  readonly owner: string;
  debug(line: string): void;
}
