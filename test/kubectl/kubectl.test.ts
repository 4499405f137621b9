/** Drives the real kubectl against the embedded cluster: what it prints must be what was recorded on the real control plane. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EMBEDDED_FACTOR, startEmbeddedCluster, type EmbeddedCluster } from "../conformance/embedded-cluster.ts";
import { findKubectl, memberOfZip } from "./kubectl-binary.ts";
import { knownDifferences } from "./known-differences.ts";
import { normaliseOutput } from "./normalise-output.ts";
import { loadRecorded } from "./recordings.ts";
import { runSequence } from "./run-sequence.ts";
import { sequences } from "./sequences.ts";
import { skippedFor } from "../skipping.ts";
import { noUserland } from "../userland.ts";

const kubectl = await findKubectl();
const recorded = await loadRecorded();
const SEQUENCE_DEADLINE_MS = 180_000;

describe("recordings", () => {
  it("cover at least 60 commands, each recorded", () => {
    expect(Object.values(recorded).flat().length).toBeGreaterThanOrEqual(60);
    expect(Object.keys(recorded).sort()).toEqual(sequences.map(({ id }) => id).sort());
  });

  it("hold placeholders instead of what differs between two clusters", () => {
    const options = { namespace: "kabc1x", directory: "/tmp/x", hasNodes: false };
    expect(normaliseOutput("web-cc544bdcc-x7k2p   1/1   Running   0   12s   10.244.0.7   pi2\n", options)).toBe("web-cc544bdcc-<suffix>  1/1  Running  0  <age>  <ip>  <node>\n");
    expect(normaliseOutput("pods is forbidden in the namespace \"kabc1x\"", options)).toBe('pods is forbidden in the namespace "$NS"');
    expect(normaliseOutput("gazette-reader  Role/gazette-reader", options)).toBe("gazette-reader  Role/gazette-reader");
    expect(normaliseOutput("  uid: 0a1b2c3d-1111-4222-8333-444455556666", options)).toBe("  uid: <uid>");
  });

  it("a file out of a ZIP archive", () => {
    expect(() => memberOfZip(Buffer.alloc(64), "x")).toThrow("not a ZIP archive");
  });
});

describe(kubectl.ok ? `kubectl ${kubectl.version}` : "kubectl", skippedFor(kubectl.ok ? noUserland : kubectl.why), () => {
  let cluster: EmbeddedCluster;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "kubernest-kubectl-test-"));
    cluster = await startEmbeddedCluster({ factor: EMBEDDED_FACTOR });
    await cluster.writeKubeconfig(join(directory, "kubeconfig"));
  });

  afterAll(async () => {
    await cluster?.close();
    await rm(directory, { recursive: true, force: true });
  });

  // Several at a time, each in a namespace of its own; afterwards, one by one, those that change the machines.
  const together = sequences.filter(({ isSerial }) => isSerial !== true);
  for (const sequence of [...together, ...sequences.filter(({ isSerial }) => isSerial === true)]) {
    const index = sequences.indexOf(sequence);
    const options = { timeout: SEQUENCE_DEADLINE_MS, concurrent: sequence.isSerial !== true, fails: knownDifferences.has(sequence.id) };
    const test = async (): Promise<void> => {
      if (!kubectl.ok) return;
      const printed = await runSequence(sequence, { kubectl: kubectl.path, kubeconfig: join(directory, "kubeconfig"), namespace: `kt${index.toString(36)}q` });
      expect(printed).toEqual(recorded[sequence.id]);
    };
    it(options.fails ? `${sequence.id} (${knownDifferences.get(sequence.id)})` : sequence.id, options, test);
  }
});
