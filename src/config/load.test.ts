import { describe, expect, test, vi } from "vitest";
import { loadHomelab } from "./load.ts";

// Bounds a hang; on a busy machine these take seconds.
vi.setConfig({ testTimeout: 60_000 });

const HEAD = "name: a\nmachines:\n  pi1: { roles: [control-plane, worker] }\n";
/** Loads a text, beside which other files may lie. */
const load = (text: string, env: Record<string, string> = {}, files: Record<string, string> = {}, file = "homelab.yaml") =>
  loadHomelab(file, {
    env,
    readFile: (path) => {
      if (path === file) return text;
      const other = files[path];
      if (other === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      return other;
    },
  });
const short = async (text: string, env = {}, files = {}, file?: string) => (await load(text, env, files, file)).findings.map((one) => `${one.line}:${one.column} ${one.id}`);

describe("findings", () => {
  test("have their place: the key for a wrong name, the value for a wrong value", async () => {
    expect(await short(`${HEAD}apps:\n  web:\n    image: nginx:1\n    prot: 80\n    replicas: many\n`)).toEqual(["7:5 unknown-field", "8:15 wrong-value"]);
  });
  test("of a missing field are at what misses it", async () => expect(await short("name: a\n")).toEqual(["1:1 missing-field"]));
  test("of an anchor's content are one, however often it is used", async () => {
    expect(await short(`${HEAD}x-common: &common { replicas: many }\napps:\n  a: { <<: *common, image: "nginx:1" }\n  b: { <<: *common, image: "nginx:1" }\n`)).toEqual(["4:31 wrong-value"]);
  });
  test("of a value that is already known to be broken are not doubled", async () => expect(await short(`${HEAD}domain: \${NOT}\n`)).toEqual(["4:9 undefined-variable"]));
  test("show what is written, not what the environment holds", async () => {
    const { findings } = await load(`${HEAD}domain: \${TOKEN}\n`, { TOKEN: "s3cret value" });
    expect(findings).toHaveLength(1);
    expect(JSON.stringify(findings)).not.toContain("s3cret");
    expect(findings[0]).toMatchObject({ value: "${TOKEN}", message: "${TOKEN} is not a DNS name, such as maison.example" });
  });
  test("of a list where the file should be a map", async () => expect(await short("- a\n")).toEqual(["1:1 not-a-map"]));
  test("of a file that is not there", async () => {
    const { findings, homelab } = await load("", {}, {}, "homelab.yaml").then(() => loadHomelab("other.yaml", { env: {}, readFile: () => Promise.reject(Object.assign(new Error("x"), { code: "ENOENT" })) }));
    expect(homelab).toBeUndefined();
    expect(findings[0]).toMatchObject({ id: "unreadable-file", file: "other.yaml", message: "there is no such file" });
  });
  test("leave a homelab where only unknown fields and repeated keys are wrong", async () => {
    const { homelab, findings } = await load(`${HEAD}nope: 1\nname: b\n`);
    expect(findings.map((one) => one.id)).toEqual(["unknown-field", "duplicate-key"]);
    expect(homelab?.name).toBe("b");
  });
});

describe("variables and text", () => {
  test("take their type from what they hold", async () => {
    const { homelab, findings } = await load(`${HEAD}domain: \${D:-a.example}\napps:\n  web: { image: "nginx:1", port: 80, env: { V: 1.10, T: yes } }\n  big:\n    image: nginx:\${TAG}\n    replicas: \${N:-3}\n`, { TAG: "1.27" });
    expect(findings).toEqual([]);
    expect(homelab?.domain).toBe("a.example");
    expect(homelab?.apps["web"]?.services["web"]?.env).toEqual({ V: { kind: "literal", value: "1.10" }, T: { kind: "literal", value: "yes" } });
    expect(homelab?.apps["big"]?.services["big"]).toMatchObject({ image: "nginx:1.27", replicas: 3 });
  });
  test("keep their text through machineDefaults", async () => {
    const { homelab } = await load(`${HEAD}machineDefaults: { labels: { rack: 1.0 }, os: { name: debian, version: 13.10 } }\n`);
    expect(homelab?.machines["pi1"]).toMatchObject({ labels: { rack: "1.0" }, os: { version: "13.10" } });
  });
});

describe("other files", () => {
  const app = `${HEAD}apps:\n  web:\n    image: nginx:1\n    configFiles: { nginx.conf: { file: nginx.conf, path: /etc/nginx.conf } }\n`;
  test("configuration files are read beside the homelab, without variables", async () => {
    const { homelab, findings } = await load(app, {}, { "home/nginx.conf": "set ${x};" }, "home/homelab.yaml");
    expect(findings).toEqual([]);
    expect(homelab?.apps["web"]?.configFiles["nginx.conf"]?.content).toBe("set ${x};");
    expect(homelab?.apps["web"]?.services["web"]?.mounts).toMatchObject([{ source: "config-file", name: "nginx.conf", path: "/etc/nginx.conf", readOnly: true }]);
  });
  test("one that is not there is a finding where it is named", async () => {
    expect((await load(app)).findings).toMatchObject([{ id: "unreadable-file", line: 7, column: 40, value: "nginx.conf" }]);
  });
  const objects = `${HEAD}objects:\n  - file: own.yaml\n  - { apiVersion: v1, kind: ConfigMap, metadata: { name: c } }\n`;
  test("objects are read from files, Lists and all, and keep their place", async () => {
    const own = "apiVersion: v1\nkind: Namespace\nmetadata: { name: own }\n---\napiVersion: v1\nkind: List\nitems:\n  - { apiVersion: v1, kind: Secret, metadata: { name: s } }\n---\n";
    const { homelab, source } = await load(objects, {}, { "own.yaml": own });
    expect(homelab?.objects.map((one) => (one.kind === "inline" ? one.object["kind"] : one.kind))).toEqual(["Namespace", "Secret", "ConfigMap"]);
    expect(source.position(["objects", 1, "kind"]).line).toBe(5);
    expect(source.position(["objects", 2, "kind"])).toEqual({ line: 6, column: 29 });
  });
  test.each(["a: [", "kind: X\n", "x: &a [*a]\n", "- 1\n"])("a file of objects that is none: %j", async (own) => {
    expect((await load(objects, {}, { "own.yaml": own })).findings).toMatchObject([{ id: "bad-object-file", line: 5, column: 11 }]);
  });
});

describe("the source", () => {
  test("finds what the long form has from the short one", async () => {
    const { source } = await load(`${HEAD}domain: a.example\napps:\n  web:\n    image: nginx:1\n    port: 80\n    host: [one, two]\n    mounts: { data: /data }\n    volumes: { data: 1Gi }\nsite:\n  box: { kind: router, forwards: { 80: pi1, 443: pi1 } }\n`);
    const line = (...path: (string | number)[]) => source.position(path).line;
    const service = ["apps", "web", "services", "web"];
    expect(line(...service, "image")).toBe(7);
    expect(line(...service, "ports", 0, "port")).toBe(8);
    expect(source.position([...service, "routes", 1, "host"])).toEqual({ line: 9, column: 17 });
    expect(line(...service, "mounts", 0, "path")).toBe(10);
    expect(source.position(["site", "box", "forwards", 1])).toEqual({ line: 13, column: 50 });
    expect(source.has([...service, "image"])).toBe(true);
    expect(source.has([...service, "replicas"])).toBe(false);
  });
  test("shows what is not written by the name of what holds it", async () => {
    const { source } = await load(`${HEAD}apps:\n  web:\n    image: nginx:1\n`);
    expect(source.position(["apps", "web", "namespace"])).toEqual({ line: 5, column: 3 });
  });
});

describe("homelab.ts", () => {
  const ts = (text: string) => load(text, {}, {}, "/nowhere/homelab.ts");
  test("gives the same homelab", async () => {
    const { homelab, findings, source } = await ts('import { defineHomelab } from "kubernest";\nconst name: string = "a";\nexport default defineHomelab({ name, machines: { pi1: { roles: "control-plane" } }, domain: undefined });\n');
    expect(findings).toEqual([]);
    expect(homelab?.machines["pi1"]?.roles).toEqual(["control-plane"]);
    expect(source.kind).toBe("typescript");
    expect(source.has(["machines", "pi1", "roles"])).toBe(true);
    expect(source.has(["domain"])).toBe(false);
  });
  test("may be a promise", async () => expect((await ts('export default Promise.resolve({ name: "a", machines: { a: {} } });')).homelab?.name).toBe("a"));
  test("findings name the path and the file", async () => {
    expect((await ts('export default { name: "a", machines: { a: { prot: 1 } } };')).findings).toMatchObject([{ id: "unknown-field", path: ["machines", "a", "prot"], file: "/nowhere/homelab.ts" }]);
  });
  test.each([
    ['\nthrow new Error("no\\nmore");', { line: 2, message: "Error: no" }],
    ["export default { ,", { line: 1 }],
    ["export const a = 1;", { message: "it has no default export: write export default defineHomelab({ … })" }],
    ['import "./not-there.ts"; export default {};', { message: expect.stringContaining("./not-there.ts") }],
    ["export default nothing.name; declare const nothing: any;", { message: "ReferenceError: nothing is not defined" }],
  ])("%j is one finding", async (text, finding) => {
    const { findings, homelab } = await ts(text);
    expect(homelab).toBeUndefined();
    expect(findings).toMatchObject([{ id: "typescript-failed", file: "/nowhere/homelab.ts", ...finding }]);
  });
  test.each(["() => 1", "new Date(0)", "new Map()", "1n", "NaN", 'Symbol("x")'])("%s is no plain value", async (value) => {
    expect((await ts(`export default { name: "a", machines: { a: {} }, domain: ${value} };`)).findings).toMatchObject([{ id: "not-plain", path: ["domain"] }]);
  });
  test("a value that contains itself is a finding", async () => {
    expect((await ts('const a: any = { name: "a" }; a.machines = a; export default a;')).findings.map((one) => one.id)).toContain("not-plain");
  });
});
