import { describe, expect, test, vi } from "vitest";
import { explain, explanationYaml, parsePath } from "./explain.ts";
import { loadHomelab } from "./load.ts";

// Bounds a hang; on a busy machine these take seconds.
vi.setConfig({ testTimeout: 60_000 });

const TEXT = `
name: a
domain: a.example
machines: { pi1: { roles: [control-plane, worker] }, pi2: {} }
machineDefaults: { hardware: raspberry-pi-5 }
registries: { ghcr.io: { mirrors: ["https://m.example"] } }
apps:
  web: { image: "nginx:1", port: 80, host: web, env: { SCRIPT: "echo $$\{X} $$$$" } }
`;
const homelab = async () => (await loadHomelab("homelab.yaml", { env: {}, readFile: () => TEXT })).homelab!;
const explained = async (path?: string) => {
  const explanation = explain(await homelab(), path);
  return explanation.found ? explanationYaml(explanation) : explanation;
};

test("a default has its reason beside it, a list above it", async () => {
  expect(await explained("machines.pi2")).toMatchInlineSnapshot(`
    "# default: a machine is a worker unless it says otherwise
    roles:
      - worker
    hardware: raspberry-pi-5 # default: machineDefaults.hardware
    architecture: arm64 # default: what a Raspberry Pi 5 has
    memory: 8Gi # default: what a Raspberry Pi 5 has
    cpu: "4" # default: what a Raspberry Pi 5 has
    # default: what a Raspberry Pi 5 has
    disks:
      - kind: sd
        size: 64G
        use: system
    os:
      name: raspberry-pi-os # default: what a Raspberry Pi comes with
      bits: 64 # default: etcd and most images need 64
    ssh:
      user: pi # default: the first user of raspberry-pi-os images
      port: 22 # default: SSH's own port
      hardened: false # default: its SSH server is left as it is
    sudo: passwordless # default: what the images of the distributions set up
    hostname: pi2 # default: the machine's name here
    "
  `);
});

test("one value, with its reason", async () => expect(await explained("apps.web.services.web.replicas")).toBe("1  # default: one is enough until a promise asks for more\n"));
test("one value that the file says", async () => expect(await explained("domain")).toBe("a.example\n"));
test("a part of a list that was filled in as a whole", async () => expect(await explained("machines.pi1.disks[0]")).toBe("# default: what a Raspberry Pi 5 has\nkind: sd\nsize: 64G\nuse: system\n"));
test("names with dots", async () => expect(await explained('registries["ghcr.io"].mirrors')).toBe("- https://m.example\n"));
test("text that would be a variable is written so that it is itself", async () => expect(await explained("apps.web.services.web.env.SCRIPT")).toBe('echo $${X} $$$$\n'));

test.each([
  ["apps.web.replicas", "1  # default: one is enough until a promise asks for more\n"],
  ["apps.web.image", "nginx:1\n"],
  ["apps.web.host", expect.stringContaining("host: web.a.example")],
  ["machines.pi1.disk", expect.stringContaining("size: 64G")],
])("%s of the short form is found where it went", async (path, text) => expect(await explained(path)).toEqual(text));

describe("a path that is not there", () => {
  test.each([
    ["apps.wbe", { found: false, message: "apps has no wbe", fix: "Did you mean web?" }],
    ["nothing.at.all", { found: false, message: "the file has no nothing" }],
    ["domain.x", { found: false, message: "domain has no x", fix: "domain is a value of its own." }],
    ["machines.pi1.disks[7]", { found: false, message: "machines.pi1.disks has no 7", fix: "It has 0." }],
    ["apps.constructor", { found: false, message: "apps has no constructor" }],
  ])("%s", async (path, answer) => expect(await explained(path)).toMatchObject(answer));
});

test.each([
  ["apps.web.ports[0].name", ["apps", "web", "ports", 0, "name"]],
  ['registries["ghcr.io:5000"].mirrors', ["registries", "ghcr.io:5000", "mirrors"]],
])("%s is read as a path", (text, path) => expect(parsePath(text)).toEqual(path));
