/** The escape hatches: objects and charts of one's own, and changes to what Kubernest makes. */
import { z } from "zod";
import { line, name, text, url } from "./scalars.ts";
import { structure } from "./structure.ts";

const anything = z.record(z.string(), z.unknown());

export const ownObject = z.union([
  z
    .looseObject({
      apiVersion: line.describe("Its group and version."),
      kind: text(/^[A-Z][A-Za-z0-9]*$/, "a kind, such as ConfigMap").describe("Its kind."),
      metadata: z.looseObject({ name: line.describe("Its name.") }).describe("Its metadata."),
    })
    .describe("A Kubernetes object."),
  z.strictObject({ file: line.describe("A YAML file of objects, beside this one.") }),
]);

export const chart = z
  .strictObject({
    repository: z
      .union([url, text(/^oci:\/\/\S+$/, "an OCI registry, such as oci://ghcr.io/example/charts")], { error: "expected:a chart repository, such as https://charts.maison.example" })
      .describe("Where the chart is."),
    chart: text(/^[a-z0-9][a-z0-9._-]*$/, "a chart's name").optional().describe("Its name; the name here by default."),
    version: line.describe("Its version, exactly."),
    namespace: name.optional().describe("Where it is installed; the name here by default."),
    values: anything.optional().describe("Its values."),
  })
  .meta({ id: "Chart", description: "A Helm chart of your own choice." });

export const patch = structure(
  z.strictObject({
    target: z
      .strictObject({
        kind: text(/^[A-Z][A-Za-z0-9]*$/, "a kind, such as Deployment").describe("The object's kind."),
        name: line.optional().describe("Its name; all of the kind by default."),
        namespace: name.optional().describe("Its namespace."),
      })
      .describe("What is changed."),
    merge: anything.optional().describe("Fields to set, merged as `kubectl patch` does."),
    json: z
      .array(
        z.strictObject({
          op: z.enum(["add", "remove", "replace", "move", "copy", "test"]),
          path: text(/^(?:\/[^\0]*)?$/, "a JSON pointer, such as /spec/replicas"),
          from: text(/^(?:\/[^\0]*)?$/, "a JSON pointer, such as /spec/replicas").optional(),
          value: z.unknown().optional(),
        }),
      )
      .min(1, { error: "expected:a list that is not empty" })
      .optional()
      .describe("Or steps of a JSON patch (RFC 6902)."),
  }),
  (value, report) => {
    if ((value["merge"] === undefined) === (value["json"] === undefined)) report([], "a patch needs merge or json", "Give exactly one of them.");
  },
).meta({ id: "Patch", description: "A change to objects that Kubernest makes." });
