/** Free text of the file in which commands and addresses hide: commands, arguments, environment, configuration files. */
import type { Path } from "../../config/finding.ts";
import type { Homelab } from "../../config/homelab.ts";
import { workloadsOf } from "./workloads.ts";

export interface TextAt {
  readonly text: string;
  readonly path: Path;
}

export function textsOf(homelab: Homelab): TextAt[] {
  const found: TextAt[] = [];
  for (const { item, path } of workloadsOf(homelab)) {
    if (item.command !== undefined) found.push({ text: item.command.join(" "), path: [...path, "command"] });
    if (item.args !== undefined) found.push({ text: item.args.join(" "), path: [...path, "args"] });
    for (const [name, value] of Object.entries(item.env)) if (value.kind === "literal") found.push({ text: value.value, path: [...path, "env", name] });
  }
  for (const app of Object.values(homelab.apps)) {
    for (const file of Object.values(app.configFiles)) found.push({ text: file.content, path: ["apps", app.name, "configFiles", file.name] });
  }
  return found;
}
