/**
 * The API's address on two load balancers, prepared as `up` does: probed every 20 ms while its holder loses power, is stopped, and comes back. Behind it stand two
 * stand-ins for API servers, which answer /readyz over TLS as those do.
 */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { outageMs, whileProbing } from "./endpoint-probe.ts";
import { LabUnderTest, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";

const reason = await whyNot();

const ADDRESS = "192.168.1.10";
const ENDPOINT = { address: ADDRESS, port: 6443, path: "/readyz" };
const MACHINES = `  lb1: { address: 192.168.1.11, roles: [load-balancer] }
  lb2: { address: 192.168.1.12, roles: [load-balancer] }
  cp1: { address: 192.168.1.21, roles: [control-plane, worker] }
  cp2: { address: 192.168.1.22, roles: [control-plane, worker] }
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian }, os: { name: debian, version: 12 } }`;
/** What the design promises. */
const POWER_CUT_MS_MAX = 4_000;
const PLANNED_STOP_MS_MAX = 1_000;
const DEAD_API_MS_MAX = 6_000;

/** HAProxy itself is the API server here: TLS, and 200 on every path. */
const STAND_IN = `set -e
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update && apt-get -qq install -y --no-install-recommends haproxy openssl >/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=kubernetes -keyout /tmp/key -out /tmp/certificate 2>/dev/null
cat /tmp/certificate /tmp/key >/etc/haproxy/api.pem
cat >/etc/haproxy/haproxy.cfg <<END
defaults
    mode http
    timeout client 10s
    timeout server 10s
    timeout connect 3s
frontend api
    bind :6443 ssl crt /etc/haproxy/api.pem
    http-request return status 200 content-type text/plain string ok
END
systemctl restart haproxy
curl -ksf https://127.0.0.1:6443/readyz`;

describe("the API's address on two load balancers", () => {
  if (reason !== undefined) return void it("moves", (context) => context.skip(reason));
  const lab = new LabUnderTest("address", MACHINES, "", `endpoint: { address: ${ADDRESS}, by: haproxy, on: [lb1, lb2] }`);
  const holders = (): string[] => ["lb1", "lb2"].filter((name) => lab.run(`ssh -o ConnectTimeout=3 ${name} ip -4 -o address`).stdout.includes(` ${ADDRESS}/32 `));
  const other = (name: string): string => (name === "lb1" ? "lb2" : "lb1");

  whileUp(lab);
  beforeAll(() => {
    const stand = lab.run(`for m in cp1 cp2; do ssh $m sudo sh -s <<'END' &\n${STAND_IN.replaceAll("END", "STOP")}\nEND\ndone; wait`);
    expect(stand.stdout, stand.stderr).toBe("okok");
    for (const name of ["lb1", "lb2"]) {
      const { stdout, stderr, code } = lab.run(`node --import tsx '${join(import.meta.dirname, "prepare-machine.ts")}' up '${lab.file}' ${name}`);
      if (code !== 0) throw new Error(stderr);
      expect(JSON.parse(stdout.trim().split("\n").at(-1)!)).toMatchObject({ refusals: [], failures: [] });
    }
  });

  it("is on one of them, and answers", async () => {
    const probed = await whileProbing(lab, ENDPOINT, 3, () => undefined);
    expect(probed.outages).toEqual([]);
    expect(probed.attemptCount).toBeGreaterThan(60);
    expect(holders()).toHaveLength(1);
  });

  it("moves when its holder loses power, and not again when that one is back", async () => {
    const [holder = ""] = holders();
    const cut = await whileProbing(lab, ENDPOINT, 15, () => void lab.lab("power", "cut", holder));
    console.log(`power cut of ${holder}: away for ${outageMs(cut)} ms (longest pause of the probe ${cut.longestPauseMs} ms)`);
    expect(outageMs(cut)).toBeGreaterThan(500);
    expect(outageMs(cut)).toBeLessThanOrEqual(POWER_CUT_MS_MAX);
    expect(holders()).toEqual([other(holder)]);
    const back = await whileProbing(lab, ENDPOINT, 15, () => void lab.lab("power", "on", holder));
    console.log(`${holder} is back: away for ${outageMs(back)} ms`);
    expect(back.outages).toEqual([]);
    expect(holders()).toEqual([other(holder)]);
  });

  it("moves at once when its holder is stopped", async () => {
    const [holder = ""] = holders();
    const stopped = await whileProbing(lab, ENDPOINT, 10, () => void lab.run(`ssh ${holder} sudo systemctl stop keepalived`));
    console.log(`planned stop of ${holder}: away for ${outageMs(stopped)} ms`);
    expect(outageMs(stopped)).toBeLessThanOrEqual(PLANNED_STOP_MS_MAX);
    expect(holders()).toEqual([other(holder)]);
    lab.run(`ssh ${holder} sudo systemctl start keepalived`);
  });

  it("leads to no API server that is dead, after six seconds", async () => {
    const dead = await whileProbing(lab, ENDPOINT, 15, () => void lab.lab("link", "cp2", "down"));
    console.log(`a dead API server: some connections failed for ${outageMs(dead)} ms`);
    expect(outageMs(dead)).toBeGreaterThan(500);
    expect(outageMs(dead)).toBeLessThanOrEqual(DEAD_API_MS_MAX);
  });
});
