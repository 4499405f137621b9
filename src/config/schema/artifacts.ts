/** Where the release files that nodes are made of come from. */
import { z } from "zod";
import { line } from "./scalars.ts";

export const artifacts = z
  .strictObject({
    mirror: line.optional().describe("A directory, or an https address, that holds release files under their host and path, each with its checksum file, and images under images/."),
  })
  .meta({ id: "Artifacts", description: "Where binaries and images come from." });
