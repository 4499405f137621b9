/** init, explain and schema against a small outside: what they print where, what they write, and their exit codes. */
import { describe, expect, it, vi } from "vitest";
import { runCommand } from "../testing/run-command.ts";
import { explainCommand } from "./explain.ts";
import { initCommand } from "./init.ts";
import { schemaCommand } from "./schema.ts";

// Bounds a hang; on a busy machine these take seconds.
vi.setConfig({ testTimeout: 60_000 });

const GOOD = "name: a\nmachines: { pi1: { roles: [control-plane, worker] } }\n";

const run: typeof runCommand = (module, args, files, over) => runCommand(module, args, files, { cwd: "/home/me/My Home", ...over });

describe("kubernest init", () => {
  it("writes a small file with --yes, named after the folder", async () => {
    const { code, files, stdout, stderr } = await run(initCommand, ["--yes"]);
    expect(code).toBe(0);
    expect(files["homelab.yaml"]).toContain("name: my-home\n");
    expect(stdout).toBe("");
    expect(stderr).toBe("Wrote homelab.yaml\nNext:  kubernest check   then   kubernest rehearse\n");
  });

  it("writes a template with the files it names", async () => {
    const { code, files } = await run(initCommand, ["kubeadm-ha", "-c", "course/homelab.yaml"]);
    expect(code).toBe(0);
    expect(Object.keys(files)).toEqual(["course/homelab.yaml", "course/nginx.conf"]);
    expect(files["course/homelab.yaml"]).toMatch(/^# A production-like cluster/);
  });

  it("never writes over a file, unless told to, and then keeps the old one", async () => {
    const there = { "homelab.yaml": "mine" };
    const refused = await run(initCommand, ["gazette"], there);
    expect([refused.code, refused.files]).toEqual([1, { "homelab.yaml": "mine" }]);
    expect(refused.stderr).toBe("homelab.yaml is there already. Name another file with -c, or write over it with --force (it is kept as homelab.yaml.before).\n");
    const forced = await run(initCommand, ["gazette", "--force"], there);
    expect(forced.code).toBe(0);
    expect(forced.files["homelab.yaml.before"]).toBe("mine");
  });

  it("asks nothing without a terminal", async () => {
    const { code, stderr, files } = await run(initCommand, []);
    expect([code, files]).toEqual([1, {}]);
    expect(stderr).toContain("Name a template (gazette, nixos-flux, kubeadm-ha, proxmox, pi-kubespray), or pass --yes.");
  });

  it("knows what a misspelt template meant", async () => {
    expect(await run(initCommand, ["gazete"])).toMatchObject({ code: 1, stderr: "There is no template gazete; did you mean gazette?\n", files: {} });
  });

  it("says when it cannot write", async () => {
    const { code, stderr } = await run(initCommand, ["--yes"], {}, { writeFile: () => { throw new Error("EACCES: permission denied"); } });
    expect([code, stderr]).toEqual([1, "homelab.yaml cannot be written: EACCES: permission denied\n"]);
  });
});

describe("kubernest explain", () => {
  it("prints the long form, which loads again", async () => {
    const first = await run(explainCommand, [], { "homelab.yaml": GOOD });
    expect(first.code).toBe(0);
    const again = await run(explainCommand, [], { "homelab.yaml": first.stdout });
    const bare = (text: string) => text.replace(/\s*#.*$/gm, "");
    expect(bare(again.stdout)).toBe(bare(first.stdout));
  });

  it("prints one path, and JSON", async () => {
    const { stdout } = await run(explainCommand, ["machines.pi1.cpu", "-o", "json"], { "homelab.yaml": GOOD });
    expect(JSON.parse(stdout)).toEqual({
      path: ["machines", "pi1", "cpu"],
      value: "4",
      defaults: [{ path: ["machines", "pi1", "cpu"], field: "machines.pi1.cpu", value: "4", why: "a guess: say hardware, or this" }],
    });
  });

  it("exits 1 where there is nothing, 1 without a file, 3 on an invalid file", async () => {
    expect(await run(explainCommand, ["machines.pi3"], { "homelab.yaml": GOOD })).toMatchObject({ code: 1, stdout: "", stderr: "machines has no pi3. Did you mean pi1?\n" });
    expect((await run(explainCommand, [])).code).toBe(1);
    expect(await run(explainCommand, [], { "homelab.yaml": "name: A\n" })).toMatchObject({ code: 3, stdout: "" });
  });
});

describe("kubernest schema", () => {
  it("prints JSON Schema", async () => {
    const { code, stdout } = await run(schemaCommand, []);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ title: "Homelab", required: ["name", "machines"] });
  });
});
