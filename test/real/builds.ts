/** Builds one part from the module pinned beside this file, with the flags of its recipe. */
import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { messageOf, type Say } from "./downloads.ts";
import { RECIPES, type PatchedModule } from "./recipes.ts";
import { REAL_VERSIONS, type Component, type Part } from "./versions.ts";

const run = promisify(execFile);
const HERE = dirname(fileURLToPath(import.meta.url));
/** Upstream's suite, nothing cached, took 20 minutes on two cores; one that takes this long is not worth waiting for. */
const BUILD_DEADLINE_MS = 45 * 60_000;

/** Empty when there is a Go toolchain, else why not. */
export async function goMissing(): Promise<string> {
  return run("go", ["version"]).then(
    () => "",
    (error: unknown) => messageOf(error),
  );
}

/** `--build-minutes N`, as the time of `performance.now()` at which builds must be over; undefined where N is no number of minutes. */
export function buildsEndMs(minutes: string): number | undefined {
  return /^(\d+|Infinity)$/.test(minutes) ? performance.now() + Number(minutes) * 60_000 : undefined;
}

/** Where the sources of a module that a component pins are, downloaded if need be. */
export async function moduleDirectory(component: Component, module: string): Promise<string> {
  return sourcesOf(module, await pinnedVersion(component, module));
}

async function sourcesOf(module: string, version: string): Promise<string> {
  // Outside of the component's directory, whose go.mod may replace that very module.
  const { stdout } = await run("go", ["mod", "download", "-json", `${module}@${version}`], { cwd: tmpdir() });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

async function pinnedVersion(component: Component, module: string): Promise<string> {
  const { stdout } = await run("go", ["mod", "edit", "-json"], { cwd: join(HERE, component) });
  const { Require } = JSON.parse(stdout) as { Require: { Path: string; Version: string }[] };
  const pinned = Require.find(({ Path }) => Path === module);
  if (pinned === undefined) throw new Error(`test/real/${component}/go.mod does not name ${module}`);
  return pinned.Version;
}

/** Undefined when built, else the compiler's last words. `untilMs` (of `performance.now()`) may end it sooner than the bound that every build has. */
export async function build(part: Part, target: string, say: Say, untilMs = Number.POSITIVE_INFINITY): Promise<string | undefined> {
  const version = REAL_VERSIONS[part.component];
  say(`${part.name} ${version}: building from its Go module (minutes, the first time)`);
  const startedMs = performance.now();
  const scratch = await mkdtemp(join(tmpdir(), "kubernest-build-"));
  const temporary = `${target}.building-${process.pid}`;
  try {
    const [command, ...args] = part.cSource === undefined ? goCommand(part, temporary) : await cCommand(part, part.cSource, temporary);
    const recipe = RECIPES[part.component];
    const directory = recipe.patchedModules === undefined ? join(HERE, part.component) : await patchedCopy(part.component, recipe.patchedModules, scratch);
    const withinMs = Math.max(1, Math.min(BUILD_DEADLINE_MS, untilMs - performance.now()));
    const { code, tail } = await runNicely(command!, args, { cwd: directory, usesC: recipe.usesC === true, withinMs });
    if (code !== 0) return `${command} failed: ${tail.trim()}`;
    await rename(temporary, target);
    say(`${part.name} ${version}: built in ${Math.round((performance.now() - startedMs) / 1000)} s`);
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function goCommand(part: Part, output: string): string[] {
  const { tags, usesC, stamps } = RECIPES[part.component];
  const flags = ["-s", "-w", ...(usesC ? ["-extldflags", "-static"] : []), ...(stamps?.(REAL_VERSIONS[part.component]) ?? []).flatMap((stamp) => ["-X", stamp])];
  // The pure Go resolver and user database: glibc's would want its shared libraries at run time.
  const allTags = [...(tags === undefined ? [] : [tags]), ...(usesC ? ["netgo osusergo"] : [])].join(" ");
  const verb = part.isTestBinary ? ["test", "-c"] : ["build"];
  return ["go", ...verb, "-trimpath", ...(allTags === "" ? [] : ["-tags", allTags]), "-ldflags", flags.join(" "), "-o", output, part.goPackage];
}

async function cCommand(part: Part, source: string, output: string): Promise<string[]> {
  const sources = await moduleDirectory(part.component, part.goPackage);
  return ["cc", "-Os", "-Wall", "-static", "-s", `-DVERSION=${REAL_VERSIONS[part.component]}`, "-o", output, join(sources, source)];
}

/** The component's own directory, with the modules that its go.mod replaces by a directory laid beside it. */
async function patchedCopy(component: Component, patches: readonly PatchedModule[], scratch: string): Promise<string> {
  const here = join(HERE, component);
  const there = join(scratch, component);
  await cp(here, there, { recursive: true });
  for (const { module, version, directory, files } of patches) {
    const copy = join(there, directory);
    await mkdir(copy);
    await run("cp", ["-R", `${await sourcesOf(module, version)}/.`, copy]);
    // Sources of modules are read-only, and a copy of them must not be.
    await run("chmod", ["-R", "u+w", copy]);
    for (const [file, replacement] of Object.entries(files)) await cp(join(here, replacement), join(copy, file));
  }
  return there;
}

function runNicely(command: string, args: readonly string[], { cwd, usesC, withinMs }: { cwd: string; usesC: boolean; withinMs: number }): Promise<{ code: number | null; tail: string }> {
  return new Promise((resolve) => {
    const child = spawn("nice", ["-n", "10", command, ...args], { cwd, env: { ...process.env, CGO_ENABLED: usesC ? "1" : "0" }, stdio: ["ignore", "ignore", "pipe"] });
    let tail = "";
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      // Go starts no more compilers, and ends with those that run.
      child.kill("SIGINT");
    }, withinMs);
    const end = (code: number | null, text: string): void => {
      clearTimeout(deadline);
      resolve({ code, tail: isLate ? `not done within ${Math.round(withinMs / 1_000)} s` : text });
    };
    child.stderr.on("data", (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-2_000)));
    child.on("error", (error) => end(1, error.message));
    child.on("close", (code) => end(code, tail));
  });
}
