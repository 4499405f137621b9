/** What users of the three Raspberry Pis see when things fail. Expected times rest on Kubernetes 1.36: not ready after about 50 s of silence, then 300 s of toleration. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { homelabOf, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { Fault } from "../../scenarios/fault.ts";
import { losing, losingOneByOne, type Scenario } from "../../scenarios/scenario.ts";
import { runScenario, type ScenarioOutcome } from "./run-scenario.ts";
import { UserView } from "./user-view.ts";
import { passageOf } from "./verdict.ts";

const lose = (fault: Fault, text?: string): Promise<ScenarioOutcome> => through(losing([fault]), text);

async function through(scenario: Scenario, text?: string): Promise<ScenarioOutcome> {
  const homelab = await homelabOf("examples/gazette/homelab.yaml", text);
  const rehearsal = virtualRehearsal(homelab, { isBreakable: true });
  expect((await rehearsal.settle(() => false)).isReady).toBe(true);
  rehearsal.cluster.run(60_000);
  const outcome = runScenario(rehearsal, homelab, scenario);
  await rehearsal.close();
  return outcome;
}

describe("three Raspberry Pis behind a box", () => {
  it("serve nobody for six minutes when the worker with the app loses its power: silence, then the toleration, then a pull", async () => {
    const outcome = await lose({ id: "power-off", target: "pi3" });
    const [app] = outcome.apps;
    expect(app!.outages).toHaveLength(1);
    expect(app!.outages[0]!.shareMin).toBe(0);
    expect(passageOf(app!).outageMs).toBeGreaterThan(340_000);
    expect(passageOf(app!).outageMs).toBeLessThan(380_000);
    expect(app!.outages[0]!.why.map(({ text }) => text)).toEqual(["the app: requests still go to its only pod on pi3", "the app has no pod that is ready"]);
    // Requests go to the dead pod until its node is declared lost.
    expect(app!.outages[0]!.why[1]!.atMs).toBeGreaterThan(35_000);
    expect(app!.outages[0]!.why[1]!.atMs).toBeLessThan(60_000);
    expect([outcome.unwell, outcome.api, outcome.isStateLost]).toEqual([[], [], false]);
  });

  it("serve nobody until the machine that the router forwards to is back, though the app runs elsewhere", async () => {
    const outcome = await lose({ id: "power-off", target: "pi1" });
    const [app] = outcome.apps;
    expect(app!.outages[0]!.why[0]!.text).toBe("the router sends all requests to pi1, which does not answer");
    expect(passageOf(app!)).toMatchObject({ outageMs: undefined, comesBackWithRecovery: true });
    // The board's boot.
    expect(app!.recoveryMs).toBe(25_000);
    expect(outcome.api).toHaveLength(1);
    expect(outcome.api[0]!.why).toBe("no server");
  });

  it("settle without one worker before the other goes too: the app has moved to the server by then, and is not felt to lose a second one", async () => {
    const [first, second] = (["pi3", "pi2"] as const).map((target): Fault => ({ id: "power-off", target }));
    const outcome = await through(losingOneByOne([first!, second!]));
    // The app is away once for each: it moves from pi3 to pi2, and from there to pi1.
    expect(outcome.apps[0]!.outages.map(({ fromMs, toMs }) => [fromMs > 400_000, toMs !== undefined && toMs - fromMs < 400_000])).toEqual([[false, true], [true, true]]);
    expect(outcome.scenario.steps.map(({ atMs }) => atMs > 700_000)).toEqual([false, true]);
    // Both at once: one outage, from which the app moves once.
    expect((await through(losing([first!, second!]))).apps[0]!.outages).toHaveLength(1);
  });

  it("are at rest though their one server ends and starts again without end, as nothing else comes of it", async () => {
    const outcome = await lose({ id: "disk-slow", target: "pi1" });
    expect([outcome.api.length > 10, outcome.faultMs < 3_600_000, outcome.apps[0]!.outages, outcome.unwell]).toEqual([true, true, [], []]);
  });

  it("lose the cluster's own state with the one server's disk", async () => {
    const outcome = await lose({ id: "disk-lost", target: "pi1" });
    expect([outcome.isStateLost, outcome.apps[0]!.recoveryMs]).toEqual([true, undefined]);
  });

  it("move the ingress' address while nobody would be served behind it anyway: that takes no time of its own at the end", async () => {
    const text = readFileSync("examples/gazette/homelab.yaml", "utf8").replace(/ +forwards:.*\n/, "").replace("  ingress: traefik", "  loadBalancer: { by: metallb, pools: { home: [192.168.1.240-192.168.1.249] } }\n  ingress: traefik");
    const homelab = await homelabOf("examples/gazette/homelab.yaml", text);
    const rehearsal = virtualRehearsal(homelab, { isBreakable: true });
    expect((await rehearsal.settle(() => false)).isReady).toBe(true);
    const { cluster, site } = rehearsal;
    const view = new UserView(homelab, cluster, site);
    const seen = (): string => view.of(homelab.apps["gazette"]!).why;
    view.entrance!.letHold("pi3");
    const scale = (replicas: number): void => void cluster.client.patch("apps/deployments", "gazette", "gazette", { spec: { replicas } });
    scale(0);
    cluster.run(10_000);
    site.setMachinePower("pi3", false);
    expect(seen()).toBe("the app has no pod that is ready");
    cluster.run(10_000);
    scale(1);
    cluster.run(30_000);
    expect(seen()).toBe("");
    await rehearsal.close();
  });

  it("are refused by browsers when the certificate has ended, though nothing in the cluster has turned", async () => {
    const outcome = await lose({ id: "certificate-not-renewed", target: "gazette" });
    expect(outcome.apps[0]!.outages.map(({ shareMin, why }) => [shareMin, ...why.map(({ text }) => text)])).toEqual([[0, "the certificate of gazette.maison.example has ended: browsers refuse it"]]);
    expect([outcome.apps[0]!.recoveryMs, outcome.unwell]).toEqual([0, []]);
  });

  it("are not reached without the line, while nothing in the home is unwell", async () => {
    const outcome = await lose({ id: "part-off", target: "fibre" });
    expect(outcome.apps[0]!.outages[0]!.why.map(({ text }) => text)).toEqual(["nothing comes in through fibre"]);
    expect(outcome.apps[0]!.recoveryMs).toBe(0);
  });
});

describe("twelve boards behind one HAProxy", () => {
  it("answer on while nobody but the control planes reaches the API: nodes that hear nothing go on as they were told", async () => {
    const homelab = await homelabOf("examples/pi-kubespray/homelab.yaml");
    const rehearsal = virtualRehearsal(homelab, { isBreakable: true });
    expect((await rehearsal.settle(() => false)).isReady).toBe(true);
    rehearsal.cluster.run(60_000);
    const { apps, unwell } = runScenario(rehearsal, homelab, losing([{ id: "power-off", target: "porte" }]));
    expect(apps[0]!.outages).toEqual([]);
    // Its workers are called not ready meanwhile, and all their pods: they say otherwise as soon as they are heard again.
    expect(apps[0]!.recoveryMs).toBeLessThan(1000);
    expect(unwell).toEqual([]);
    await rehearsal.close();
  });
});
