/** What is said of wrong values: the words are what a user reads, so they are tested. */
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { Problem } from "./problem.ts";
import { formatPath, show } from "./show.ts";
import { validate } from "./validate.ts";

// Bounds a hang; on a busy machine these take seconds.
vi.setConfig({ testTimeout: 60_000 });

const base = { name: "a", machines: { pi1: { roles: "control-plane" } } };
const only = (extra: object): Problem => {
  const { problems } = validate({ ...base, ...extra });
  expect(problems).toHaveLength(1);
  return problems[0]!;
};

test("a valid file has no problems", () => expect(validate(base)).toEqual({ input: base, problems: [] }));

test("an unknown field, and the one that was meant", () => {
  expect(only({ apps: { web: { image: "nginx:1", prot: 80 } } })).toEqual({
    id: "unknown-field",
    severity: "error",
    path: ["apps", "web", "prot"],
    at: "key",
    value: "prot",
    message: "apps.web has no field prot",
    expected: expect.stringContaining("port, ports"),
    didYouMean: "port",
    fix: "Write port, or remove it.",
  });
});

test("a field that is there already is not meant", () => expect(only({ domain: "a.example", domian: "x" }).didYouMean).toBeUndefined());
test("other tools' names are known", () => expect(only({ apps: { web: { image: "nginx:1", environment: {} } } }).didYouMean).toBe("env"));

test.each<[object, string | undefined, string]>([
  [{ kubeconfig: { mode: "600" } }, "kubernetes.kubeconfig", "Move it: it belongs at kubernetes.kubeconfig."],
  [{ platform: { cni: "calico" } }, "kubernetes.network.cni", "Move it: it belongs at kubernetes.network.cni."],
  [{ apps: { web: { image: "nginx:1", maxSurge: 1 } } }, "apps.web.update.maxSurge", "Move it: it belongs at apps.web.update.maxSurge."],
  [{ apps: { web: { image: "nginx:1", cpu: 1 } } }, "apps.web.resources.cpu", "Move it: it belongs at apps.web.resources.cpu or apps.web.scale.cpu."],
  [{ apps: { web: { image: "nginx:1", survives: "one machine" } } }, "apps.web.promise.survives", "Move it: it belongs at apps.web.promise.survives."],
  [{ colour: "red" }, undefined, "Remove it."],
])("a misplaced field is told its place: %j", (extra, didYouMean, fix) => {
  const problem = only(extra);
  expect([problem.id, problem.didYouMean, problem.fix]).toEqual(["unknown-field", didYouMean, fix]);
});

test("a misspelt field that is required is one finding, not two", () => {
  expect(only({ apps: { web: { services: { api: { imgae: "x" } } } } })).toMatchObject({ id: "unknown-field", didYouMean: "image" });
});

test("with unknown fields alone the rest can be worked on", () => {
  expect(validate({ ...base, nope: 1 }).input).toEqual(base);
  expect(validate({ ...base, nope: 1, domain: 3 }).input).toBeUndefined();
});

test.each<[object, Partial<Problem>]>([
  [{ domain: 3 }, { id: "wrong-value", value: "3", expected: "a DNS name, such as maison.example" }],
  [{ domain: null }, { id: "empty-value", at: "key" }],
  [{ kubernetes: { distribution: "kubeadmn" } }, { id: "wrong-value", message: '"kubeadmn" is not one of k3s, kubeadm', didYouMean: "kubeadm", fix: "Write kubeadm." }],
  [{ kubernetes: { containerRuntime: "docker" } }, { id: "retired" }],
  [{ platform: { ingress: { by: "ingress-nginx" } } }, { id: "retired" }],
  [{ platform: { metrics: "yes" } }, { id: "wrong-value", didYouMean: "true", fix: "Write true: in YAML 1.2, yes is text." }],
  [{ kubernetes: { network: { pods: "10.42.0.1/16" } } }, { expected: "an address range, such as 10.42.0.0/16 or 2001:db8:42::/56, its host bits zero" }],
  [{ apps: { web: { image: "nginx:1", port: 70000 } } }, { message: "70000 is not a port number from 1 to 65535" }],
  [{ apps: { web: { image: "nginx:1", command: "ls -l" } } }, { message: '"ls -l" is not a list of words, such as [sh, -c, \'echo hello\']' }],
  [{ apps: { Web: { image: "nginx:1" } } }, { id: "wrong-name", at: "key", path: ["apps", "Web"] }],
  [{ apps: { web: {} } }, { id: "invalid-combination", message: "the app has no image" }],
  [{ site: { s: { kind: "switch", forwards: { 80: "pi1" } } } }, { id: "invalid-combination", path: ["site", "s", "forwards"] }],
  [{ apps: { web: { image: "nginx:1", port: 80, host: "blog" } } }, { message: "blog is no full host name, and the homelab has no domain" }],
  [{ registries: { "ghcr.io": { username: "x" } } }, { message: "username is given without password" }],
  [{ apps: { web: { image: "nginx:1", mounts: { dta: "/x" }, volumes: { data: "1Gi" } } } }, { fix: "Write data, or add dta to volumes, configFiles or secrets." }],
  [{ apps: { web: { image: "nginx:1", env: { A: { database: "x" } } } } }, { message: "a database variable needs key" }],
  [{ apps: { web: { image: "nginx:1", port: 80, update: { maxSurge: 0, maxUnavailable: "0%" } } } }, { path: ["apps", "web", "update", "maxSurge"] }],
])("%j", (extra, problem) => expect(only(extra)).toMatchObject(problem));

test("a secret that is written out is not shown", () => {
  const problem = only({ registries: { "ghcr.io": { username: "x", password: "hunter2" } } });
  expect(JSON.stringify(problem)).not.toContain("hunter2");
  expect(problem).toMatchObject({ id: "wrong-value", expected: "{ secret: NAME }" });
});

test("all at once, rules beside wrong values", () => {
  const { problems } = validate({ name: "A", machines: {}, apps: { web: { image: 3, replicas: 2, scale: { max: 3 }, nope: 1 } } });
  expect(problems.map((problem) => `${problem.id} ${formatPath(problem.path)}`).sort()).toEqual([
    "invalid-combination apps.web.replicas",
    "invalid-combination apps.web.scale",
    "invalid-combination machines",
    "unknown-field apps.web.nope",
    "wrong-value apps.web.image",
    "wrong-value name",
  ]);
});

test.each([
  ["x", '"x"'],
  [3, "3"],
  [[], "an empty list"],
  [{ a: 1 }, "a map"],
  ["y".repeat(200), `"${"y".repeat(99)}…`],
])("a value is shown shortly: %j", (value, text) => expect(show(value)).toBe(text));

test("paths are written as the file's reader would", () => expect(formatPath(["registries", "ghcr.io", "mirrors", 0])).toBe('registries["ghcr.io"].mirrors[0]'));

test("any plain value has findings or is valid, and nothing is thrown", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const { input, problems } = validate(value);
      expect(input !== undefined || problems.length > 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("any wrong value within a good file has a finding at it, beside it or above it", () => {
  const good = { ...base, kubernetes: { network: {} }, apps: { web: { image: "nginx:1", port: 80, env: { A: "b" } } } };
  const places = [["name"], ["machines"], ["machines", "pi1"], ["machines", "pi1", "roles"], ["kubernetes"], ["kubernetes", "network"], ["apps", "web"], ["apps", "web", "port"], ["apps", "web", "env"], ["apps", "web", "env", "A"]];
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 2 }), (place, value) => {
      const copy = structuredClone(good) as Record<string, unknown>;
      let parent = copy;
      for (const key of place.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
      parent[place.at(-1)!] = value;
      for (const { path } of validate(copy).problems) expect(path.slice(0, place.length - 1)).toEqual(place.slice(0, Math.min(place.length - 1, path.length)));
    }),
    { numRuns: 500 },
  );
});
