/** Each kind of advice: a promise that is broken, the one change that is proposed, and the promise kept by it, proved. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { promise as promiseOf, provedAdvice } from "../../../../test/rehearse/proved-advice.ts";
import type { AdviceRule } from "./advice-rule.ts";
import { DATABASE_REPLICA } from "./database-replica.ts";
import { LEAVE_SOONER } from "./leave-sooner.ts";
import { MOVING_ADDRESS } from "./moving-address.ts";
import { ONE_MACHINE_MORE } from "./one-machine-more.ts";
import { SECOND_COPY } from "./second-copy.ts";
import { SECOND_INGRESS } from "./second-ingress.ts";
import { THREE_SERVERS } from "./three-servers.ts";

const { adviceFor, judgedWith } = provedAdvice(readFileSync("examples/gazette/homelab.yaml", "utf8"), "gazette");
const promise = (survives: string, backWithin: string, loses?: string): string => promiseOf("gazette", survives, backWithin, loses);

describe("advice", () => {
  it.each<[string, AdviceRule, string[], string[]]>([
    ["a second copy", SECOND_COPY, [promise("pi3", "2m")], ["apps.gazette.replicas=2"]],
    ["to leave a lost machine sooner", LEAVE_SOONER, [promise("pi3", "3m")], ["apps.gazette.placement.tolerations+={key: node.kubernetes.io/unreachable, effect: NoExecute, seconds: 10}"]],
    [
      "a replica of the database",
      DATABASE_REPLICA,
      ["apps.gazette.databases={main: {engine: postgres, size: 1Gi}}", "apps.gazette.env={DATABASE_URL: {database: main, key: uri}}", "apps.gazette.replicas=2", "platform.ingress={by: traefik, replicas: 2}", promise("pi3", "3m", "1m")],
      ["apps.gazette.databases.main.instances=2"],
    ],
    [
      "one machine more",
      ONE_MACHINE_MORE,
      ["apps.gazette.resources={requests: {memory: 5Gi}}", "apps.large={image: ghcr.io/example/large:1.0.0, port: 80, architectures: [arm64], replicas: 2, resources: {requests: {memory: 5Gi}}}", promise("pi3", "10m")],
      ["machines.pi4={}", "site.switch.connects+=pi4", "site.switch.powers+=pi4"],
    ],
  ])("%s keeps what was broken", async (_name, rule, changes, wanted) => {
    const { before, changes: found, judged, texts } = await adviceFor(changes, [rule]);
    expect([before === "kept", found, judged.verdict, texts.length]).toEqual([false, wanted, "kept", 1]);
  }, 180_000);

  it("goes on where one is not enough: three Raspberry Pis come to survive any one machine", async () => {
    const { changes, judged, before } = await adviceFor([promise("one machine", "2m", "nothing")], [SECOND_COPY, SECOND_INGRESS, MOVING_ADDRESS, THREE_SERVERS]);
    expect([before, judged.verdict]).toEqual(["broken", "kept"]);
    expect(changes).toEqual([
      "machines.pi2.roles=[control-plane, worker]",
      "machines.pi3.roles=[control-plane, worker]",
      "apps.gazette.replicas=2",
      "platform.ingress={by: traefik, replicas: 2}",
      "platform.loadBalancer={by: metallb, pools: 192.168.1.240-192.168.1.240}",
      "site.box.forwards={80: 192.168.1.240, 443: 192.168.1.240, 6443: pi1}",
    ]);
    // Without any one of them it is broken.
    const asked = promise("one machine", "2m", "nothing");
    for (const without of [changes.slice(2), changes.filter((change) => !change.includes("replicas=2")), changes.filter((change) => !change.includes("ingress")), changes.slice(0, 4)]) {
      expect([without, (await judgedWith([asked, ...without], ["power-off", "disk-lost"])).verdict]).not.toEqual([without, "kept"]);
    }
  }, 180_000);

  it("says so where nothing that is known helps", async () => {
    const { changes, texts, judged, before } = await adviceFor([promise("box", "1m")], [SECOND_COPY, SECOND_INGRESS, LEAVE_SOONER]);
    expect([changes, texts, judged.verdict === before]).toEqual([[], [], true]);
  }, 180_000);
});
