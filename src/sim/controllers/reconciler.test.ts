import { beforeEach, describe, expect, it } from "vitest";
import { AssertionFailed } from "../../lib/assert.ts";
import { badRequest } from "../api/status.ts";
import { createTestCluster, TEST_START_MS, type TestCluster } from "../testing/harness.ts";
import type { Reconciler } from "./reconciler.ts";

let cluster: TestCluster;
let seen: string[];

const at = (): number => cluster.loop.now() - TEST_START_MS;
const reconciler = (extra: Partial<Reconciler> = {}): Reconciler => ({
  name: "test",
  watches: [{ type: "configmaps", keys: ({ object }) => [object.metadata.name] }],
  sync: (key) => void seen.push(`${at()} ${key}`),
  ...extra,
});
const write = (name: string, data: Record<string, string> = {}): void => {
  const metadata = { name, namespace: "default" };
  if (cluster.client.get("configmaps", "default", name) === undefined) cluster.client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata, data });
  else cluster.client.patch("configmaps", "default", name, { data });
};

beforeEach(() => {
  cluster = createTestCluster();
  seen = [];
});

describe("the work queue", () => {
  it("looks once at a key that changed several times, and at what was there before", () => {
    write("a");
    cluster.start(reconciler());
    write("a", { x: "1" });
    write("b");
    cluster.run(1_000);
    expect(seen).toEqual(["0 a", "0 b"]);
  });

  it("gathers the changes of a while when asked to", () => {
    cluster.start(reconciler({ coalesceMs: 100 }));
    write("a");
    cluster.run(50);
    write("a", { x: "1" });
    cluster.run(1_000);
    expect(seen).toEqual(["100 a"]);
  });

  it("tries a refused key again later and later, and forgets the failures when it succeeds", () => {
    let failures = 4;
    cluster.start(
      reconciler({
        sync(key) {
          seen.push(`${at()} ${key}`);
          if (failures-- > 0) throw badRequest("not now");
        },
      }),
    );
    write("a");
    cluster.run(1_000);
    expect(seen).toEqual(["0 a", "5 a", "15 a", "35 a", "75 a"]);
    expect(cluster.log).toHaveLength(4);
  });

  it("survives an object without the fields it needs, but not our own mistakes", () => {
    cluster.start(reconciler({ sync: (_key, { client }) => void (client.get("configmaps", "default", "a") as { spec?: { x: { y: string } } }).spec!.x.y }));
    write("a");
    cluster.run(1);
    expect(cluster.log[0]).toMatch(/^test: a: TypeError/);
    cluster.start(
      reconciler({
        sync() {
          throw new AssertionFailed("a bug");
        },
      }),
    );
    expect(() => cluster.run(1)).toThrow("a bug");
  });

  it("comes back when asked, at the earliest of several times, and not after the stop", () => {
    const stop = cluster.start(reconciler({ sync: (key) => (seen.push(`${at()} ${key}`), seen.length === 1 ? 500 : 300) }));
    write("a");
    cluster.run(100);
    write("a", { x: "1" });
    cluster.run(1_000);
    expect(seen.slice(0, 4)).toEqual(["0 a", "100 a", "400 a", "700 a"]);
    stop();
    const before = seen.length;
    cluster.run(10_000);
    expect(seen).toHaveLength(before);
  });
});
