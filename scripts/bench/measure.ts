/** One run of one bench in a fresh process: `measure.mjs NAME` prints its sample as JSON. */
const name = process.argv[2];
if (name === "--load") {
  const { runLoad } = await import("./api-load.ts");
  await runLoad();
} else {
  const { BENCHES } = await import("./benches.ts");
  const bench = BENCHES.find((each) => each.name === name);
  if (bench === undefined) throw new Error(`there is no bench ${name}`);
  process.stdout.write(`${JSON.stringify(await bench.measure(process.argv[3] !== "again"))}\n`);
}
