import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { revisionHash, templateHash } from "./template-hash.ts";

interface Case {
  name: string;
  collisionCount?: number;
  templateHash?: string;
  revisionHash?: string;
  /** As the API server had stored it. */
  template: unknown;
}

/** What the controllers of a real Kubernetes 1.36.3 named the ReplicaSets and ControllerRevisions of these templates. */
const CASES = JSON.parse(readFileSync(new URL("template-hash.cases.json", import.meta.url), "utf8")) as Case[];
const named = (key: "templateHash" | "revisionHash"): [string, Case][] => CASES.filter((each) => each[key] !== undefined).map((each) => [each.name, each]);

describe("the hash of a template", () => {
  it.each(named("templateHash"))("%s", (_name, { template, collisionCount, templateHash: hash }) => {
    expect(templateHash(template, collisionCount)).toBe(hash);
  });

  it("does not tell the empty from the absent, as the wire between server and controller does not", () => {
    const { template } = CASES[0]! as { template: { metadata: object; spec: object } };
    const padded = { metadata: { ...template.metadata, annotations: {}, finalizers: undefined }, spec: { volumes: [], ...template.spec, hostNetwork: false, nodeName: "" } };
    expect(templateHash(padded)).toBe(CASES[0]!.templateHash);
    expect(revisionHash(padded, 0)).toBe(CASES[0]!.revisionHash);
    expect(templateHash({ ...padded, spec: { ...padded.spec, hostNetwork: true } })).not.toBe(CASES[0]!.templateHash);
  });
});

describe("the hash of a StatefulSet's revision", () => {
  it.each(named("revisionHash"))("%s", (_name, { template, collisionCount = 0, revisionHash: hash }) => {
    expect(revisionHash(template, collisionCount)).toBe(hash);
  });
});
