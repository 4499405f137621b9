/** A cluster's API without HTTP, for tests of the parts that use it: the real pipeline, an event loop that the test turns. */
import { seededRandom } from "../../lib/seeded-random.ts";
import type { Random } from "../../ports/random.ts";
import { ADMISSION_PLUGINS } from "../api/admission/all.ts";
import type { SimClient } from "../api/client.ts";
import { customResourceDefinitionController } from "../api/extensions/custom-resource-definition.ts";
import { bootstrap } from "../api/registry/bootstrap.ts";
import { localClient } from "../api/registry/local-client.ts";
import { Registry } from "../api/registry/registry.ts";
import { ResourceTypes } from "../api/resource-types.ts";
import { EventLoop } from "../clock/event-loop.ts";
import { type ControllerContext, type Reconciler, startReconciler } from "../controllers/reconciler.ts";
import { Store } from "../store/store.ts";

/** 2026-01-01T00:00:00Z: every test begins here. */
export const TEST_START_MS = Date.UTC(2026, 0, 1);

export interface TestCluster {
  registry: Registry;
  loop: EventLoop;
  random: Random;
  /** As an administrator. */
  client: SimClient;
  /** What a controller named `name` is given. */
  context(name: string): ControllerContext;
  /** Starts a controller; returns how to stop it. */
  start(reconciler: Reconciler): () => void;
  /** Turns the loop for so much virtual time. Fails when it does not come to rest within a million events. */
  run(durationMs: number): void;
  /** What controllers logged. */
  log: string[];
}

export function createTestCluster(options: { seed?: string; serviceCidrs?: readonly string[] } = {}): TestCluster {
  const loop = new EventLoop(TEST_START_MS);
  const random = seededRandom(options.seed ?? "test");
  const serviceCidrs = options.serviceCidrs ?? ["10.96.0.0/12"];
  const registry = new Registry({
    store: new Store(),
    types: new ResourceTypes(),
    clock: loop,
    random: random.fork("registry"),
    admission: ADMISSION_PLUGINS,
    services: { cidrs: serviceCidrs, random: random.fork("services") },
  });
  registry.reader = localClient(registry, "system:apiserver");
  bootstrap(registry, { serviceCidrs, apiAddresses: ["192.0.2.1"], apiPort: 6443 });
  // Pods need the service account of their namespace; a test in `default` should not have to wait for its controller.
  registry.reader.create("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } });
  const log: string[] = [];
  const context = (name: string): ControllerContext => ({
    client: localClient(registry, `system:serviceaccount:kube-system:${name}`, "kube-controller-manager", "suspends"),
    clock: loop,
    random: random.fork(name),
    log: (line) => log.push(line),
  });
  // Part of the API server itself, so every test has it.
  startReconciler(customResourceDefinitionController(registry.types), context("apiserver"));
  return {
    registry,
    loop,
    random,
    client: localClient(registry, "admin", "kubectl"),
    context,
    start: (reconciler) => startReconciler(reconciler, context(reconciler.name)),
    run(durationMs) {
      const untilMs = loop.now() + durationMs;
      loop.runUntil(untilMs, EVENTS_COUNT_MAX);
      if (loop.now() < untilMs) throw new Error(`the loop did not come to rest: ${EVENTS_COUNT_MAX} events by ${new Date(loop.now()).toISOString()}\n${log.slice(-10).join("\n")}`);
    },
    log,
  };
}

const EVENTS_COUNT_MAX = 1_000_000;
