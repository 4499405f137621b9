/** `prove` as a person uses it: what a change changes is told, and what is written wrong is one line. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { parse, parseDocument } from "yaml";
import type { CommandIo } from "../command.ts";
import { type CommandEnded, runCommand } from "../testing/run-command.ts";
import { proveCommand } from "./prove.ts";

const FILE = readFileSync("examples/gazette/homelab.yaml", "utf8");
const OUTSIDE: Partial<CommandIo> = { debug: () => undefined, onInterrupt: () => () => undefined };

const prove = (...args: string[]): Promise<CommandEnded> => runCommand(proveCommand, args, { "homelab.yaml": FILE }, OUTSIDE);

describe("prove --what-if", () => {
  it("shows what second copies and a shorter promise change, first for the promise and then loss by loss", async () => {
    const ended = await prove("--what-if", "apps.gazette.replicas=2", "--what-if", "platform.ingress={by: traefik, replicas: 2}", "--what-if", "apps.gazette.promise={survives: pi3, backWithin: 2m}");
    expect(ended.code).toBe(0);
    const [changes, promises] = ended.stdout.split("\n\n");
    expect(changes).toBe(`What changes
  gazette survives pi3: not promised -> kept
${["pi2", "pi3"].flatMap((pi) => [`${pi} off`, `${pi} cut off`, `${pi}'s disk lost`].map((loss) => `  gazette, ${loss}: requests fail for 6 min ${pi === "pi2" ? 9 : 6} s\n      now: 75 % of requests fail for 45 s`)).join("\n")}`);
    expect(promises).toContain("kept: gazette survives pi3, back within 2m");
    expect(ended.stderr.replaceAll("\n  ", " ")).toContain("maison with apps.gazette.replicas=2 and platform.ingress={by: traefik, replicas: 2} and apps.gazette.promise={survives: pi3, backWithin: 2m}: 12 losses tried");
    expect(ended.files["homelab.yaml"]).toBe(FILE);
  });

  it("says the same as JSON, and that nobody feels a comment more", async () => {
    const ended = await prove("--what-if", "apps.gazette.annotations={note: hello}", "-o", "json");
    expect(ended.code).toBe(0);
    const { whatIf } = JSON.parse(ended.stdout) as { whatIf: unknown };
    expect(whatIf).toEqual({ changes: ["apps.gazette.annotations={note: hello}"], promises: [], losses: [], news: [] });
  });

  it("refuses in one line what cannot be imagined", async () => {
    expect(await prove("--what-if", "machines.pi4={}")).toMatchObject({ code: 1, stdout: "", stderr: "pi4 hangs on no part of the site: say on which, such as --what-if 'site.switch.connects+=pi4'\n" });
    const typo = await prove("--what-if", "apps.gazette.replics=2");
    expect(typo.code).toBe(3);
    expect(typo.stderr).toContain("apps.gazette has no field replics; did you mean replicas?");
  });
});

describe("prove of a home where the scheduler draws", () => {
  const promise = "apps.gazette.promise={survives: pi3, backWithin: 2m}";
  const copied = ["--what-if", "apps.gazette.replicas=2", "--what-if", promise, "--no-advice"];

  it("breaks a promise that one draw would keep, says what stood where, and proves that draw alone by its number", async () => {
    const ended = await prove(...copied);
    expect(ended.code).toBe(4);
    expect(ended.stdout).toContain(`broken: gazette survives pi3, back within 2m
  worst of 3: pi3 off: requests fail for 6 min 7 s
  with traefik on pi3, as the scheduler may draw (--placements 1)
  no ingress pod is ready
`);
    expect(ended.stdout).toContain("\n3 pods could as well stand elsewhere: of 3 placements the worst is shown for\neach loss.\n");
    const seeds = await prove(...copied, "--placements", "0");
    expect(seeds.stdout).toContain("kept: gazette survives pi3, back within 2m\n");
    expect(seeds.stdout).toContain("\n3 pods could as well stand elsewhere; all is proved as the seed has them.\n");
    expect((await prove(...copied, "--placements", "1")).stdout).toContain("broken: gazette survives pi3, back within 2m\n");
  }, 60_000);

  it("refuses a placement that there is none of, and what is no placement", async () => {
    expect(await prove("--placements", "7", "--no-advice")).toMatchObject({ code: 1, stdout: "", stderr: "--placements: there is no placement 7: they are 0, the seed's, to 2.\n" });
    expect((await prove("--placements", "best")).stderr).toContain("It is worst, all, or the number of a placement: 0 for the seed's, others as a report numbers them.");
  });
});

describe("prove of a file that promises nothing", () => {
  it("proposes promises as YAML that is kept once it is pasted, and says what none of them covers", async () => {
    const ended = await prove();
    expect(ended.code).toBe(0);
    const [intro, yaml, note] = ended.stdout.split("\n\n");
    expect([intro, note]).toEqual(["The file promises nothing yet. This would be kept:", "byHand: true says: back only once what failed is."]);
    expect(yaml).toBe(`apps:
  gazette:
    promise: { survives: one site part, loses: nothing, byHand: true }
    # not one machine: pi1's disk lost: the cluster's own state is lost with the
    #   disks of its datastore`);
    const file = parseDocument(FILE);
    file.setIn(["apps", "gazette", "promise"], (parse(yaml!) as { apps: { gazette: { promise: unknown } } }).apps.gazette.promise);
    const pasted = await runCommand(proveCommand, [], { "homelab.yaml": String(file) }, OUTSIDE);
    expect(pasted.code).toBe(0);
    expect(pasted.stdout.split("\n")[0]).toBe("kept: gazette survives one site part");
  });
});

describe("prove -o", () => {
  it("refuses a format that it does not know, and what goes with another one only, before anything is proved", async () => {
    const wrong = await prove("-o", "pdf");
    expect([wrong.code, wrong.stdout]).toEqual([1, ""]);
    expect(wrong.stderr).toContain("Allowed choices are table, json, md, html, sarif.");
    expect(await prove("--explain", "pi3", "-o", "md")).toMatchObject({ code: 1, stderr: "--explain is for people; -o json has the causes of every outage.\n" });
    expect((await prove("--explain", "nobody")).stderr).toBe("--explain nobody: no app, machine, site part or loss is called so. Losses are\ncalled as in the report, such as 'pi1 off'.\n");
    expect((await prove("--explain", "pi33")).stderr).toBe("--explain pi33: no app, machine, site part or loss is called so; did you mean\npi3? Losses are called as in the report, such as 'pi1 off'.\n");
  });

  it("is shown in workflows that can be read, with options that there are", () => {
    const workflows = [...readFileSync("docs/proof.md", "utf8").matchAll(/^```yaml\n([^]*?)^```$/gm)].filter(([, text]) => text!.startsWith("name: prove\n")).map(([, text]) => parse(text!) as { on: object; jobs: Record<string, { steps: { run?: string; uses?: string }[] }> });
    expect(workflows).toHaveLength(2);
    const command = new Command();
    proveCommand.configure(command);
    for (const { on, jobs } of workflows) {
      expect(Object.keys(on)).toEqual(["pull_request"]);
      const { steps } = jobs["prove"]!;
      for (const { run, uses } of steps) expect([run, uses].filter((one) => one !== undefined)).toHaveLength(1);
      const runs = steps.flatMap(({ run }) => [...(run ?? "").matchAll(/kubernest prove (.*?) >/g)].map(([, words]) => words!.split(" ")));
      expect(runs.length).toBeGreaterThan(0);
      for (const words of runs) expect(() => command.exitOverride().parse(words, { from: "user" })).not.toThrow();
    }
  });
});
