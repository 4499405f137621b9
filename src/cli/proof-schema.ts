/** The shape of `kubernest prove -o json`: what the program writes is typed by it, and `schema/proof.schema.json` is made from it. */
import { z } from "zod";

const milliseconds = z.number().int().nonnegative();
const verdict = z.enum(["kept", "needs a human", "broken", "not tried"]).describe("kept: by itself, in time. needs a human: it comes back only once what was lost is given back. broken: too late, or more is lost than was said, or not at all. not tried: no scenario is one that it speaks of.");

const constant = z.strictObject({
  name: z.string().describe("As upstream calls it: node-monitor-grace-period; in words for what upstream leaves to the machine."),
  value: z.string(),
  source: z.string(),
});

const cause = z.strictObject({
  ms: milliseconds,
  text: z.string().describe("What happened in this time; other: not attributed."),
  constants: z.array(constant),
});

const figure = z.strictObject({
  what: z.string().describe("What lasted so long, for people."),
  ms: milliseconds,
  causes: z.array(cause).describe("What it was made of, in the order of time: they sum to ms."),
});

const outage = z.strictObject({
  fromMs: milliseconds,
  toMs: milliseconds.nullable().describe("null: it did not end."),
  shareMin: z.number().min(0).max(1).describe("The least share of requests that was answered."),
  why: z.array(z.strictObject({ atMs: milliseconds, text: z.string(), share: z.number().min(0).max(1) })).describe("What was in the way, in the order of its coming."),
});

const loss = z.strictObject({ what: z.string(), extent: z.enum(["last writes", "since last backup", "everything"]), withinMs: milliseconds.optional().describe("How much time of writes that is at most, where it is known."), why: z.string() });

const repairs = z.strictObject({
  byItself: z.array(z.string()),
  byHand: z.array(z.strictObject({ text: z.string(), commands: z.array(z.string()).describe("For a shell, in this order; empty where it is done with the hands.") })),
});

const worst = z.strictObject({
  scenario: z.string().describe("The name of one of scenarios."),
  title: z.string().describe("For people: pi3 off."),
  seen: z.string().describe("What users see, for people."),
  why: z.string(),
  breaks: z.enum(["data", "time", "return", "human"]).nullable().describe("What the promise is broken by: more data is lost, it takes too long, it does not come back, or not by itself; null where it is kept."),
  placement: milliseconds.describe("Where pods stood: the number of one of ties.placements."),
  stands: z.string().nullable().describe("For people: what stood on what was lost, where the seed has it elsewhere."),
  outageMs: milliseconds.nullable().describe("The longest outage; null: not over by itself."),
  recoveryMs: milliseconds.nullable().describe("Until all requests are answered, once all is given back; null: never."),
  lost: z.array(loss),
  repairs,
});

const app = z.strictObject({
  app: z.string(),
  placement: milliseconds.describe("Where pods stood when it was worst: the number of one of ties.placements."),
  outageMs: milliseconds.nullable().describe("null: it did not come back by itself."),
  recoveryMs: milliseconds.nullable().describe("null: not even once everything had been given back."),
  seen: z.string().describe("What users see, for people."),
  figures: z.array(figure).describe("The times, each with its causes."),
  outages: z.array(outage),
  recoveryOutages: z.array(outage).describe("Those that began when things were given back."),
  lost: z.array(loss),
});

const scenario = z.strictObject({
  name: z.string(),
  title: z.string(),
  steps: z.array(z.strictObject({ atMs: milliseconds, does: z.enum(["begin", "end"]), fault: z.string().describe("As a scenario names it: power-off pi3.") })).describe("What begins and what ends. What is still broken then is given back once all has come to rest."),
  faultMs: milliseconds.describe("How long the faults were watched."),
  recoveryMs: milliseconds.describe("How long what came after was."),
  clusterStateLost: z.boolean().describe("The cluster's own state went with the disks of its datastore."),
  api: z.array(z.strictObject({ fromMs: milliseconds, toMs: milliseconds.nullable(), why: z.string() })).describe("When the API did not answer."),
  apps: z.array(app),
  unwell: z.array(z.string()).describe("Nodes and pods that were not well in the end."),
});

const ties = z.strictObject({
  pods: milliseconds.describe("Pods that could as well have been put elsewhere while the homelab came up as the seed has it: several machines were as good to the scheduler, which draws."),
  asked: z.union([z.enum(["worst", "all"]), milliseconds]).describe("As --placements says it."),
  placements: z
    .array(
      z.strictObject({
        scenarios: milliseconds.describe("How many were run on it."),
        moved: z.array(z.strictObject({ what: z.string(), from: z.string(), to: z.string(), apps: z.array(z.string()).describe("Those that need it.") })).describe("What is elsewhere than in the seed's."),
        notReady: z.string().nullable().describe("Why the homelab does not come up so; its scenarios were run on the seed's."),
      }),
    )
    .describe("Those that were found to be worst for some app and loss, by their numbers from 0: the seed's. --placements NUMBER proves one alone."),
  pairs: milliseconds.describe("Pairs of an app and of machines that are lost together, for which a worst placement was looked for."),
  leftOut: milliseconds.describe("Of these, those for which a worse one was found than those that were proved, and left out for its price: --placements all."),
  tooLarge: z.boolean().describe("So many pods on so many machines that no other placement than the seed's was looked for."),
});

export const proofSchema = z
  .strictObject({
    homelab: z.string(),
    kubernetes: z.string(),
    seed: z.string(),
    faults: z.enum(["single", "pairs", "degraded", "all", "random"]).describe("What was tried, as --faults says it; what random walks go through is held against no promise."),
    counts: z.strictObject({
      run: milliseconds,
      shared: milliseconds.describe("Scenarios whose outcome is that of another one."),
      skipped: milliseconds.describe("Pairs that were left out: two losses of one machine."),
    }),
    ties: ties.describe("What chance could have had otherwise, and how much of that was proved."),
    promises: z.array(
      z.strictObject({
        app: z.string(),
        survives: z.string(),
        backWithin: z.string().nullable(),
        loses: z.string().describe("What it may lose."),
        verdict,
        worst: worst.nullable().describe("The scenario that decided; null where none was tried."),
        scenarios: milliseconds.describe("How many it speaks of."),
      }),
    ),
    deserved: z
      .array(
        z.strictObject({
          app: z.string(),
          promise: z.record(z.string(), z.unknown()).nullable().describe("In the words of the file; null: none would be kept."),
          not: z.array(z.strictObject({ survives: z.string(), scenario: z.string(), why: z.string() })).describe("What it would not survive, and the scenario that is in the way."),
        }),
      )
      .describe("Of a file that promises nothing: what each app would keep."),
    scenarios: z.array(scenario),
    advice: z.array(
      z.strictObject({
        app: z.string(),
        survives: z.string(),
        changes: z.array(z.string()).describe("As --what-if takes them; empty where nothing helped."),
        texts: z.array(z.string()),
        verdict,
        worst: z.string().nullable().describe("The scenario that decides with all of them."),
        tried: milliseconds.describe("Changes that were tried."),
      }),
    ),
    whatIf: z
      .strictObject({
        changes: z.array(z.string()),
        promises: z.array(z.strictObject({ app: z.string(), survives: z.string(), before: z.string(), after: z.string() })),
        losses: z.array(z.strictObject({ app: z.string(), title: z.string(), before: z.string(), after: z.string(), isBetter: z.boolean() })),
        news: z.array(z.strictObject({ app: z.string(), title: z.string(), after: z.string() })),
      })
      .optional()
      .describe("What the changes of --what-if change."),
  })
  .meta({ title: "What a homelab survives", description: "kubernest prove -o json. Times are virtual milliseconds since the first fault." });

export type ProofDocument = z.infer<typeof proofSchema>;
export type PromiseResult = ProofDocument["promises"][number];
export type ScenarioResult = ProofDocument["scenarios"][number];
export type AppResult = ScenarioResult["apps"][number];

export function proofJsonSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(proofSchema, { target: "draft-2020-12" }) as Record<string, unknown>;
  return `${JSON.stringify({ $schema, $id: "https://kubernest.dev/schema/proof.schema.json", ...rest }, null, 2)}\n`;
}
