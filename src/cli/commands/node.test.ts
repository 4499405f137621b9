/** `kubernest node` before any machine is asked: what it refuses, what it says instead, and the file that it writes. */
import { describe, expect, it, vi } from "vitest";
import { type CommandEnded, runCommand } from "../testing/run-command.ts";
import { nodeCommand } from "./node.ts";

// Bounds a hang; on a busy machine these take seconds.
vi.setConfig({ testTimeout: 60_000 });

const FILE = `name: maison # home
lan: 192.0.2.0/24
machines:
  pi1: { address: 192.0.2.11, roles: [control-plane] } # in the cupboard
  pi2: { address: 192.0.2.12 }
  pi3: { address: 192.0.2.13, labels: { disk: fast } }
site:
  switch: { kind: switch, connects: [pi1, pi2, pi3] }
kubernetes: { distribution: kubeadm, version: v1.36.3 }
`;

const node = (words: string, files: Record<string, string> = { "homelab.yaml": FILE }): Promise<CommandEnded> => runCommand(nodeCommand, words.split(" "), files);

describe("kubernest node", () => {
  it.each([
    ["ad pi4", "Allowed choices are add, remove, replace"],
    ["remove pi33 --yes --allow-destroy pi33", "pi33 is no machine of maison; did you mean pi3?"],
    ["remove pi2", "There is no terminal to ask in: approve with --yes --allow-destroy pi2."],
    ["replace pi2 --yes", "This destroys what is on pi2: allow it with --allow-destroy pi2"],
    ["remove pi1 --yes --allow-destroy pi1", "pi1 is the only control plane"],
    ["remove pi1", "pi1 is the only control plane"],
    ["replace pi1 --yes --allow-destroy pi1", "pi1 is the only control plane"],
    ["remove pi2 --address 192.0.2.14", "--address is for node add."],
    ["add pi4 --gone", "--gone is for node remove and replace."],
    ["add pi4 --yes", "Where is pi4?"],
    ["add pi4 --yes --address 192.0.2.14 --like pi9", "--like pi9: no machine of maison; did you mean pi1?"],
    ["add pi3 --yes --address 192.0.2.99", "pi3 is in homelab.yaml already, at 192.0.2.13: change it there"],
    ["add pi4 --address 192.0.2.14", "There is no terminal to ask in: approve with --yes."],
    ["add pi4 --address 192.0.2.14 --file-only", "There is no terminal to ask in: approve with --yes."],
  ])("%s", async (words, said) => {
    const { code, stderr, files } = await node(words);
    expect(stderr).toContain(said);
    expect(code).toBe(1);
    expect(files["homelab.yaml"]).toBe(FILE);
  });

  it.each([
    ["add pi4 --yes --address 192.0.2.12", "addresses-distinct"],
    ["add pi4 --yes --address 192.0.2.14 --roles controlplane", "control-plane"],
    ["add Pi_4 --yes --address 192.0.2.14", "Pi_4"],
    ["remove pi3 --yes --allow-destroy pi3", "forwards-reach-machine", FILE.replace("fast } }", "fast } } # pi3").replace("site:", "site:\n  box: { kind: router, forwards: { 80: pi3 } }")],
  ])("%s: says what would be wrong with the file", async (words, said, file = FILE) => {
    const { code, stderr, files } = await node(words, { "homelab.yaml": file });
    expect(stderr).toMatch(/^With(?:out)? \S+ the file would be invalid; change this first:\nhomelab.yaml:\d+:\d+: error: /);
    expect(stderr).toContain(said);
    expect(code).toBe(3);
    expect(files["homelab.yaml"]).toBe(file);
  });

  it("writes a machine that cannot be reached yet into the file alone, comments kept, and says what comes next", async () => {
    const { code, stdout, stderr, files } = await node("add pi4 --yes --address 192.0.2.14 --like pi3 --file-only");
    expect(code).toBe(0);
    const added = "  pi4: { address: 192.0.2.14, labels: { disk: fast } }\n";
    expect(files["homelab.yaml"]).toBe(FILE.replace("fast } }\n", `fast } }\n${added}`).replace("[pi1, pi2, pi3]", "[pi1, pi2, pi3, pi4]"));
    expect(stdout).toContain(`+${added}`);
    expect(stdout).toContain("+  switch: { kind: switch, connects: [pi1, pi2, pi3, pi4] }");
    expect(stderr).toContain("kubernest trust pi4");
    expect(await node("add pi4 --file-only", files)).toMatchObject({ code: 0, stderr: "pi4 is in homelab.yaml already.\n" });
  });

  it("says what to write where it cannot edit", async () => {
    const program = `export default { name: "maison", machines: { pi1: { address: "192.0.2.11", roles: ["control-plane", "worker"] } }, kubernetes: { distribution: "kubeadm", version: "v1.36.3" } };`;
    for (const [file, text] of [["homelab.ts", program], ["homelab.yaml", "name: maison\nmachines: { pi1: { address: 192.0.2.11, roles: [control-plane, worker] } }\nkubernetes: { distribution: kubeadm, version: v1.36.3 }\n"]] as const) {
      const { code, stderr, files } = await node("add pi4 --yes --address 192.0.2.14 --roles worker", { [file]: text });
      expect(code).toBe(1);
      expect(stderr).toContain(`  pi4: { address: "192.0.2.14", roles: ["worker"] },`);
      expect(files[file]).toBe(text);
    }
  });
});
