/** Type, mode, owner, size and time of paths, by one `stat`, and a second one of what links lead to where there are links. */
import { FactUnreadable } from "../fact.ts";
import type { PathStat, Reads } from "../readings.ts";
import { pathWords } from "./words.ts";

const TAB = "\t";
/** Raw mode, inode, size, time of change, owner; the name comes last. */
const FORMAT = ["%f", "%i", "%s", "%Y", "%U:%G"].join(TAB);

export function pathsScript(reads: Reads): string {
  // `for` has its list before the first shift: afterwards only links are left of it.
  return `set -- ${pathWords(reads.paths, reads.pathPatterns)}
[ $# = 0 ] || QUOTING_STYLE=literal stat -c '=${TAB}${FORMAT}${TAB}%N' -- "$@"
for p do shift; [ ! -h "$p" ] || set -- "$@" "$p"; done
[ $# = 0 ] || stat -L -c '>${TAB}${FORMAT}${TAB}%n' -- "$@"`;
}

export function parsePaths(output: string): Record<string, PathStat> {
  const paths: Record<string, PathStat> = {};
  for (const line of output.split("\n")) {
    if (line === "") continue;
    const [kind, rawMode, inode, size, time, owner, ...rest] = line.split(TAB);
    const name = rest.join(TAB);
    if ((kind !== "=" && kind !== ">") || rawMode === undefined || !/^[0-9a-f]+$/.test(rawMode) || name === "") throw new FactUnreadable("look at paths: `stat` answered a line of another shape");
    const stat: PathStat = { ...parseMode(rawMode), owner: owner!, sizeBytes: Number(size), mtimeSeconds: Number(time), inode: inode! };
    if (kind === ">") {
      const link = paths[name];
      // It was a link a moment before: what it is now, nobody has seen.
      if (link?.type !== "link") throw new FactUnreadable(`look at ${name}: it changed meanwhile`, "changed-meanwhile");
      paths[name] = { ...link, target: stat };
    } else if (stat.type === "link") {
      const { path, to } = parseLink(name);
      paths[path] = { ...stat, linkTo: to };
    } else paths[unquoted(name)] = stat;
  }
  return paths;
}

const TYPES: Readonly<Record<number, PathStat["type"]>> = { 0o100000: "file", 0o040000: "directory", 0o120000: "link" };

function parseMode(hexadecimal: string): Pick<PathStat, "type" | "mode"> {
  const mode = Number.parseInt(hexadecimal, 16);
  return { type: TYPES[mode & 0o170000] ?? "other", mode: (mode & 0o7777).toString(8).padStart(4, "0") };
}

/** coreutils leave names as they are when told so; busybox and older ones put quotes around each. */
function parseLink(name: string): { readonly path: string; readonly to: string } {
  const arrow = name.indexOf(" -> ");
  if (arrow < 0) throw new FactUnreadable("look at a link: `stat` does not say where it leads");
  return { path: unquoted(name.slice(0, arrow)), to: unquoted(name.slice(arrow + 4)) };
}

function unquoted(name: string): string {
  return /^'.*'$/.test(name) ? name.slice(1, -1) : name;
}
