#!/usr/bin/env node
/** The program as the package ships it: from its bundles, with their compiled code kept between runs. */
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as Cli from "./cli.ts";
import { runProcess } from "./run-process.ts";

/** A command that serves is long past its start by then. */
const START_MS_MAX = 10_000;

await runProcess(async () => {
  const { BundleLoader } = await import("./bundle-loader.ts");
  const { env } = process;
  // Node's own switch for what it keeps by itself since version 22.
  const isOff = Boolean(env["NODE_DISABLE_COMPILE_CACHE"]);
  const loader = new BundleLoader(isOff ? undefined : join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "kubernest", "compiled"));
  const keepOnce = (): void => {
    process.off("exit", keepOnce);
    clearTimeout(timer);
    loader.keep();
  };
  // V8 forgets compiled code that has not run for long: what a start needs is kept while it is there.
  const timer = setTimeout(keepOnce, START_MS_MAX).unref();
  process.on("exit", keepOnce);
  return loader.load(fileURLToPath(new URL("./cli.cjs", import.meta.url))) as typeof Cli;
});
