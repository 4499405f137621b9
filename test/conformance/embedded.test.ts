/** Every conformance case against the embedded cluster: what it answers must be what the real control plane was recorded to answer. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allCases } from "./cases/all.ts";
import { connect, type Api } from "./client.ts";
import { EMBEDDED_FACTOR, startEmbeddedCluster, type EmbeddedCluster } from "./embedded-cluster.ts";
import { knownDifferences } from "./known-differences.ts";
import { loadRecordings } from "./recordings.ts";
import { runCases, type CaseResult } from "./run-cases.ts";

const PARALLEL = 16;
const DEADLINE_MS = 5 * 60_000;

describe("the embedded cluster answers as the real control plane", () => {
  let cluster: EmbeddedCluster;
  let api: Api;
  let results: Map<string, CaseResult>;

  beforeAll(async () => {
    cluster = await startEmbeddedCluster({ factor: EMBEDDED_FACTOR });
    api = connect(cluster.target);
    const found = await runCases(api, allCases, { recordings: await loadRecordings(), parallel: PARALLEL });
    results = new Map(found.map((result) => [result.id, result]));
  }, DEADLINE_MS);

  afterAll(async () => {
    await api?.close();
    await cluster?.close();
  });

  it("has at least 200 cases, with unique ids", () => {
    expect(allCases.length).toBeGreaterThanOrEqual(200);
    expect(new Set(allCases.map((item) => item.id)).size).toBe(allCases.length);
  });

  it("has at most 20 known differences, each of a case that exists", () => {
    expect(knownDifferences.length).toBeLessThanOrEqual(20);
    const ids = new Set(allCases.map((item) => item.id));
    for (const difference of knownDifferences) expect(ids).toContain(difference.id);
  });

  for (const { id } of allCases) {
    const known = knownDifferences.find((difference) => difference.id === id);
    // A known difference that went away must leave the list.
    if (known !== undefined) it.fails(`${id} (${known.why})`, () => expect(results.get(id)?.why).toEqual([]));
    else it(id, () => expect(results.get(id)?.why).toEqual([]));
  }
});
