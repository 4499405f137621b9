/** For tests: a custom kind with an open schema and a status, as a platform component brings it. */
import type { TestCluster } from "../../testing/harness.ts";

export function customKind({ client, run }: TestCluster, group: string, version: string, kind: string, plural: string, scope = "Namespaced"): void {
  client.create("apiextensions.k8s.io/customresourcedefinitions", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } }],
    },
  });
  run(1_000);
}
