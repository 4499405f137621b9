/** What the reports look like, to the character, on one small set of findings. */
import { describe, expect, it } from "vitest";
import type { Finding } from "../../config/finding.ts";
import { jsonReport } from "./json.ts";
import { fieldPath, plainReport } from "./plain.ts";
import { prettyReport, valueLength } from "./pretty.ts";
import { sarifReport } from "./sarif.ts";

const text = `name: maison
kubernetes:
  network: { pods: 10.42.0.0/15, services: 10.43.0.0/16 }
apps:
  blog: { image: ghcr.io/example/blog, port: 80 }
`;

const findings: Finding[] = [
  {
    id: "pod-cidr-disjoint",
    severity: "error",
    path: ["kubernetes", "network", "services", 0],
    file: "homelab.yaml",
    line: 3,
    column: 44,
    value: "10.43.0.0/16",
    message: "services 10.43.0.0/16 overlaps pods 10.42.0.0/15",
    expected: "a range outside 10.42.0.0/15",
    fix: "Choose ranges that share no address.",
  },
  { id: "image-tagged", severity: "warning", path: ["apps", "blog", "image"], file: "homelab.yaml", line: 5, column: 18, message: "the image has no tag", didYouMean: "blog:1.4.2", fix: "Write the version you tried." },
];

describe("plain", () => {
  it("has one line for each finding that editors can follow, and its fix", () => {
    expect(plainReport(findings)).toBe(`homelab.yaml:3:44: error: services 10.43.0.0/16 overlaps pods 10.42.0.0/15 [pod-cidr-disjoint]
  Choose ranges that share no address.
homelab.yaml:5:18: warning: the image has no tag; did you mean blog:1.4.2? [image-tagged]
  Write the version you tried.
`);
  });
  it("names the field where lines say nothing", () => {
    expect(plainReport(findings.slice(1).map((finding) => ({ ...finding, file: "homelab.ts", line: 1, column: 1 })))).toMatch(/^homelab\.ts: apps\.blog\.image: warning: /);
  });
  it("writes paths as one would in code", () => {
    expect(fieldPath(["registries", "ghcr.io", "mirrors", 0])).toBe('registries["ghcr.io"].mirrors[0]');
  });
});

describe("pretty", () => {
  it("groups by severity, shows the line and a caret, wraps, sums up", () => {
    expect(prettyReport(findings, "homelab.yaml", { text, width: 64, colour: false })).toBe(`Errors

✗ homelab.yaml:3:44  pod-cidr-disjoint
  services 10.43.0.0/16 overlaps pods 10.42.0.0/15
  3 │   network: { pods: 10.42.0.0/15, services: 10.43.0.0/16 }
    │                                            ^^^^^^^^^^^^
  expected  a range outside 10.42.0.0/15
  fix       Choose ranges that share no address.

Warnings

! homelab.yaml:5:18  image-tagged
  the image has no tag
  5 │   blog: { image: ghcr.io/example/blog, port: 80 }
    │                  ^^^^^^^^^^^^^^^^^^^^
  meant     blog:1.4.2
  fix       Write the version you tried.

homelab.yaml: 1 error, 1 warning
`);
  });
  it("colours only when asked", () => {
    expect(prettyReport(findings, "f", { text, width: 80, colour: true })).toContain("\u001b[31m✗\u001b[39m");
    expect(prettyReport([], "f", { text, width: 80, colour: true })).toBe("f: no findings\n");
  });
  it("shows the place in a line that is too long", () => {
    const long = `name: ${"x".repeat(300)} here`;
    const shown = prettyReport([{ ...findings[1]!, line: 1, column: 308 }], "f", { text: `${long}\n\n`, width: 60, colour: false });
    const [excerpt = "", caret = ""] = shown.split("\n").slice(4, 6);
    expect(excerpt.slice(caret.indexOf("^"), caret.lastIndexOf("^") + 1)).toBe("here");
    expect(excerpt.length).toBeLessThanOrEqual(62);
  });
  it.each([
    ["a: 10.0.0.0/8, b: 1", 3, "10.0.0.0/8"],
    ["a: one machine # why", 3, "one machine"],
    ['a: "x, y" }', 3, '"x, y"'],
    ["a: [1, 2]", 3, "[1, 2]"],
    ["  key:", 2, "key"],
    ["a: x:1.2", 3, "x:1.2"],
    ["", 5, "x"],
  ])("in %j the value at %i is %j", (line, index, value) => {
    expect(valueLength(line, index)).toBe(value.length);
  });
});

describe("json", () => {
  it("is what --help says", () => {
    const report = JSON.parse(jsonReport(findings, "homelab.yaml")) as { findings: object[] };
    expect(report).toMatchObject({ file: "homelab.yaml", valid: false, summary: { errors: 1, warnings: 1, infos: 0 } });
    expect(report.findings[0]).toEqual({ ...findings[0], field: "kubernetes.network.services[0]" });
  });
});

describe("sarif", () => {
  it("names each result's rule, level and region", () => {
    const log = JSON.parse(sarifReport([...findings, { ...findings[0]!, id: "unknown-field", severity: "info", file: "/a b/homelab.yaml", line: 99 }], { version: "0.1.0", text }));
    expect(log.version).toBe("2.1.0");
    const [run] = log.runs;
    for (const result of run.results) expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
    expect(new Set(run.tool.driver.rules.map((rule: { id: string }) => rule.id)).size).toBe(run.tool.driver.rules.length);
    expect(run.results[0]).toMatchObject({
      level: "error",
      message: { text: "services 10.43.0.0/16 overlaps pods 10.42.0.0/15. Choose ranges that share no address." },
      locations: [{ physicalLocation: { artifactLocation: { uri: "homelab.yaml" }, region: { startLine: 3, startColumn: 44, endColumn: 56 } } }],
    });
    expect(run.results[2]).toMatchObject({ level: "note", locations: [{ physicalLocation: { artifactLocation: { uri: "file:///a%20b/homelab.yaml" }, region: { startLine: 99, startColumn: 44 } } }] });
  });
});
