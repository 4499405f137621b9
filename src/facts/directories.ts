/** Names in directories that steps ask for, hidden ones too. */
import { shellWords } from "../lib/shell-quote.ts";
import type { Fact } from "./fact.ts";
import { FactUnreadable } from "./fact.ts";

export const directoriesFact: Fact<Readonly<Record<string, readonly string[] | undefined>>> = {
  id: "directories",
  reads: () => ({}),
  // A pattern that matches nothing stays as it is: it names nothing that is there, and is left out.
  script: ({ directories }) =>
    directories.length === 0
      ? ""
      : `for d in ${shellWords(directories)}; do
[ ! -d "$d" ] || for p in "$d" "$d"/* "$d"/.[!.]* "$d"/..?*; do
if [ "$p" = "$d" ]; then printf '%s\\n' "$mark=$d"; elif [ -e "$p" ] || [ -h "$p" ]; then printf '%s\\0\\n' "\${p#"$d"/}"; fi
done; done`,
  parse({ output, mark }, { directories }) {
    const found: Record<string, readonly string[]> = {};
    for (const part of output.split(`${mark}=`).slice(1)) {
      const end = part.indexOf("\n");
      const names = part.slice(end + 1).split("\0\n");
      if (names.pop() !== "") throw new FactUnreadable("read directories: the list of names has no end");
      found[part.slice(0, end)] = names.sort();
    }
    return Object.fromEntries(directories.map((path) => [path, found[path]]));
  },
};
