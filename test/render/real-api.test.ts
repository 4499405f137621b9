/**
 * What render makes of every example is accepted by a real API server in strict server-side dry run. Runs where `KUBERNEST_REAL_KUBECONFIG` names the
 * kubeconfig of one that may be written to (`npm run real-kubernetes`): the kinds and namespaces are really made there.
 */
import { execFileSync } from "node:child_process";
import { basename, dirname } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { platformCrds, platformFootprint } from "../../src/manifests/platform/catalogue.ts";
import { renderHomelab } from "../../src/manifests/render-homelab.ts";
import type { RenderedObject } from "../../src/manifests/rendered.ts";
import { yamlDocument } from "../../src/manifests/yaml-text.ts";
import { ALL_FLAVOURS } from "./flavours.ts";
import { exampleFiles, loadExample, loadText } from "./load-example.ts";

const KUBECONFIG = process.env["KUBERNEST_REAL_KUBECONFIG"];
const KUBECTL_TIMEOUT_MS = 120_000;

function kubectl(args: readonly string[], objects: readonly RenderedObject[]): string {
  try {
    return execFileSync("kubectl", ["--kubeconfig", KUBECONFIG ?? "", ...args, "-f", "-"], { input: objects.map((item) => yamlDocument(item.object)).join("---\n"), encoding: "utf8", timeout: KUBECTL_TIMEOUT_MS, stdio: ["pipe", "pipe", "pipe"] });
  } catch (problem) {
    return (problem as { stderr: string }).stderr;
  }
}

/** Errors of kubectl's answer; what it applied is left out. */
const errors = (answer: string): string[] => answer.split("\n").filter((line) => line !== "" && !/serverside-applied|^Warning:/.test(line));

/** The server has a Service range of its own. */
function withoutClusterIp(item: RenderedObject): RenderedObject {
  if (item.object.kind !== "Service" || item.object.spec.clusterIP === "None") return item;
  const { clusterIP: _, ...spec } = item.object.spec;
  return { ...item, object: { ...item.object, spec } };
}

const APPLY = ["apply", "--server-side", "--force-conflicts", "--field-manager=kubernest", "--validate=strict"];

describe("a real API server", () => {
  const made: RenderedObject[] = [];
  const cases: [string, () => Promise<RenderedObject[][]>][] = [
    ...exampleFiles().map((file): [string, () => Promise<RenderedObject[][]>] => [basename(dirname(file)), async () => all((await loadExample(file)).homelab)]),
    ...Object.entries(ALL_FLAVOURS).map(([name, text]): [string, () => Promise<RenderedObject[][]>] => [name, async () => all(await loadText(text))]),
  ];

  function all(homelab: Parameters<typeof renderHomelab>[0]): RenderedObject[][] {
    return [platformCrds(homelab), platformFootprint(homelab), renderHomelab(homelab).flatMap((file) => file.objects)];
  }

  it.for(cases)("accepts %s, strictly", { timeout: KUBECTL_TIMEOUT_MS }, async ([, objects], { skip }) => {
    if (KUBECONFIG === undefined) skip("no real API server: start one with npm run real-kubernetes -- --kubeconfig F, and set KUBERNEST_REAL_KUBECONFIG=F");
    const [crds = [], footprint = [], rendered = []] = await objects();
    const namespaces = [...footprint, ...rendered].filter((item) => item.object.kind === "Namespace");
    made.push(...namespaces);
    expect(errors(kubectl(APPLY, crds))).toEqual([]);
    expect(errors(kubectl(["wait", "--for=condition=Established", "--timeout=30s"], crds)).filter((line) => !/condition met/.test(line))).toEqual([]);
    expect(errors(kubectl(APPLY, namespaces))).toEqual([]);
    const isPlain = (item: RenderedObject) => item.object.kind !== "Namespace" && item.object.kind !== "CustomResourceDefinition";
    expect(errors(kubectl([...APPLY, "--dry-run=server"], footprint.filter(isPlain).map(withoutClusterIp)))).toEqual([]);
    expect(errors(kubectl([...APPLY, "--dry-run=server"], rendered.filter(isPlain)))).toEqual([]);
  });

  afterAll(() => {
    if (made.length > 0) kubectl(["delete", "--wait=false", "--ignore-not-found"], made);
  });
});
