/** A release file in its place on the machine, known by its stamp; the change that puts it there where it is not. */
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { ReleaseFile } from "../manifests/cluster/artifacts.ts";
import { hasStamp } from "./artifact-stamp.ts";
import type { Change } from "./change.ts";
import type { Refusal, Want } from "./step.ts";

export interface Placed {
  /** Undefined: the artifact is the file itself. */
  readonly member?: string;
  readonly path: string;
  readonly mode: string;
}

/** Undefined when every file is in place. */
export function artifactChange(facts: MachineFacts, want: Pick<Want, "checksumOf">, step: string, artifact: ReleaseFile, placed: readonly Placed[]): Change | Refusal | undefined {
  const sha256 = want.checksumOf(artifact.url);
  if (sha256 === undefined) {
    // What is there stays: a machine needs no release site to go on.
    if (placed.every(({ path }) => facts.files[path]?.kind === "file")) return undefined;
    return { refused: `${artifact.name} is not to be had: neither its release site nor a mirror answers with its checksum`, hint: `look whether ${artifact.checksumUrl} can be reached, or write where a mirror is: artifacts: { mirror: … }` };
  }
  const wrong = placed.filter(({ path, mode }) => !hasStamp(facts.files[path], sha256, mode));
  const [first] = wrong;
  if (first === undefined) return undefined;
  const isMissing = wrong.every(({ path }) => facts.files[path]?.kind !== "file");
  const members = placed.flatMap(({ member, path, mode }) => (member === undefined ? [] : [{ member, path, mode }]));
  return {
    step,
    summary: `install ${artifact.name}`,
    why: isMissing ? "not there" : `${wrong.map(({ path }) => path).join(", ")} ${wrong.length === 1 ? "is" : "are"} another version, or changed`,
    risk: "safe",
    run: [{ do: "copy", artifact, sha256, as: members.length > 0 ? { kind: "tar.gz", members } : { kind: "file", path: first.path, mode: first.mode } }],
  };
}
