/** The main job as a user sees it: one serving process, reached by kubectl, curl and a browser's kind of requests, and ended by Ctrl-C. */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findKubectl } from "../kubectl/kubectl-binary.ts";
import { FREE_PORTS, kubernest, ROOT, Started, startKubernest } from "./cli.ts";
import { skippedFor } from "../skipping.ts";

const run = promisify(execFile);
const READY_WITHIN_MS = 40_000;
const kubectl = await findKubectl();
const hasCurl = await run("curl", ["--version"]).then(
  () => true,
  () => false,
);
const NEEDS_CURL = skippedFor(!hasCurl && "curl is not installed");

let directory: string;
let serving: Started;
let httpPort = 0;
let httpsPort = 0;
let apiPort = 0;

const kubeconfig = (): string => join(directory, ".kubernest/kubeconfig");
/** A command the table printed, as a user pastes it: somewhere else. */
const pasted = async (start: string): Promise<string> => {
  const line = serving.stdout.split("\n").find((each) => each.trim().startsWith(start));
  if (line === undefined) throw new Error(`the table has no ${start}:\n${serving.stdout}`);
  return (await run("sh", ["-c", line.trim()], { cwd: tmpdir() })).stdout;
};
const http = (host: string, path = "/"): Promise<{ status: number; location: string | undefined; body: string }> =>
  new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port: httpPort, path, headers: { host } }, (response) => {
      let body = "";
      response.on("data", (data: Buffer) => (body += data.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, location: response.headers.location, body }));
    })
      .on("error", reject)
      .end();
  });
const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port }, () => resolve(true) ?? socket.destroy());
    socket.on("error", () => resolve(false));
  });
const ctl = async (...args: string[]): Promise<string> => (await run(kubectl.ok ? kubectl.path : "kubectl", ["--kubeconfig", kubeconfig(), ...args])).stdout;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-serving-"));
  copyFileSync(join(ROOT, "examples/gazette/homelab.yaml"), join(directory, "homelab.yaml"));
  serving = startKubernest(["rehearse", ...FREE_PORTS], directory);
  await serving.until("ready", () => serving.stdout.includes("until you press Ctrl-C"), READY_WITHIN_MS);
  [httpPort, httpsPort] = [/:80:127\.0\.0\.1:(\d+)/, /:443:127\.0\.0\.1:(\d+)/].map((pattern) => Number(pattern.exec(serving.stdout)?.[1])) as [number, number];
  apiPort = Number(/server: https:\/\/127\.0\.0\.1:(\d+)/.exec(readFileSync(kubeconfig(), "utf8"))?.[1]);
}, READY_WITHIN_MS + 5_000);

afterAll(async () => {
  await serving?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe("the table", () => {
  it("shows nodes, apps with their address, the kubeconfig, and what to try", () => {
    // On a computer that is busy the simulated time is minutes: it is a multiple of what was waited.
    expect(serving.stdout).toMatch(/^Ready after (\d+ min )?[\d.]+ s of simulated time, (\d+ min )?[\d.]+ s of yours\.\n/);
    for (const node of ["pi1", "pi2", "pi3"]) expect(serving.stdout).toMatch(new RegExp(`^${node} +Ready +`, "m"));
    expect(serving.stdout).toMatch(/^gazette +1\/1 +https:\/\/gazette\.maison\.example\/$/m);
    expect(serving.stdout).toContain(`Kubeconfig:\n  ${kubeconfig()}\n`);
    expect(serving.stderr).toContain("time runs 30 times as fast until all is ready");
  });

  it("keeps the kubeconfig to its user", () => {
    expect(statSync(kubeconfig()).mode & 0o777).toBe(0o600);
  });
});

describe("the doors", () => {
  it("http, by the command that was printed: a redirect to https on our port", NEEDS_CURL, async () => {
    const answer = await pasted("curl -i");
    expect(answer).toMatch(/^HTTP\/1\.1 30[18] /);
    expect(answer.toLowerCase()).toContain(`location: https://gazette.maison.example:${httpsPort}/`);
  });

  it("https, by the command that was printed: the app answers and names pod and node", NEEDS_CURL, async () => {
    const answer = await pasted("curl --cacert");
    expect(answer).toMatch(/^pod: gazette-/m);
    expect(answer).toMatch(/^node: pi[123]$/m);
  });

  it("know no other host", async () => {
    expect((await http("other.maison.example")).status).toBe(404);
  });
});

describe("kubectl", skippedFor(kubectl.ok ? undefined : kubectl.why), () => {
  it("lists nodes, with ages that are in the past", async () => {
    const table = await ctl("get", "nodes");
    expect(table.trim().split("\n")).toHaveLength(4);
    expect(table).not.toContain("<invalid>");
    const all = await ctl("get", "pods,events,deployments,leases", "--all-namespaces");
    expect(all).not.toContain("<invalid>");
  });

  it("forwards a port to an app", async () => {
    const forward = new Started(kubectl.ok ? kubectl.path : "kubectl", ["--kubeconfig", kubeconfig(), "--namespace", "gazette", "port-forward", "deployment/gazette", ":80"], directory);
    try {
      await forward.until("forwarding", () => /127\.0\.0\.1:(\d+)/.test(forward.stdout), 10_000);
      const port = /127\.0\.0\.1:(\d+)/.exec(forward.stdout)![1];
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toMatch(/^pod: gazette-/m);
    } finally {
      await forward.stop();
    }
  });

  it("takes an app away: the door answers 503", NEEDS_CURL, async () => {
    await ctl("--namespace", "gazette", "scale", "deployment/gazette", "--replicas=0");
    const https = ["--silent", "--output", join(directory, ".answer"), "--write-out", "%{http_code}", "--cacert", `${kubeconfig()}.ca.crt`, "--connect-to", `gazette.maison.example:443:127.0.0.1:${httpsPort}`, "https://gazette.maison.example/"];
    await expect.poll(async () => (await run("curl", https)).stdout, { timeout: 10_000, interval: 100 }).toBe("503");
  });
});

describe("a second rehearsal beside the first", () => {
  it("leaves the kubeconfig to one that serves when it ends at once itself, and gives it back when it takes it", async () => {
    const before = readFileSync(kubeconfig(), "utf8");
    expect((await kubernest(["rehearse", "--once", ...FREE_PORTS], directory)).code).toBe(0);
    expect(readFileSync(kubeconfig(), "utf8")).toBe(before);
    const second = startKubernest(["rehearse", ...FREE_PORTS], directory);
    await second.until("ready", () => second.stdout.includes("until you press Ctrl-C"), READY_WITHIN_MS);
    expect(second.stderr).toContain(`.kubernest/kubeconfig was written by a rehearsal that still serves at https://127.0.0.1:${apiPort}; until this one ends it is for this one.`);
    expect(readFileSync(kubeconfig(), "utf8")).not.toBe(before);
    await second.stop();
    expect(readFileSync(kubeconfig(), "utf8")).toBe(before);
  });

  it("is told which port is taken, and by which flag to choose another", async () => {
    const second = async (flag: string, port: number): Promise<void> => {
      const ended = await kubernest(["rehearse", "--kubeconfig", join(directory, "second"), ...FREE_PORTS, flag, String(port)], directory);
      expect(ended.code).toBe(1);
      expect(ended.stderr.trim()).toBe(`rehearse: port ${port} is in use; choose another with ${flag}, or 0 for any free one`);
    };
    await Promise.all([second("--port", apiPort), second("--http-port", httpPort), second("--https-port", httpsPort)]);
    expect(existsSync(join(directory, "second"))).toBe(false);
  });
});

describe("Ctrl-C", () => {
  it("ends it with 0 at once, also when pressed twice: ports are free, only its own files are gone", async () => {
    serving.signal("SIGINT");
    serving.signal("SIGINT");
    const startMs = Date.now();
    const { code, signal, stderr } = await serving.ended;
    expect([code, signal]).toEqual([0, null]);
    expect(stderr).not.toMatch(/bug|Error/);
    expect(Date.now() - startMs).toBeLessThan(3_000);
    for (const port of [apiPort, httpPort, httpsPort]) expect(await accepts(port)).toBe(false);
    expect(() => process.kill(serving.pid, 0)).toThrow("ESRCH");
    expect(readdirSync(directory).filter((name) => !name.startsWith("."))).toEqual(["homelab.yaml"]);
    expect(readdirSync(join(directory, ".kubernest"))).toEqual([]);
  });
});
