/** The files that take longest begin first, so that none of them is left for one core alone at the end. Without it a fresh clone goes by the size of the files. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Ten seconds of a core and more, the longest first; the others follow as vitest has them. */
const LONG = ["test/kubectl/kubectl.test.ts", "test/mutations/mutations.test.ts", "test/conformance/embedded.test.ts", "test/rehearse/", "test/readme.test.ts", "test/property/"];

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONG.findIndex((path) => moduleId.includes(`/${path}`));
  return place === -1 ? LONG.length : place;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => placeOf(a) - placeOf(b));
  }
}
