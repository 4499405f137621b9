/** The script that asks a machine's ports, run by this computer's own sh against servers of the test's. */
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateAuthority } from "../adapters/certificate-authority.ts";
import { completeExample } from "../checks/complete-example.ts";
import { loadHomelab } from "../config/load.ts";
import { healthPorts, type HealthPort, machineStateScript, parseMachineState } from "./machine-state.ts";
import { skippedFor } from "../../test/skipping.ts";
import { needsUserland } from "../../test/userland.ts";

needsUserland();

let server: Server;
let origin: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === "/metrics") return void response.end("# HELP etcd_server_has_leader x\netcd_server_has_leader 1\netcd_server_is_leader 0\netcd_mvcc_db_total_size_in_bytes 2.048e+06\n");
    if (request.url === "/health" || request.url === "/healthz") return void response.end("ok");
    response.writeHead(500).end("[-]etcd failed");
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function run(script: string): Promise<string> {
  const child = spawn("sh", { env: { PATH: process.env["PATH"] } });
  child.stdin.end(script);
  let stdout = "";
  for await (const chunk of child.stdout) stdout += String(chunk);
  return stdout;
}

describe("a machine's state", skippedFor(process.platform !== "linux" && "its scripts read Linux"), () => {
  it("says which ports answer, what the others say, and etcd's figures", async () => {
    const ports: HealthPort[] = [
      { part: "kubelet", port: 10248, url: `${origin}/healthz` },
      { part: "API", port: 6443, url: `${origin}/readyz` },
      { part: "scheduler", port: 10259, url: "http://127.0.0.1:1/healthz" },
      { part: "etcd", port: 2381, url: `${origin}/health` },
    ];
    const state = parseMachineState(await run(machineStateScript(ports)), ports);
    expect(state.ports.map(({ part, answer }) => [part, answer === "ok"])).toEqual([["kubelet", true], ["API", false], ["scheduler", false], ["etcd", true]]);
    expect(state.ports[1]!.answer).toMatch(/500|etcd failed|InternalError/);
    expect(state.etcd).toEqual({ isLeader: false, hasLeader: true, sizeBytes: 2_048_000 });
    expect(state.memoryBytes).toBeGreaterThan(state.memoryFreeBytes);
    expect(state.memoryFreeBytes).toBeGreaterThan(0);
  });

  it("knows until when a certificate holds, and leaves out what is none", () => {
    const expiresAtMs = Date.UTC(2027, 0, 1);
    const base64 = certificateAuthority("test", Date.UTC(2026, 0, 1), expiresAtMs).authority.replaceAll(/-----[^-]+-----|\s/g, "");
    const state = parseMachineState(`load 0.5\ncertificate /etc/kubernetes/pki/apiserver.crt ${base64}\ncertificate /etc/kubernetes/pki/other.crt AAAA\ncertificate /etc/kubernetes/pki/empty.crt \n`, []);
    expect(state.certificates).toEqual([{ path: "/etc/kubernetes/pki/apiserver.crt", expiresAtMs }]);
    expect(state.etcd).toBeUndefined();
  });
});

describe("the ports that must answer", () => {
  it("follow from what the machine is", async () => {
    const { homelab } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => completeExample("machines: { cp1: { address: 192.168.1.11, roles: [control-plane] }, w1: { address: 192.168.1.12 }, nas: { address: 192.168.1.13, roles: none } }\nkubernetes: { distribution: kubeadm, version: v1.36.1 }") });
    const of = (name: string): string[] => healthPorts(homelab!, homelab!.machines[name]!).map(({ part, url }) => `${part} ${url}`);
    expect(of("w1")).toEqual(["kubelet http://127.0.0.1:10248/healthz", "kube-proxy http://127.0.0.1:10249/healthz", "kube-proxy http://127.0.0.1:10256/healthz", "API endpoint https://192.168.1.11:6443/readyz"]);
    expect(of("cp1")).toContain("API https://192.168.1.11:6443/readyz");
    expect(of("cp1")).toContain("etcd http://127.0.0.1:2381/health");
    expect(of("cp1")).toContain("controller-manager https://127.0.0.1:10257/healthz");
    expect(of("nas")).toEqual([]);
  });

  it("are asked of k3s by who may ask them", async () => {
    const text = (more: string): string => completeExample(`machines: { pi1: { address: 192.168.1.11, roles: [control-plane, worker] }, pi2: { address: 192.168.1.12 } }\nkubernetes: { distribution: k3s, version: v1.36.1+k3s1${more} }`);
    const of = async (name: string, more = ""): Promise<HealthPort[]> => {
      const { homelab } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => text(more) });
      return healthPorts(homelab!, homelab!.machines[name]!);
    };
    const api = (ports: readonly HealthPort[]): HealthPort | undefined => ports.find(({ part }) => part === "API");
    expect(api(await of("pi1"))?.command).toBe("k3s kubectl --kubeconfig /var/lib/rancher/k3s/server/cred/admin.kubeconfig get --raw /readyz");
    expect(api(await of("pi1", ", anonymousAuth: true"))?.command).toBeUndefined();
    expect((await of("pi2")).find(({ part }) => part === "API endpoint")?.url).toBe("https://192.168.1.11:6443/ping");
    // SQLite has no port.
    expect((await of("pi1")).map(({ part }) => part)).not.toContain("etcd");
  });

  it("are asked by a command where one is given", async () => {
    const ports: HealthPort[] = [{ part: "API", port: 6443, url: "", command: "echo all is well" }, { part: "API", port: 6443, url: "", command: "sh -c 'echo first; echo no such thing; exit 1'" }];
    expect(parseMachineState(await run(machineStateScript(ports)), ports).ports.map(({ answer }) => answer)).toEqual(["ok", "no such thing"]);
  });
});
