/** A file of 1,000 apps, from its text to the text of every object: parse, check, render, write. Beside it `kubectl kustomize` over the same objects. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Bench, timed } from "./bench-definition.ts";

const APP_COUNT = 1_000;
const OUTPUT_BYTES_MAX = 256 * 1024 ** 2;

function homelabText(): string {
  const apps = Array.from({ length: APP_COUNT }, (_, index) => `app-${index}`).map((name) => `  ${name}:\n    image: ghcr.io/example/${name}:1.0.0\n    port: 80\n    host: ${name}\n`);
  return `name: bench
domain: bench.example
machines:
  pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
  pi2: { address: 192.168.1.12 }
  pi3: { address: 192.168.1.13 }
machineDefaults: { ssh: { user: pi }, hardware: raspberry-pi-5 }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }
platform: { ingress: traefik, certificates: { issuer: letsencrypt, email: me@bench.example } }
apps:
${apps.join("")}`;
}

export const render1000Apps: Bench = {
  name: "render-1000-apps",
  title: "render of 1,000 apps",
  unit: "ms",
  goal: { max: 1_000 },
  repeatCount: 5,
  async measure(isFirst) {
    const { loadHomelab } = await import("../../src/config/load.ts");
    const { checkFile } = await import("../../src/checks/check-file.ts");
    const { renderWithProblems } = await import("../../src/manifests/render-homelab.ts");
    const { fileText } = await import("../../src/manifests/yaml-text.ts");
    const text = homelabText();
    const readFile = (path: string): string => {
      if (path === "homelab.yaml") return text;
      throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    };
    const { result, wallMs, cpuMs } = await timed(async () => {
      const { homelab, findings } = await loadHomelab("homelab.yaml", { env: {}, readFile });
      if (homelab === undefined || findings.length > 0) throw new Error(`the file does not load: ${findings[0]?.message}`);
      const { files, problems } = renderWithProblems(homelab);
      if (problems.length > 0) throw new Error(`it does not render: ${problems[0]!.message}`);
      return files.filter((file) => file.objects.length > 0).map((file) => ({ path: file.path, objectCount: file.objects.length, text: fileText(file, {}) }));
    });
    // The command checks the file too, before it renders.
    const checked = await timed(() => checkFile("homelab.yaml", { env: {}, readFile, today: Date.now() }));
    const notes: Record<string, number | string> = { objects: result.reduce((sum, file) => sum + file.objectCount, 0), "load and all checks ms": checked.wallMs };
    // It takes minutes.
    if (isFirst) Object.assign(notes, await kustomize(result));
    return { value: wallMs, cpuMs, notes };
  },
};

async function kustomize(files: readonly { path: string; text: string }[]): Promise<Record<string, number | string>> {
  const { findKubectl } = await import("../../test/kubectl/kubectl-binary.ts");
  const kubectl = await findKubectl();
  if (!kubectl.ok) return { "kubectl kustomize": `skipped: ${kubectl.why}` };
  const directory = await mkdtemp(join(tmpdir(), "kubernest-bench-"));
  try {
    for (const { path, text } of files) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
    await writeFile(join(directory, "kustomization.yaml"), `resources:\n${files.map(({ path }) => `- ${path}\n`).join("")}`);
    const { wallMs } = await timed(() => promisify(execFile)(kubectl.path, ["kustomize", directory], { maxBuffer: OUTPUT_BYTES_MAX }));
    return { "kubectl kustomize ms": wallMs };
  } finally {
    await rm(directory, { recursive: true });
  }
}
