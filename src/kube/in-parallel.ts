/** Many requests, as many at once as the bound says. Rejects with the first failure, after what was under way has ended. */
export async function inParallel<T>(items: readonly T[], countMax: number, run: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      try {
        await run(items[next++]!);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(countMax, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
