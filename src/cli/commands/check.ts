/** `kubernest check`: everything that is wrong, or will be, with the homelab file, and with `--live` on its machines. Changes nothing. */
import { Option } from "commander";
import { allChecks } from "../../checks/all.ts";
import { checkFile, MAY_BE_IGNORED } from "../../checks/check-file.ts";
import { allLiveChecks } from "../../checks/live/all.ts";
import { jsonReport } from "../../checks/report/json.ts";
import { plainReport } from "../../checks/report/plain.ts";
import { prettyReport } from "../../checks/report/pretty.ts";
import { sarifReport } from "../../checks/report/sarif.ts";
import { summaryText } from "../../checks/report/summary.ts";
import { nearestName } from "../../lib/nearest-name.ts";
import { acceptedByApi, checkOptions } from "../check-options.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { HOMELAB_FILES, homelabFile } from "../homelab-file.ts";
import { packageVersion } from "../package-version.ts";

const HELP = `
--live reads the machines over SSH too, tries from each whether the others answer, and times small writes where etcd will live.

Output:
  table   for people: by severity, with the line and what to do; one line per finding when not in a terminal
  json    { file, valid, summary: { errors, warnings, infos }, findings: [{ id, severity, path, field, file,
          line, column, message, value?, expected?, didYouMean?, fix? }] }
  sarif   SARIF 2.1.0, for code hosts

Exit codes:
  0  no errors (warnings and notes do not count)
  1  the file cannot be read
  3  the file is invalid
`;

export const checkCommand: CommandModule = {
  configure(command) {
    command
      .option("-c, --config <file>", `the homelab file (default: ${HOMELAB_FILES.join(", ")})`)
      .addOption(new Option("-o, --output <format>", "how findings are written").choices(["table", "json", "sarif"]).default("table"))
      .option("--live", "look at the machines too")
      .option("--ignore <rule...>", "skip rules, by id")
      .addHelpText("after", HELP);
  },

  async run(_args, options, io) {
    const ignore = (options["ignore"] as string[] | undefined) ?? [];
    const ids = [...allChecks.map((check) => check.id), ...allLiveChecks.map((check) => check.id), ...MAY_BE_IGNORED];
    const unknown = ignore.find((id) => !ids.includes(id));
    if (unknown !== undefined) {
      const meant = nearestName(unknown, ids);
      io.stderr(`--ignore ${unknown}: there is no such rule${meant === undefined ? "" : `; did you mean ${meant}?`} The rules are listed in docs/checks.md.\n`);
      return EXIT.failed;
    }
    const file = homelabFile(options, io);
    const checked = await checkFile(file, { ...checkOptions(io), ...acceptedByApi, ignore });
    const { source } = checked;
    const findings = options["live"] === true && checked.homelab !== undefined ? await (await import("../live-findings.ts")).liveFindings(file, checked.homelab, source, ignore, io) : checked.findings;
    write(String(options["output"] ?? "table"), findings, file, source.text, io);
    if (findings.some((finding) => finding.id === "unreadable-file" && finding.path.length === 0)) return EXIT.failed;
    return findings.some((finding) => finding.severity === "error") ? EXIT.fileInvalid : EXIT.done;
  },
};

function write(output: string, findings: Parameters<typeof plainReport>[0], file: string, text: string, io: CommandIo): void {
  if (output === "json") return io.stdout(jsonReport(findings, file));
  if (output === "sarif") return io.stdout(sarifReport(findings, { version: packageVersion(), text }));
  // Findings are data on stdout: how they look follows where that goes.
  if (io.stdoutIsTerminal) return io.stdout(prettyReport(findings, file, { text, width: io.width, colour: io.colour }));
  io.stdout(plainReport(findings));
  io.stderr(`${file}: ${summaryText(findings)}\n`);
}
