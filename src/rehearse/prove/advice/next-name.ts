/** `pi3` → `pi4`, `worker` → `worker2`; the first that is free. */
export function nextName(name: string, taken: Readonly<Record<string, unknown>>): string {
  const [, stem, number] = /^(.*?)(\d*)$/.exec(name)!;
  for (let next = Number(number || 1) + 1; ; next++) if (taken[`${stem}${next}`] === undefined) return `${stem}${next}`;
}
