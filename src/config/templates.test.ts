import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { loadHomelab } from "./load.ts";
import { addressAfter, homelabText, MACHINES_MAX, TEMPLATES, templateText, usualAnswers, type Answers } from "./templates.ts";

// Bounds a hang; on a busy machine these take seconds.
vi.setConfig({ testTimeout: 60_000 });

const examples = join(import.meta.dirname, "../../examples");

describe.each(TEMPLATES)("$name", ({ files }) => {
  test("loads in a folder of its own, with the files it needs", async () => {
    const texts = new Map(files.map((file, index) => [index === 0 ? "homelab.yaml" : file.slice(dirname(file).length + 1), readFileSync(join(examples, file), "utf8")]));
    const first = templateText(texts.get("homelab.yaml")!);
    expect(first).toMatch(/^# [A-Z]/);
    const { findings } = await loadHomelab("homelab.yaml", {
      env: {},
      readFile: (path) => {
        const text = path === "homelab.yaml" ? first : texts.get(path);
        if (text === undefined) throw new Error(`${path} is not part of the template`);
        return text;
      },
    });
    expect(findings).toEqual([]);
  });
});

const answers: Answers = { name: "maison", domain: "maison.example", machineCount: 3, hardware: "raspberry-pi-5", firstAddress: "192.168.1.11", distribution: "k3s", email: "me@maison.example" };

describe("the file that answers make", () => {
  test.each<[string, Answers]>([
    ["all answered", answers],
    ["nothing answered", usualAnswers("My Home")],
    ["many machines", { ...answers, machineCount: MACHINES_MAX }],
    ["a machine with a name", { ...answers, machineCount: 2, firstAddress: "pi.local" }],
    ["no certificates", { ...answers, email: undefined }],
    ["a name that looks like a number", { ...answers, name: "42" }],
    ["a name that looks like nothing", { ...answers, name: "null" }],
    ["kubeadm", { ...answers, distribution: "kubeadm", machineCount: 1 }],
  ])("%s: it loads", async (_what, given) => {
    const { findings, homelab } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => homelabText(given) });
    expect(findings).toEqual([]);
    expect(homelab?.name).toBe(given.name);
    expect(Object.keys(homelab?.machines ?? {})).toHaveLength(given.machineCount);
  });

  test("as it is read", () => {
    expect(homelabText(answers)).toMatchInlineSnapshot(`
      "# What you have and what you want. Every field: kubernest schema; what is not written here: kubernest explain.
      name: maison
      domain: maison.example

      machines:
        node1: { address: 192.168.1.11, roles: [control-plane, worker] }
        node2: { address: 192.168.1.12, roles: [control-plane, worker] }
        node3: { address: 192.168.1.13, roles: [control-plane, worker] }

      machineDefaults:
        hardware: raspberry-pi-5 # Raspberry Pi 5

      kubernetes:
        distribution: k3s
        # One address for three control planes, if your network has one to spare:
        # endpoint: { address: 192.168.1.10, by: kube-vip }

      platform:
        ingress: traefik
        certificates: { issuer: letsencrypt, email: me@maison.example }

      apps:
        hello:
          image: docker.io/traefik/whoami:v1.11.0
          port: 80
          host: hello # https://hello.maison.example
      "
    `);
  });
});

test.each([
  ["My Home", "my-home"],
  ["--", "home"],
  ["é", "home"],
  ["a".repeat(80), "a".repeat(63)],
])("the folder %s makes the name %s", (folder, name) => expect(usualAnswers(folder).name).toBe(name));

test.each([
  ["192.168.1.11", 2, "192.168.1.13"],
  ["192.168.1.254", 1, undefined],
  ["2001:db8::1", 0, "2001:db8::1"],
  ["pi.local", 1, undefined],
])("%s and %i more is %s", (first, count, address) => expect(addressAfter(first, count)).toBe(address));
