#!/usr/bin/env node
/** The program as the package ships it: from its bundles, with their compiled code kept between runs. */
import { fileURLToPath } from "node:url";
import type * as Cli from "./cli.ts";
import { runProcess } from "./run-process.ts";

/** A command that serves is long past its start by then. */
const START_MS_MAX = 10_000;

await runProcess(async () => {
  const { BundleLoader, keptCodeDirectory } = await import("./bundle-loader.ts");
  const loader = new BundleLoader(keptCodeDirectory(process.env));
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
