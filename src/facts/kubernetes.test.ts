import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { certificateAuthority } from "../adapters/certificate-authority.ts";
import { k3sAuthorityHash, kubernetesFact } from "./kubernetes.ts";
import { NO_QUESTIONS } from "./questions.ts";
import { NOTHING_READ } from "./readings.ts";
import { skippedFor } from "../../test/skipping.ts";
import { needsUserland } from "../../test/userland.ts";

needsUserland();

const authority = certificateAuthority("k3s-server-ca", Date.UTC(2026, 0, 1), Date.UTC(2036, 0, 1));

describe("the hash of k3s' authority", () => {
  it("is that of the file where it holds one certificate", () => {
    expect(k3sAuthorityHash(authority.authority)).toBe(createHash("sha256").update(authority.authority).digest("hex"));
  });

  it("is that of the root's certificate where it holds a chain, in any order behind the first", () => {
    const leaf = authority.issue({ commonName: "intermediate", use: "server", notBeforeMs: Date.UTC(2026, 0, 1), notAfterMs: Date.UTC(2030, 0, 1) }).certificate;
    const stranger = certificateAuthority("stranger", Date.UTC(2026, 0, 1), Date.UTC(2036, 0, 1)).authority;
    const der = Buffer.from(authority.authority.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    expect(k3sAuthorityHash(leaf + stranger + authority.authority)).toBe(createHash("sha256").update(der).digest("hex"));
  });

  it("is none of what is no certificate", () => {
    expect(k3sAuthorityHash("hello\n")).toBeUndefined();
    expect(k3sAuthorityHash("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".repeat(2))).toBeUndefined();
  });
});

describe("what is on a machine of k3s", skippedFor(process.platform !== "linux" && "its scripts read Linux"), () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "k3s-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  /** The fact's own script, with its paths below a directory of the test's. */
  function seen(files: Readonly<Record<string, string>>): unknown {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const script = kubernetesFact.script!(NO_QUESTIONS).replaceAll(/\/(etc|var)\//g, `${root}/$1/`);
    const { stdout, status } = spawnSync("sh", { input: script, encoding: "utf8" });
    expect(status).toBe(0);
    const output = stdout.replaceAll(root, "");
    const stat = { kind: "file", mode: "0644", owner: "root:root", sizeBytes: 1, mtimeSeconds: 0 } as const;
    const paths = Object.fromEntries(Object.keys(files).map((path) => [path, stat])) as unknown as typeof NOTHING_READ.paths;
    return kubernetesFact.parse({ ...NOTHING_READ, paths, output }, NO_QUESTIONS).k3s;
  }
  const CONFIG = "/etc/rancher/k3s/config.yaml";

  it("is ours and has no data where its configuration is written and images are laid ready", () => {
    expect(seen({ [CONFIG]: "# kubernest\ntoken-file: /etc/rancher/k3s/token\n", "/var/lib/rancher/k3s/agent/images/a.tar": "" })).toMatchObject({ isOurs: true, hasData: false, hasJoined: false });
  });

  it("has data once an agent has joined", () => {
    expect(seen({ [CONFIG]: "# kubernest\n", "/etc/systemd/system/k3s-agent.service": "# kubernest\n", "/var/lib/rancher/k3s/agent/images/a.tar": "", "/var/lib/rancher/k3s/agent/client-ca.crt": "", "/var/lib/rancher/k3s/agent/kubelet.kubeconfig": "" })).toEqual({ role: "agent", isOurs: true, hasData: true, hasJoined: true, caHash: undefined });
  });

  it("has not joined while it only has what an attempt left", () => {
    expect(seen({ [CONFIG]: "# kubernest\n", "/etc/systemd/system/k3s-agent.service": "# kubernest\n", "/var/lib/rancher/k3s/agent/client-ca.crt": "" })).toMatchObject({ role: "agent", hasData: true, hasJoined: false });
    // What its agent part has says nothing of a server.
    expect(seen({ "/var/lib/rancher/k3s/server/tls/server-ca.crt": authority.authority, "/var/lib/rancher/k3s/agent/kubelet.kubeconfig": "" })).toMatchObject({ role: "server", hasData: true, hasJoined: false });
  });

  it.each(["/srv/k3s", '"/srv/k3s"'])("is looked for where the configuration puts it: %s", (written) => {
    const dataDir = written.replace("/srv", `${root}/srv`);
    expect(seen({ [CONFIG]: `# kubernest\ndata-dir: ${dataDir}\n`, "/srv/k3s/server/tls/server-ca.crt": authority.authority, "/srv/k3s/server/node-token": "" })).toEqual({ role: "server", isOurs: true, hasData: true, hasJoined: true, caHash: k3sAuthorityHash(authority.authority) });
  });

  it("is somebody's without our mark", () => {
    expect(seen({ [CONFIG]: "token: secret\n", "/var/lib/rancher/k3s/server/tls/server-ca.crt": authority.authority })).toMatchObject({ role: "server", isOurs: false, hasData: true, hasJoined: false });
  });
});
