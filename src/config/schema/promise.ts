/** What an app promises. A promise changes nothing that is rendered: it is judged, by `prove` and by `drill`. */
import { z } from "zod";
import { DURATION_PATTERN } from "../../lib/duration.ts";
import { partName } from "./site-part.ts";
import { duration, oneOf, oneOrMore, text } from "./scalars.ts";

export const SURVIVALS = ["one machine", "two machines", "one site part"] as const;
export const LOSSES = ["nothing", "everything since the last backup"] as const;

const survival = z.union([oneOf(SURVIVALS), partName], { error: "expected:one machine, two machines, one site part, or the name of a machine or a site part" });

const loses = text(
  new RegExp(`^(?:${LOSSES.join("|")}|${DURATION_PATTERN.source.slice(1, -1)})$`),
  "nothing, everything since the last backup, or a duration of writes, such as 5m",
);

export const promise = z
  .strictObject({
    survives: oneOrMore(survival).describe("What may fail: one machine, two machines, one site part, or a name."),
    backWithin: duration.optional().describe("How soon a client is served again."),
    loses: loses.optional().describe("What may be lost: nothing, the writes of a while, or everything since the last backup."),
    byHand: z.boolean().optional().describe("Whether a person may have to mend it."),
  })
  .meta({ id: "Promise", description: "What an app must survive, how fast it must be back, what it may lose." });
