/** Cases in which the embedded cluster still answers otherwise than the real control plane. `docs/differences.md` lists the same, for people. */
export interface KnownDifference {
  id: string;
  why: string;
}

export const knownDifferences: readonly KnownDifference[] = [
  { id: "custom-resources/printer columns", why: "the prose that describes the column Name is upstream's own; ours is empty" },
  { id: "validation/ingresses", why: "an empty list that was sent counts as absent, so a message shows null where upstream shows []" },
];
