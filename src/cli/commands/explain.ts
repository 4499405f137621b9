/** `kubernest explain`: the file in its long form, or a part of it, each default with its reason. Reads files only. */
import { isAbsolute, join } from "node:path";
import { Option } from "commander";
import { plainReport } from "../../checks/report/plain.ts";
import { explain, explanationYaml } from "../../config/explain.ts";
import { loadHomelab } from "../../config/load.ts";
import { formatPath } from "../../config/show.ts";
import { type CommandModule, EXIT } from "../command.ts";
import { HOMELAB_FILES, homelabFile } from "../homelab-file.ts";

const HELP = `
Examples:
  kubernest explain                              the whole file; it is a homelab file itself
  kubernest explain apps.gazette                 one app
  kubernest explain 'registries["ghcr.io"]'      a name with dots

Output:
  yaml  the long form, each default with its reason as a comment
  json  { path, value, defaults: [{ path, field, value, why }] }

Exit codes:
  0  explained
  1  the file cannot be read, or has nothing at the path
  3  the file is invalid
`;

export const explainCommand: CommandModule = {
  configure(command) {
    command
      .argument("[path]", "a field, such as apps.gazette or machines.pi1.disks[0]")
      .option("-c, --config <file>", `the homelab file (default: ${HOMELAB_FILES.join(", ")})`)
      .addOption(new Option("-o, --output <format>", "how it is written").choices(["yaml", "json"]).default("yaml"))
      .addHelpText("after", HELP);
  },

  async run(args, options, io) {
    const file = homelabFile(options, io);
    const { homelab, findings } = await loadHomelab(file, {
      env: io.env,
      readFile: (path) => io.readFile(path),
      resolve: (path) => (isAbsolute(path) ? path : join(io.cwd, path)),
    });
    if (findings.length > 0) io.stderr(plainReport(findings));
    if (homelab === undefined) return findings.some((finding) => finding.id === "unreadable-file" && finding.path.length === 0) ? EXIT.failed : EXIT.fileInvalid;
    const explanation = explain(homelab, args[0]);
    if (!explanation.found) {
      io.stderr(`${explanation.message}. ${explanation.fix}\n`);
      return EXIT.failed;
    }
    if (options["output"] === "json") {
      const { path, value, defaults } = explanation;
      io.stdout(`${JSON.stringify({ path, value, defaults: defaults.map((one) => ({ path: one.path, field: formatPath(one.path), value: one.value, why: one.why })) }, null, 2)}\n`);
    } else {
      io.stdout(explanationYaml(explanation));
    }
    // What is wrong was said above: the explanation leaves it out.
    return findings.some((finding) => finding.severity === "error") ? EXIT.fileInvalid : EXIT.done;
  },
};
