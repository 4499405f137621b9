/** `kubernest render`: every object the homelab implies, and each machine's configuration, as files or as one stream. Touches only files it wrote itself. */
import { isAbsolute, join } from "node:path";
import { checkFile } from "../../checks/check-file.ts";
import { plainReport } from "../../checks/report/plain.ts";
import type { Finding } from "../../config/finding.ts";
import type { HomelabSource } from "../../config/source.ts";
import type { RenderedFile } from "../../manifests/rendered.ts";
import { renderWithProblems } from "../../manifests/render-homelab.ts";
import { FILE_MARKER, fileText, type TextOptions } from "../../manifests/yaml-text.ts";
import { acceptedByApi, checkOptions } from "../check-options.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { HOMELAB_FILES, homelabFile } from "../homelab-file.ts";

/** Lists the files of the last render, one path a line: what makes a directory ours, and says which files are stale. */
export const INDEX_FILE = ".kubernest-render";

const HELP = `
Output:
  -o DIR  one file for each app and platform component, and each machine's configuration under cluster/;
          files of an earlier render that are no longer wanted are removed, others are never touched
  -o -    every object as one stream, for kubectl apply -f - (the default)
  Secrets are valid and have no values; values that only a running cluster knows are \${PLACEHOLDERS}.

Exit codes:
  0  written
  1  the file cannot be read, or the directory is not one that render made
  3  the file is invalid
`;

export const renderCommand: CommandModule = {
  configure(command) {
    command
      .option("-c, --config <file>", `the homelab file (default: ${HOMELAB_FILES.join(", ")})`)
      .option("-o, --output <dir>", "where to write; - for one stream on stdout", "-")
      .option("--lines", "name file and line in each comment, not the field alone")
      .addHelpText("after", HELP);
  },

  async run(_args, options, io) {
    const file = homelabFile(options, io);
    const { homelab, source, findings } = await checkFile(file, { ...checkOptions(io), ...acceptedByApi });
    const errors = findings.filter((finding) => finding.severity === "error");
    if (homelab === undefined || errors.length > 0) {
      io.stderr(plainReport(errors));
      return errors.some((finding) => finding.id === "unreadable-file" && finding.path.length === 0) ? EXIT.failed : EXIT.fileInvalid;
    }
    const { files, problems } = renderWithProblems(homelab);
    if (problems.length > 0) {
      io.stderr(plainReport(problems.map((problem) => problemFinding(problem, source))));
      return EXIT.fileInvalid;
    }
    const textOptions: TextOptions = options["lines"] === true ? { source } : {};
    const output = String(options["output"]);
    return output === "-" ? writeStream(files, textOptions, io) : writeDirectory(output, files, textOptions, io);
  },
};

function problemFinding(problem: { at: Finding["path"]; message: string }, source: HomelabSource): Finding {
  return { id: "rendered", severity: "error", path: problem.at, file: source.file, ...source.position(problem.at), message: problem.message, fix: "Change this field, then render again." };
}

function writeStream(files: readonly RenderedFile[], options: TextOptions, io: CommandIo): number {
  const withObjects = files.filter((file) => file.objects.length > 0);
  io.stdout(`${FILE_MARKER}\n${withObjects.map((file) => fileText(file, options).slice(FILE_MARKER.length + 1)).join("")}`);
  const left = files.length - withObjects.length;
  if (left > 0) io.stderr(`${left} configuration file${left === 1 ? " is" : "s are"} no Kubernetes objects and left out; write all with  -o DIR\n`);
  return EXIT.done;
}

function writeDirectory(directory: string, files: readonly RenderedFile[], options: TextOptions, io: CommandIo): number {
  const at = (path: string) => join(directory, path);
  const isThere = io.exists(directory);
  let names: string[];
  try {
    names = isThere ? io.list(directory) : [];
  } catch (problem) {
    io.stderr(`-o ${directory}: ${reason(problem)}. Name a directory.\n`);
    return EXIT.failed;
  }
  if (names.length > 0 && !names.includes(INDEX_FILE)) {
    io.stderr(`-o ${directory}: the directory is not empty and not one that render made. Name another, or empty it.\n`);
    return EXIT.failed;
  }
  const isOurs = (path: string) => io.readFile(at(path)).startsWith(FILE_MARKER);
  const foreign = files.find((file) => io.exists(at(file.path)) && !isOurs(file.path));
  if (foreign !== undefined) {
    io.stderr(`${at(foreign.path)}: the file is not one that render wrote. Move it away, then render again.\n`);
    return EXIT.failed;
  }
  const wanted = new Set(files.map((file) => file.path));
  // Only paths inside the directory: the index is a file like any other, and may have been changed.
  const before = names.includes(INDEX_FILE) ? io.readFile(at(INDEX_FILE)).split("\n").filter((path) => path !== "" && !path.startsWith("#") && isInside(path)) : [];
  const stale = before.filter((path) => !wanted.has(path) && io.exists(at(path)) && isOurs(path));
  try {
    // The index first, with old and new: an interruption leaves no file that the next render does not know as its own.
    writeIndex(directory, [...new Set([...before, ...wanted])], io);
    for (const file of files) io.writeFile(at(file.path), fileText(file, options));
    for (const path of stale) io.remove(at(path));
    writeIndex(directory, [...wanted], io);
  } catch (problem) {
    io.stderr(`-o ${directory}: ${reason(problem)}\n`);
    return EXIT.failed;
  }
  const objects = files.reduce((count, file) => count + file.objects.length, 0);
  io.stderr(`${directory}: ${objects} objects in ${files.length} files${stale.length > 0 ? `; ${stale.length} stale removed` : ""}\n`);
  return EXIT.done;
}

function writeIndex(directory: string, paths: readonly string[], io: CommandIo): void {
  io.writeFile(join(directory, INDEX_FILE), `${FILE_MARKER}\n${[...paths].sort().join("\n")}\n`);
}

function isInside(path: string): boolean {
  return !isAbsolute(path) && !path.split("/").includes("..");
}

const REASONS: Record<string, string> = { EACCES: "you may not write there", ENOTDIR: "it is not a directory", EROFS: "the disk is read-only", ENOSPC: "the disk is full" };

function reason(problem: unknown): string {
  const { code, message } = problem as { code?: string; message?: string };
  return REASONS[code ?? ""] ?? message ?? String(problem);
}
