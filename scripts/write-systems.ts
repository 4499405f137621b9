/** Renews the line numbers in `docs/systems.md`: run it after changing an example. What an example does not carry is named, and left as it is. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseRow, placeOf } from "../test/systems-table.ts";

const file = join(import.meta.dirname, "../docs/systems.md");
const lines = readFileSync(file, "utf8").split("\n");
let missing = 0;
for (const [index, text] of lines.entries()) {
  const row = parseRow(text);
  if (row?.kind !== "field") continue;
  const place = await placeOf(row.file, row.field);
  if (place === undefined) {
    console.error(`docs/systems.md:${index + 1}: ${row.file} has no ${row.field}`);
    missing++;
    continue;
  }
  lines[index] = `| ${row.item} | \`${row.field}\`${place.isDefault ? " (default)" : ""} | [${row.file}:${place.line}](../examples/${row.file}#L${place.line}) |`;
}
writeFileSync(file, lines.join("\n"));
process.exitCode = missing === 0 ? 0 : 1;
