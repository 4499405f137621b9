/** Which secrets a plan puts somewhere, by what tells their values apart: so that an approved plan is not done with other values than those that it was made with. */
import type { PlannedStage } from "../plan/plan.ts";
import type { Action, Text } from "../steps/change.ts";
import { SECRET_ALIASES } from "../steps/made-secrets.ts";
import { CONTENT_STAGES } from "./cluster-contents.ts";
import type { WantedCluster } from "./cluster-work.ts";
import { nameOf } from "./object-name.ts";

/** Undefined where no secret has a digest. Names are sorted. */
export function planSecrets(stages: readonly PlannedStage[], wanted: WantedCluster | undefined, digestOf: (name: string) => string | undefined): Readonly<Record<string, string>> | undefined {
  const names = new Set([...stages.flatMap(({ machines }) => machines.flatMap(({ changes }) => changes.flatMap(({ run }) => run.flatMap(secretsOfAction)))), ...secretsOfObjects(stages, wanted)]);
  const digests = [...names].sort().map((name) => [name, digestOf(name)] as const).filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
  return digests.length === 0 ? undefined : Object.fromEntries(digests);
}

function secretsOfAction(action: Action): string[] {
  switch (action.do) {
    case "write-file":
      return secretsOfText(action.content);
    case "script":
    case "obtain":
      return secretsOfText(action.script);
    case "wait":
      return secretsOfText(action.until);
    case "guarded":
      return action.run.flatMap(secretsOfAction);
    default:
      return [];
  }
}

function secretsOfText({ values = [] }: Text): string[] {
  return values.flatMap((name) => {
    const plain = name.replace(/^JSON:/, "");
    return SECRET_ALIASES[plain] ?? (plain.startsWith("SECRET:") ? plain.slice("SECRET:".length) : []);
  });
}

function secretsOfObjects(stages: readonly PlannedStage[], wanted: WantedCluster | undefined): string[] {
  if (wanted === undefined) return [];
  const planned = new Set(stages.flatMap(({ objects = [] }) => objects.map(({ object }) => object)));
  return CONTENT_STAGES.flatMap((stage) => wanted.stages[stage].objects.flatMap(({ object, secretNames }) => (planned.has(nameOf(object)) ? Object.values(secretNames) : [])));
}
