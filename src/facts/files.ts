/** Files that steps ask for, as they are: what they hold, who may read them, where links lead. */
import type { Fact } from "./fact.ts";
import type { FileFact } from "./machine-facts.ts";
import { CONTENT_BYTES_MAX, leadsTo, type PathStat } from "./readings.ts";

export const filesFact: Fact<Readonly<Record<string, FileFact>>> = {
  id: "files",
  reads: ({ files, stamps }) => ({ paths: [...files, ...stamps], contents: files }),
  parse: ({ paths, contents }, { files, stamps }) => Object.fromEntries([...files, ...stamps.filter((path) => !files.includes(path))].map((path) => [path, fileOf(paths[path], contents[path])])),
};

function fileOf(stat: PathStat | undefined, content: Uint8Array | undefined): FileFact {
  if (stat === undefined) return { kind: "absent" };
  const target = leadsTo(stat);
  if (target?.type === "file") {
    const { mode, owner, sizeBytes, mtimeSeconds } = target;
    const text = sizeBytes > CONTENT_BYTES_MAX ? undefined : textOf(content);
    return { kind: "file", mode, owner, sizeBytes, mtimeSeconds, content: text, ...(stat.linkTo === undefined ? {} : { linkTo: stat.linkTo }) };
  }
  if (stat.type === "link") return { kind: "link", to: stat.linkTo! };
  if (stat.type === "directory") return { kind: "directory", mode: stat.mode, owner: stat.owner };
  return { kind: "other" };
}

/** Undefined where it is no text: to write it back would change it. */
function textOf(content: Uint8Array | undefined): string | undefined {
  if (content === undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
