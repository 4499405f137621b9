import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { RESOURCES } from "../../../objects/schema/resource-facts.ts";
import { humanDuration, labelsText, selectorText } from "./cells.ts";
import { findByJsonPath } from "./json-path.ts";
import { ROW_PRINTERS } from "./row-printers.ts";
import { tableFor, type TableType } from "./table.ts";

const NOW = Date.parse("2026-01-02T00:00:00Z");
const typeOf = (plural: string, group = ""): TableType => RESOURCES.find((one) => one.plural === plural && one.group === group)!;

interface RecordedRow {
  group: string;
  version: string;
  plural: string;
  nowMs: number;
  object: KubeObject;
  cells: unknown[];
}

// The rows that a real API server 1.36.3 sent for the same objects.
describe("recorded rows", () => {
  const rows = readFileSync(new URL("./recorded-rows.jsonl", import.meta.url), "utf8").trim().split("\n").map((line) => JSON.parse(line) as RecordedRow);
  const custom = [
    { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: "N", type: "integer", jsonPath: ".spec.n" },
    { name: "O", type: "string", jsonPath: ".spec.o", priority: 1 },
    { name: "L", type: "string", jsonPath: ".spec.l[*].a" },
    { name: "B", type: "boolean", jsonPath: ".spec.b" },
    { name: "When", type: "date", jsonPath: ".spec.when" },
    { name: "Q", type: "string", jsonPath: ".spec['a.b']" },
    { name: "E", type: "string", jsonPath: ".spec.x\\.y" },
    { name: "BS", type: "string", jsonPath: ".spec.b" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ];

  it.each(rows.map((row) => [row.plural, row.object.metadata.name, row] as const))("%s %s", (plural, _, row) => {
    const facts = RESOURCES.find((one) => one.plural === plural && one.group === row.group && one.version === row.version);
    const type: TableType = facts ?? { group: row.group, plural, columns: [], custom: { version: { additionalPrinterColumns: custom } } };
    expect(tableFor(type, [row.object], { nowMs: row.nowMs }).rows[0]!.cells).toEqual(row.cells);
  });
});

describe("tables", () => {
  it("have as many cells as columns, for every kind, even for an empty object", () => {
    for (const type of RESOURCES.filter((one) => one.verbs.includes("list"))) {
      const object = { apiVersion: "v1", kind: type.kind, metadata: { name: "x" } } as KubeObject;
      const { columnDefinitions, rows } = tableFor(type, [object], { nowMs: NOW });
      // Upstream sends one cell more for IP addresses.
      expect(rows[0]!.cells.length, type.plural).toBe(columnDefinitions.length + (type.plural === "ipaddresses" ? 1 : 0));
    }
  });

  it("have a printer only for what is served", () => {
    const served = new Set(RESOURCES.map((one) => (one.group === "" ? one.plural : `${one.group}/${one.plural}`)));
    expect(Object.keys(ROW_PRINTERS).filter((key) => !served.has(key))).toEqual([]);
  });

  it("carry metadata, the object, or nothing with each row", () => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: "1" } };
    const rowOf = (includeObject: "None" | "Metadata" | "Object") => tableFor(typeOf("configmaps"), [object], { nowMs: NOW, includeObject }).rows[0]!.object;
    expect(rowOf("None")).toBeUndefined();
    expect(rowOf("Object")).toBe(object);
    expect(rowOf("Metadata")).toEqual({ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: { name: "c" } });
  });

  it("mark pods that are done", () => {
    const pod = (phase: string): KubeObject => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: {}, status: { phase } });
    const conditions = tableFor(typeOf("pods"), [pod("Running"), pod("Succeeded"), pod("Failed")], { nowMs: NOW }).rows.map((row) => row.conditions);
    expect(conditions).toEqual([undefined, [expect.objectContaining({ type: "Completed", reason: "Succeeded" })], [expect.objectContaining({ reason: "Failed" })]]);
  });

  it("show the age of custom resources without columns of their own", () => {
    const object = { apiVersion: "e/v1", kind: "T", metadata: { name: "t", creationTimestamp: "2026-01-01T23:00:00Z" } } as KubeObject;
    const { columnDefinitions, rows } = tableFor({ group: "e", plural: "ts", columns: [], custom: { version: {} } }, [object], { nowMs: NOW });
    expect(columnDefinitions.map((column) => column.name)).toEqual(["Name", "Age"]);
    expect(rows[0]!.cells).toEqual(["t", "60m"]);
  });
});

describe("humanDuration", () => {
  it.each([
    [-5000, "<invalid>"], [-1000, "0s"], [0, "0s"], [119_999, "119s"], [120_000, "2m"], [150_000, "2m30s"], [600_000, "10m"], [10_799_000, "179m"],
    [10_800_000, "3h"], [11_100_000, "3h5m"], [28_800_000, "8h"], [172_799_000, "47h"], [172_800_000, "2d"], [180_000_000, "2d2h"], [691_200_000, "8d"],
    [63_072_000_000, "2y"], [63_158_400_000, "2y1d"], [252_288_000_000, "8y"],
  ])("%i ms is %s", (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });
});

describe("labels and selectors", () => {
  it("are sorted, and say when there are none", () => {
    expect(labelsText({ b: "2", a: "1" })).toBe("a=1,b=2");
    expect(labelsText({})).toBe("<none>");
    expect(
      selectorText({ matchLabels: { m: "1" }, matchExpressions: [{ key: "a", operator: "In", values: ["y", "x"] }, { key: "z", operator: "DoesNotExist" }, { key: "n", operator: "NotIn", values: ["1"] }, { key: "e", operator: "Exists" }] }),
    ).toBe("a in (x,y),e,m=1,n notin (1),!z");
  });
});

describe("findByJsonPath", () => {
  const value = { a: { "b.c": 1, list: [{ t: "x", v: 1 }, { t: "y", v: 2 }] } };

  it.each([
    [".a.list[0].v", [1]], ["$.a.list[-1].v", [2]], [".a.list[*].v", [1, 2]], ['.a.list[?(@.t=="y")].v', [2]], [".a.list[?(@.v>1)].t", ["y"]], [".a.b\\.c", [1]],
    [".a['b\\.c']", [1]], [".a['b.c']", []], ["{.a.list[0].t}", ["x"]], [".none.b", []], [".a.list[7]", []], ["a b(", undefined],
  ])("%s", (path, expected) => {
    expect(findByJsonPath(path, value)).toEqual(expected);
  });
});
