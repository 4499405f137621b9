/** What a process that measures does: one run of the bench of this name, its sample as JSON on stdout. `again`: not its first run. `--load` is the client that a bench starts. */
export async function measure(name: string, args: readonly string[]): Promise<void> {
  if (name === "--load") {
    const { runLoad } = await import("./api-load.ts");
    await runLoad();
    return;
  }
  const { BENCHES } = await import("./benches.ts");
  const bench = BENCHES.find((each) => each.name === name);
  if (bench === undefined) throw new Error(`there is no bench ${name}`);
  process.stdout.write(`${JSON.stringify(await bench.measure(!args.includes("again")))}\n`);
}
