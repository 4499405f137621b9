/** The script that tries a machine, run by this computer's own sh. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Homelab, Machine } from "../config/homelab.ts";
import { LIVE_BOUNDS, parseTried, tryScript } from "./look-live.ts";
import { skippedFor } from "../../test/skipping.ts";
import { needsUserland } from "../../test/userland.ts";

needsUserland();

const machine = (name: string, address: string, roles: string[], port = 22): Machine => ({ name, address, roles, ssh: { port }, network: { nodeIps: [], addresses: [] } }) as unknown as Machine;

describe("trying a machine", skippedFor(process.platform !== "linux" && "its scripts read Linux"), () => {
  it("times small writes where etcd will live, also before that is there, and leaves nothing", () => {
    const directory = mkdtempSync(join(tmpdir(), "kubernest-live-"));
    const homelab = { kubernetes: { datastore: { kind: "etcd", dataDir: join(directory, "not yet", "etcd") } } } as unknown as Homelab;
    const { stdout } = spawnSync("sh", { input: tryScript(homelab, machine("cp1", "192.0.2.1", ["control-plane"]), []), encoding: "utf8" });
    const { syncSeconds } = parseTried(stdout);
    expect(syncSeconds).toHaveLength(LIVE_BOUNDS.writesCount);
    expect(Math.min(...syncSeconds)).toBeGreaterThan(0);
    expect(readdirSync(directory)).toEqual([]);
    rmSync(directory, { recursive: true });
  });

  it("says which of the others do not answer, and asks neither itself nor those without an address", async () => {
    // A port that nobody listens on: it was free a moment ago.
    const free = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address() as { port: number };
        server.close(() => resolve(port));
      });
    });
    const self = machine("w1", "127.0.0.1", ["worker"]);
    const script = tryScript({} as Homelab, self, [self, machine("w2", "127.0.0.1", ["worker"], free), { ...machine("w3", "", ["worker"]), address: undefined }]);
    const { stdout } = spawnSync("sh", { input: script, encoding: "utf8" });
    expect(parseTried(stdout)).toEqual({ reached: [], unreached: ["w2"], syncSeconds: [] });
  });
});
