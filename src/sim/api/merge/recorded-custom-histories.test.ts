import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JsonObject, KubeObject, ManagedFieldsEntry } from "../../../objects/kube-object.ts";
import { schemaFromCrd } from "../../../objects/schema/schema-from-crd.ts";
import type { StatusCause } from "../status.ts";
import { serverSideApply } from "./server-side-apply.ts";
import { trackUpdate } from "./track-update.ts";

// Random configurations by three appliers and two updaters over sets, keyed lists, granular and atomic maps, and what a real API server 1.36.3 made of them.
const text = { type: "string" };
const schema = schemaFromCrd({
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        a: text,
        b: { type: "integer" },
        m: { type: "object", additionalProperties: text },
        am: { type: "object", "x-kubernetes-map-type": "atomic", additionalProperties: text },
        l: { type: "array", items: text },
        s: { type: "array", "x-kubernetes-list-type": "set", items: text },
        lm: {
          type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k", "p"],
          items: {
            type: "object", required: ["k"],
            properties: { k: text, p: { type: "string", default: "TCP" }, v: text, w: { type: "object", properties: { x: text, y: text } }, s: { type: "array", "x-kubernetes-list-type": "set", items: text } },
          },
        },
        o: { type: "object", properties: { p: text, q: { type: "object", properties: { r: text } } } },
        f: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
  },
});

interface Step {
  round: number;
  verb: "apply" | "update";
  manager: string;
  force?: boolean;
  config?: KubeObject;
  after: KubeObject & { causes?: StatusCause[] };
}

const timeless = (entries: readonly ManagedFieldsEntry[] | undefined): object[] =>
  (entries ?? [])
    .map(({ time: _, ...entry }) => entry)
    .sort((left, right) => (`${left.operation} ${left.manager}` < `${right.operation} ${right.manager}` ? -1 : 1));

/** The server fills defaults after the merge. */
function withDefaults(spec: JsonObject): JsonObject {
  const out = structuredClone(spec);
  for (const item of (out["lm"] ?? []) as JsonObject[]) item["p"] ??= "TCP";
  return out;
}

describe("recorded histories of a custom resource", () => {
  const steps = readFileSync(new URL("./recorded-custom-histories.jsonl", import.meta.url), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Step);
  let live: KubeObject | undefined;
  let round = -1;

  it.each(steps.map((step, index) => [index, step.verb, step.manager, step] as const))("%i: %s by %s", (_, __, ___, step) => {
    if (step.round !== round) live = undefined;
    round = step.round;
    const now = "2026-01-01T00:00:00Z";
    const before = structuredClone(live);
    const { after, manager } = step;
    if (step.verb === "update") {
      const next = { ...after, metadata: { ...after.metadata, managedFields: live!.metadata.managedFields } };
      expect(timeless(trackUpdate({ schema, previous: live, next, manager, apiVersion: "f.example/v1", now }))).toEqual(timeless(after.metadata.managedFields));
    } else {
      const result = serverSideApply({ schema, live, config: step.config!, manager, force: step.force!, apiVersion: "f.example/v1", now });
      if (after.kind === "Status") {
        const sorted = (list: readonly { message?: string; field?: string }[]): string[] => list.map((one) => `${one.message}${one.field}`).sort();
        expect(sorted(result.conflicts)).toEqual(sorted(after.causes!));
      } else {
        expect(withDefaults(result.object!["spec"])).toEqual(after["spec"]);
        expect(timeless(result.object!.metadata.managedFields)).toEqual(timeless(after.metadata.managedFields));
      }
    }
    expect(live).toEqual(before);
    if (after.kind !== "Status") live = after;
  });
});
