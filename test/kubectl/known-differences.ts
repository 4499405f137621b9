/** Sequences in which the embedded cluster still prints otherwise, with the reason; also in `docs/differences.md`. */
export const knownDifferences: ReadonlyMap<string, string> = new Map<string, string>([]);
