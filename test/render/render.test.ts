/** What rendering gives for the examples and for files that use every flavour: read by people as golden files, and judged by the models' validators. */
import { basename, dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { CATALOGUE, platformCrds, platformFootprint } from "../../src/manifests/platform/catalogue.ts";
import { renderHomelab, renderWithProblems } from "../../src/manifests/render-homelab.ts";
import type { KubeObject } from "../../src/objects/kube-object.ts";
import type { RenderedObject } from "../../src/manifests/rendered.ts";
import { fileText } from "../../src/manifests/yaml-text.ts";
import { exampleFiles, loadExample, loadText } from "./load-example.ts";
import { modelProblems } from "./model-problems.ts";
import { ALL_FLAVOURS } from "./flavours.ts";

function exampleName(file: string): string {
  return basename(dirname(file));
}

async function expectValid(objects: readonly RenderedObject[]): Promise<void> {
  const found: string[] = [];
  for (const { object, path } of objects) {
    const { problems } = await modelProblems(object);
    for (const problem of problems) found.push(`${object.kind} ${object.metadata.name} (${path}): ${problem}`);
  }
  expect(found).toEqual([]);
}

/** `api-version/kind/namespace/name`, as the API tells objects apart. */
function identity({ object }: RenderedObject): string {
  return `${object.apiVersion}/${object.kind}/${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

describe.each(exampleFiles().map((file) => [exampleName(file), file] as const))("example %s", (name, file) => {
  it("renders without a problem, every object valid and once", async () => {
    const { homelab } = await loadExample(file);
    const { files, problems } = renderWithProblems(homelab);
    expect(problems).toEqual([]);
    const objects = files.flatMap((rendered) => rendered.objects);
    expect(objects.length).toBeGreaterThan(0);
    const ids = objects.map(identity);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    await expectValid(objects);
  });

  it("has a footprint and kinds that are valid", async () => {
    const { homelab } = await loadExample(file);
    await expectValid([...platformCrds(homelab), ...platformFootprint(homelab)]);
  });

  it("is the same each time, and reads back as the objects", async () => {
    const first = renderHomelab((await loadExample(file)).homelab);
    const second = renderHomelab((await loadExample(file)).homelab);
    expect(second.map((rendered) => fileText(rendered))).toEqual(first.map((rendered) => fileText(rendered)));
    for (const rendered of first.filter((candidate) => candidate.text === undefined)) {
      for (const version of ["1.1", "1.2"] as const) {
        const documents = parseAllDocuments(fileText(rendered), { version });
        expect((Array.isArray(documents) ? documents : []).map((document): unknown => document.toJS())).toEqual(rendered.objects.map((item) => item.object));
      }
    }
  });

  it("names no value of a secret, and says where each comes from", async () => {
    const { homelab } = await loadExample(file);
    for (const { object, values } of renderHomelab(homelab).flatMap((rendered) => rendered.objects)) {
      if (object.kind !== "Secret" || object.metadata.labels?.["app.kubernetes.io/managed-by"] !== "kubernest") continue;
      expect(values, object.metadata.name).toBeDefined();
      for (const value of values ?? []) expect(["", "{\"auths\":{"].some((start) => (object.stringData as Record<string, string>)[value.key]?.startsWith(start))).toBe(true);
    }
  });

  if (name === "gazette" || name === "kubeadm-ha") {
    it("equals its golden files", async () => {
      const { homelab, source } = await loadExample(file);
      for (const rendered of renderHomelab(homelab)) {
        await expect(fileText(rendered, { source: { ...source, file: "homelab.yaml" } })).toMatchFileSnapshot(`golden/${name}/${rendered.path}`);
      }
    });
  }
});

describe("the judge", () => {
  it("finds what is missing, of a wrong type, and unknown", async () => {
    const problems = async (object: KubeObject) => (await modelProblems(object)).problems.join("; ");
    expect(await problems({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec: { template: {} } })).toContain("selector");
    expect(await problems({ apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { ports: "80" } })).toContain("ports");
    const route = (spec: object): KubeObject => ({ apiVersion: "traefik.io/v1alpha1", kind: "IngressRoute", metadata: { name: "a" }, spec });
    expect(await problems(route({ routes: [{ match: "Host(`a`)", kind: "Rule", middleware: [] }] }))).toBe("IngressRoute.spec.routes[0].middleware is unknown");
    expect(await problems(route({ routes: [{ match: "Host(`a`)", kind: "Rule" }] }))).toBe("");
    expect((await modelProblems({ apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: { name: "a" } })).hasModel).toBe(false);
  });
});

describe("flavours", () => {
  it.each(Object.entries(ALL_FLAVOURS))("%s: valid, with a golden file", async (name, text) => {
    const homelab = await loadText(text);
    const { files, problems } = renderWithProblems(homelab);
    expect(problems).toEqual([]);
    await expectValid(files.flatMap((file) => file.objects));
    await expectValid([...platformCrds(homelab), ...platformFootprint(homelab)]);
    // The kinds' definitions are long, and are judged by themselves.
    const short = files.map((file) => ({ ...file, objects: file.objects.filter((item) => item.object.kind !== "CustomResourceDefinition") }));
    await expect(short.map((file) => `##### ${file.path}\n${fileText(file)}`).join("")).toMatchFileSnapshot(`golden/flavours/${name}.txt`);
  });

  it("between them use every component of the catalogue", async () => {
    const homelabs = [...await Promise.all(Object.values(ALL_FLAVOURS).map(loadText)), ...await Promise.all(exampleFiles().map(async (file) => (await loadExample(file)).homelab))];
    expect(CATALOGUE.filter((component) => !homelabs.some((homelab) => component.isUsed(homelab))).map((component) => component.name)).toEqual([]);
  });
});

describe("a thousand apps", () => {
  it("take time in proportion", async () => {
    const apps = (count: number) => Array.from({ length: count }, (_, index) => `  app${index}: { image: "ghcr.io/example/app:1.${index}.0", port: 80, host: app${index} }`).join("\n");
    const head = ALL_FLAVOURS["traefik-bundled"]?.split("apps:")[0] ?? "";
    const small = await loadText(`${head}apps:\n${apps(100)}\n`);
    const large = await loadText(`${head}apps:\n${apps(1000)}\n`);
    const timed = (homelab: typeof small) => {
      const start = performance.now();
      for (const file of renderHomelab(homelab)) fileText(file);
      return performance.now() - start;
    };
    // The best of several, as other programs share the machine.
    const best = (homelab: typeof small) => Math.min(...[1, 2, 3].map(() => timed(homelab)));
    const [few, many] = [best(small), best(large)];
    // Ten times the apps; quadratic work would be a hundred times.
    expect(many).toBeLessThan(Math.max(few, 10) * 40);
  });
});
