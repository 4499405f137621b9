/** `rehearse --watch`: a good edit is shown and applied, a broken one is told and changes nothing. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FREE_PORTS, type Started, startKubernest } from "./cli.ts";

const WITHIN_MS = 40_000;
const BASE = `name: lab
domain: lab.example
machines:
  one: { address: 192.168.1.11, roles: [control-plane, worker] }
  two: { address: 192.168.1.12 }
machineDefaults: { hardware: mini-pc, architecture: amd64, cpu: 4, memory: 8Gi }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }
platform:
  certificates: { issuer: letsencrypt, email: me@lab.example }
apps:
  blog: { image: ghcr.io/example/blog:1.4.2, port: 80, host: blog }
`;
const WIKI = "  wiki: { image: ghcr.io/example/wiki:2.0.0, port: 8080, host: wiki }\n";

let directory: string;
let serving: Started;
const edit = (text: string): void => writeFileSync(join(directory, "homelab.yaml"), text);
/** What was said since the last call. */
let seenLength = 0;
const said = async (what: string): Promise<string> => {
  await serving.until(what, () => serving.stderr.slice(seenLength).includes(what), WITHIN_MS);
  const text = serving.stderr.slice(seenLength);
  seenLength = serving.stderr.length;
  return text;
};
const answers = (host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const port = Number(/:80:127\.0\.0\.1:(\d+)/.exec(serving.stdout)?.[1]);
    request({ host: "127.0.0.1", port, headers: { host } }, (response) => resolve(response.resume().statusCode ?? 0))
      .on("error", reject)
      .end();
  });

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-watch-"));
  edit(BASE);
  serving = startKubernest(["rehearse", "--watch", ...FREE_PORTS], directory);
  await serving.until("watching", () => serving.stderr.includes("Watching homelab.yaml."), WITHIN_MS);
  seenLength = serving.stderr.length;
}, WITHIN_MS + 5_000);

afterAll(async () => {
  await serving?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe("--watch", () => {
  it("says so when an edit changes nothing", async () => {
    edit(`# A comment\n${BASE}`);
    expect(await said("nothing changes in the cluster")).toBe("homelab.yaml was changed; nothing changes in the cluster.\n");
  }, WITHIN_MS);

  it("shows and applies a new app", async () => {
    expect(await answers("wiki.lab.example")).toBe(404);
    edit(BASE + WIKI);
    const text = await said("Ready again after");
    expect(text).toContain("homelab.yaml was changed:\n");
    expect(text).toMatch(/^ {2}\+ namespace wiki$/m);
    expect(text).toMatch(/^ {2}\+ deployment wiki\/wiki$/m);
    expect(text).not.toMatch(/^ {2}[-~] /m);
    expect(await answers("wiki.lab.example")).toBe(301);
  }, WITHIN_MS);

  it("tells what is wrong with a broken edit, and keeps the cluster as it is", async () => {
    edit((BASE + WIKI).replace("port: 80,", "prot: 80,"));
    const text = await said("the cluster stays as it is");
    expect(text).toContain("did you mean port?");
    expect(await answers("blog.lab.example")).toBe(301);
    expect(await answers("wiki.lab.example")).toBe(301);
  }, WITHIN_MS);

  it("shows the fields of what changes, and what a running cluster cannot take over", async () => {
    edit((BASE + WIKI).replace("blog:1.4.2", "blog:1.5.0").replace("v1.36.1+k3s1", "v1.36.2+k3s1"));
    const text = await said("Ready again after");
    expect(text).toMatch(/^ {2}~ deployment blog\/blog: .*image ghcr\.io\/example\/blog:1\.4\.2 → ghcr\.io\/example\/blog:1\.5\.0/m);
    expect(Number(/Ready again after ([\d.]+) s/.exec(text)?.[1])).toBeGreaterThan(2);
    expect(text).toContain("  ! not taken over: kubernetes is made when a cluster starts; start the rehearsal again to see it\n");
  }, WITHIN_MS);

  it("removes what the file no longer has", async () => {
    edit(BASE.replace("blog:1.4.2", "blog:1.5.0"));
    const text = await said("Ready again after");
    expect(text).toMatch(/^ {2}- deployment wiki\/wiki$/m);
    await expect.poll(() => answers("wiki.lab.example"), { timeout: 10_000 }).toBe(404);
    expect(await answers("blog.lab.example")).toBe(301);
  }, WITHIN_MS);

  it("takes a machine in, and lets one go", async () => {
    edit(BASE.replace("blog:1.4.2", "blog:1.5.0").replace("  two:", "  three: { address: 192.168.1.13 }\n  two:"));
    expect(await said("Ready again after")).toMatch(/^ {2}\+ machine three$/m);
    edit(BASE.replace("blog:1.4.2", "blog:1.5.0"));
    expect(await said("Ready again after")).toMatch(/^ {2}- machine three$/m);
  }, 2 * WITHIN_MS);

  it("ends at Ctrl-C", async () => {
    expect((await serving.stop()).code).toBe(0);
  });
});
