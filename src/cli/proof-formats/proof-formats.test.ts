/** One proof in all its formats: each says the same, fits its schema, and shows what the file says without obeying it. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import { realClock } from "../../adapters/real-clock.ts";
import { homelabOf, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { Advice } from "../../rehearse/prove/advice/advise.ts";
import { prove, type Proof } from "../../rehearse/prove/prove.ts";
import { explainReport, WORST } from "../explain-report.ts";
import { painter } from "../paint.ts";
import { proofResult } from "../proof-result.ts";
import { proofJsonSchemaText, type ProofDocument } from "../proof-schema.ts";
import { proofHtml } from "./html.ts";
import { proofMarkdown } from "./markdown.ts";
import { proofSarif } from "./sarif.ts";

const PROMISE = "    promise: { survives: [one machine, pi3, fibre], backWithin: 7m, loses: nothing }\n";
const TEXT = readFileSync("examples/gazette/homelab.yaml", "utf8").replace("    port: 80\n", `    port: 80\n${PROMISE}`);
let proof: Proof;
let document: ProofDocument;

beforeAll(async () => {
  const homelab = await homelabOf("examples/gazette/homelab.yaml", TEXT);
  const found = await prove({
    homelab,
    faults: "single",
    placements: "worst",
    seed: "1",
    certificates: certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0)),
    clock: realClock,
    log: () => undefined,
    isStopped: () => false,
    newRehearsal: (ties) => virtualRehearsal(homelab, { isBreakable: true, ties }),
    onProgress: () => undefined,
  });
  proof = found!;
  const advice: Advice[] = [{ app: "gazette", survives: "one machine", changes: ["apps.gazette.replicas=2", "site.box.forwards={80: 192.0.2.1}"], texts: ["a second copy of gazette", "another way"], judged: proof.judged[0]!, triedCount: 3 }];
  document = proofResult({ homelab, proof, seed: "1", faults: "single", advice, whatIf: undefined, fileArgument: " -c lab.yaml" });
}, 120_000);

/** What a file's texts could hold, everywhere where the document has text that a file may have named. */
const NASTY = "<img src=x onerror=alert(1)> & 'q' \"d\" `c` | [a](http://example.invalid) @someone #1 **b** <!-- ";
function nasty(value: unknown, key = ""): unknown {
  if (typeof value === "string") return ["verdict", "app", "scenario", "name", "faults", "extent"].includes(key) ? value : NASTY;
  if (Array.isArray(value)) return value.map((one) => nasty(one, key));
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, nasty(one, name)])) : value;
}

describe("a proof as JSON", () => {
  it("fits its schema, which is current: npm run write:schema", () => {
    const text = readFileSync("schema/proof.schema.json", "utf8");
    expect(text).toBe(proofJsonSchemaText());
    const fits = new Ajv2020({ strict: false }).compile(JSON.parse(text) as object);
    expect([fits(JSON.parse(JSON.stringify(document))), fits.errors]).toEqual([true, null]);
    expect(fits({ ...document, counts: {} })).toBe(false);
  });

  it("has verdicts, worst losses, times, causes, repairs and counts", () => {
    expect(document.counts).toEqual({ run: 12, shared: 0, skipped: 0 });
    expect(document.promises.map(({ survives, verdict, worst }) => [survives, verdict, worst?.title, worst?.breaks])).toEqual([["one machine", "broken", "pi1's disk lost", "data"], ["pi3", "kept", "pi3 off", null], ["fibre", "needs a human", "fibre off", "human"]]);
    expect(document.promises[0]!.worst!.repairs.byHand.flatMap(({ commands }) => commands)).toEqual(["kubernest trust pi1 --replace -c lab.yaml", "kubernest up -c lab.yaml"]);
    expect(document.promises[1]!.worst!.repairs).toEqual({ byItself: ["All requests are answered again after 6 min 6 s."], byHand: [{ text: "Switch pi3 on again; its node comes back by itself.", commands: [] }] });
    const [figure] = document.scenarios.find(({ title }) => title === "pi3 off")!.apps[0]!.figures;
    expect(figure!.causes.map(({ ms }) => ms).reduce((sum, ms) => sum + ms, 0)).toBe(figure!.ms);
    const lostDisk = document.scenarios.find(({ title }) => title === "pi3's disk lost");
    expect(lostDisk!.apps[0]!.outageMs).toBe(figure!.ms);
  });
});

describe("a proof as SARIF", () => {
  const written = (): { runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number; level: string; message: { text: string }; locations: unknown[]; partialFingerprints: object }[] }[] } =>
    JSON.parse(proofSarif(document, { file: "homelab.yaml", version: "1.2.3", text: TEXT, position: () => ({ line: TEXT.split("\n").findIndex((line) => `${line}\n` === PROMISE) + 1, column: 26 }) }));

  it("names each promise that is not kept, at its place", () => {
    const [run] = written().runs;
    expect(run!.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([["promise-loses-no-more", "error"], ["promise-without-human", "warning"]]);
    for (const { ruleId, ruleIndex } of run!.results) expect(run!.tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
    const [first] = run!.results;
    expect(first!.locations).toEqual([{ physicalLocation: { artifactLocation: { uri: "homelab.yaml" }, region: { startLine: 46, startColumn: 26, endColumn: expect.any(Number) as number } } }]);
    expect(first!.message.text).toBe("broken: gazette survives one machine, back within 7m. pi1's disk lost: the cluster's own state is lost: it is made anew, then restored. the cluster's own state is lost with the disks of its datastore. Give pi1 a new disk with its operating system, reached over SSH as before. kubernest trust pi1 --replace -c lab.yaml The cluster is made anew from the file; what apps had stored is restored from backups afterwards. kubernest up -c lab.yaml What would help (still broken): a second copy of gazette; another way.");
    expect(first!.partialFingerprints).toEqual({ "subject/v1": "gazette/one machine" });
  });
});

describe("a proof for a pull request", () => {
  it("says the verdicts first, and folds the rest", () => {
    const text = proofMarkdown(document, " -c lab.yaml");
    const [head, , promises] = text.split("\n\n").map((part) => part.split("\n"));
    expect(head).toEqual(["### maison: Of 3 promises 1 broken, 1 needs a human"]);
    expect(text.split("\n\n")[1]!.split("\n").slice(2)).toEqual([
      "| gazette survives one machine, back within 7m | **broken** | pi1's disk lost | the cluster's own state is lost: it is made anew, then restored |  |",
      "| gazette survives fibre, back within 7m | **needs a human** | fibre off | requests fail until it is back |  |",
      "| gazette survives pi3, back within 7m | kept | pi3 off | requests fail for 6 min 6 s |  |",
    ]);
    expect(promises).toEqual(["<details><summary>Why, and what to do: gazette survives one machine, back within 7m</summary>"]);
    expect(text).toContain("```sh\nkubernest prove -c lab.yaml --what-if apps.gazette.replicas=2 \\\n  --what-if 'site.box.forwards={80: 192.0.2.1}'\n```");
    expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)!.length);
    expect(text).toContain("12 losses run, 0 shared with another, 0 skipped.");
  });

  it("obeys nothing that the file says", () => {
    const text = proofMarkdown(nasty(document) as ProofDocument, "");
    // Commands stand in fences, where nothing is read.
    const read = text.replace(/^ *(`{3,})sh\n[\s\S]*?\n *\1$/gm, "");
    expect(read.match(/<[^>]*>?/g)!.filter((tag) => !["<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>"].includes(tag))).toEqual([]);
    expect(read).not.toMatch(/@someone|#1\b/);
    expect(read).toContain("@&#8203;someone #&#8203;1");
    expect(read.replace(/<summary>.*<\/summary>/g, "")).not.toMatch(/(?<!\\)\[a|(?<!\\)`|(?<!\\)\*\*b\*/);
    // No cell more than its row has.
    const columns = read.split("\n").filter((line) => line.startsWith("| ")).map((line) => line.match(/(?<!\\)\|/g)!.length);
    expect([...new Set(columns)].sort()).toEqual([4, 6]);
  });
});

describe("a proof as a page", () => {
  it("is whole, needs nothing from elsewhere, and has no scripts", () => {
    for (const page of [proofHtml(document, ""), proofHtml(nasty(document) as ProofDocument, "")]) {
      const tags = page.match(/<[^>]*>/g)!;
      expect(tags.filter((tag) => /^<(script|link|img|iframe|object)\b|\b(src|href|on\w+)=/i.test(tag))).toEqual([]);
      expect(page.match(/@import|url\(/g)).toBeNull();
      const open: string[] = [];
      for (const [, closes, name] of page.slice("<!doctype html>".length).matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
        if (name === "meta") continue;
        if (closes === "/") expect(open.pop()).toBe(name);
        else open.push(name!);
      }
      expect(open).toEqual([]);
    }
  });

  it("says what the others say", () => {
    const page = proofHtml(document, "");
    for (const text of ["Of 3 promises 1 broken, 1 needs a human.", "pi3 is declared lost, its last heartbeat 7.1 s before", "tolerationSeconds of unreachable:NoExecute 300 s", "365.93 s", "kubernest up -c lab.yaml", "All requests are answered again after 6 min 6 s.", "12 losses run, 0 shared with another, 0 skipped."]) expect(page).toContain(text);
  });
});

describe("a proof of a file that promises nothing", () => {
  const bare = (): ProofDocument => ({ ...document, promises: [], advice: [], deserved: [{ app: "gazette", promise: { survives: "one site part", byHand: true }, not: [{ survives: "one machine", scenario: "disk-lost pi1", why: "its state is lost" }] }] });

  it("proposes what would be kept, and has the worst loss of each app", () => {
    expect(proofMarkdown(bare(), "")).toContain("```yaml\napps:\n  gazette:\n    promise:\n      survives: one site part\n      byHand: true\n```\n\n- gazette: not one machine: its state is lost\n\n| App | Worst loss | What users see | Data |\n| --- | --- | --- | --- |\n| gazette | pi1's disk lost |");
    expect(proofHtml(bare(), "")).toContain("<pre>apps:\n  gazette:\n    promise:\n      survives: one site part\n      byHand: true\n</pre><ul><li>gazette: not one machine: its state is lost</li></ul>");
    expect(JSON.parse(proofSarif(bare(), { file: "homelab.yaml", version: "1", text: "", position: () => ({ line: 1, column: 1 }) }))).toMatchObject({ runs: [{ results: [] }] });
  });
});

describe("times unfolded", () => {
  it("are told with what they rest on, within 80 columns", () => {
    const text = explainReport("pi3", proof, painter(false), 80);
    expect(text.split("\n").slice(0, 6)).toEqual([
      "gazette, pi3 off, or pi3 cut off, or pi3's disk lost:",
      "  requests fail for 6 min 6 s",
      "  requests fail:",
      "   45.000 s  pi3 is declared lost, its last heartbeat 7.1 s before",
      "             (node-monitor-grace-period 50 s (since Kubernetes 1.32);",
      "             node-monitor-period 5 s)",
    ]);
    expect(text).toContain("  365.930 s  in all\n\nWhere the constants are from\n");
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("are by default those of the worst of each promise, and the longest that ends", () => {
    const heads = explainReport(WORST, proof, painter(false), 80).split("\n").filter((line) => /^gazette, /.test(line));
    expect(heads.map((head) => head.split(":")[0])).toEqual(["gazette, pi1's disk lost", "gazette, pi3 off", "gazette, fibre off", "gazette, pi2 off"]);
  });
});
