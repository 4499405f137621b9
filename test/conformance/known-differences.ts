/** Cases in which the embedded cluster still answers otherwise than the real control plane. `docs/differences.md` lists the same, for people. */
export interface KnownDifference {
  id: string;
  why: string;
}

export const knownDifferences: readonly KnownDifference[] = [];
