import { describe, expect, it } from "vitest";
import { withMachine, withoutMachine } from "./edit-machines.ts";

const TEXT = `# home
name: maison
machines:
  pi1: { address: 192.168.1.11, roles: [control-plane, worker] } # in the cupboard
  pi2: { address: 192.168.1.12 }   # the old one

  pi3:
    address: 192.168.1.13 # under the desk
  # kept for later
  pi4: {address: 192.168.1.14}
site:
  switch: { kind: switch, connects: [pi1, pi2, pi3], powers: [ pi2, "pi4" ] }
  ups:
    kind: ups
    powers:
      - pi1
      - pi3 # by the window
      - pi4
`;

describe("taking a machine out of a file", () => {
  it.each<[string, readonly (readonly [string, string])[]]>([
    ["pi2", [["  pi2: { address: 192.168.1.12 }   # the old one\n", ""], ["[pi1, pi2, pi3]", "[pi1, pi3]"], ['[ pi2, "pi4" ]', '[ "pi4" ]']]],
    ["pi3", [["  pi3:\n    address: 192.168.1.13 # under the desk\n", ""], ["[pi1, pi2, pi3]", "[pi1, pi2]"], ["      - pi3 # by the window\n", ""]]],
    ["pi4", [["  pi4: {address: 192.168.1.14}\n", ""], ['[ pi2, "pi4" ]', "[ pi2 ]"], ["      - pi4\n", ""]]],
  ])("takes %s out of every list, and leaves all else to the letter", (name, changes) => {
    expect(withoutMachine(TEXT, name)).toBe(changes.reduce((text, [from, to]) => (expect(text).toContain(from), text.replace(from, to)), TEXT));
  });

  it("leaves no key without its list behind", () => {
    const text = "machines:\n  pi1: { address: 192.168.1.11 }\n  pi2:\nsite:\n  ups:\n    kind: ups\n    powers: # the desk\n      - pi2\n  box: { kind: router, connects: [pi2] }\n";
    expect(withoutMachine(text, "pi2")).toBe("machines:\n  pi1: { address: 192.168.1.11 }\nsite:\n  ups:\n    kind: ups\n  box: { kind: router, connects: [] }\n");
  });

  it("knows when there is none, or when it is not one line among others", () => {
    expect(withoutMachine(TEXT, "pi9")).toBeUndefined();
    expect(withoutMachine("machines:\n", "pi1")).toBeUndefined();
    expect(withoutMachine("machines: { pi1: {}, pi2: {} }\n", "pi1")).toBeUndefined();
  });
});

describe("putting a machine into a file", () => {
  const put = (text: string, more: object = {}) => withMachine(text, { name: "pi5", address: "192.168.1.15", roles: undefined, like: undefined, ...more });
  const changed = (changes: readonly (readonly [string, string])[]) => changes.reduce((text, [from, to]) => (expect(text).toContain(from), text.replace(from, to)), TEXT);
  const LAST = "  pi4: {address: 192.168.1.14}\n";

  it("writes it behind the last one, and leaves all else to the letter", () => {
    expect(put(TEXT)).toBe(changed([[LAST, `${LAST}  pi5: { address: 192.168.1.15 }\n`]]));
    expect(put(TEXT, { roles: ["control-plane", "worker"] })).toBe(changed([[LAST, `${LAST}  pi5: { address: 192.168.1.15, roles: [control-plane, worker] }\n`]]));
  });

  it("gives it the fields of one that it is like, and its place in every list", () => {
    expect(put(TEXT, { like: "pi3" })).toBe(changed([[LAST, `${LAST}  pi5: { address: 192.168.1.15 }\n`], ["[pi1, pi2, pi3]", "[pi1, pi2, pi3, pi5]"], ["      - pi3 # by the window\n", "      - pi3 # by the window\n      - pi5\n"]]));
    expect(put(TEXT, { like: "pi1", roles: ["worker"] })).toContain("\n  pi5: { address: 192.168.1.15, roles: [worker] }\n");
    expect(put(TEXT, { like: "pi4" })).toContain('powers: [ pi2, "pi4", pi5 ]');
  });

  it("keeps a machine's own fields its own", () => {
    const text = "machines:\n  a: { hostname: alpha, fqdn: a.maison.example, labels: { disk: 'fast, wide' }, network: { addresses: [192.168.1.11/24, 2001:db8::11/64], gateway: 192.168.1.1, nodeIps: [192.168.1.11] } }\n";
    expect(put(text, { like: "a" })).toBe(`${text}  pi5: { address: 192.168.1.15, labels: { disk: "fast, wide" }, network: { addresses: [192.168.1.15/24], gateway: 192.168.1.1 } }\n`);
  });

  it("writes as its neighbour is written", () => {
    const text = "machines:\n    a:\n        address: 192.168.1.11\n        roles: [control-plane] # one\nname: maison";
    expect(put(text, { like: "a" })).toBe("machines:\n    a:\n        address: 192.168.1.11\n        roles: [control-plane] # one\n    pi5:\n        address: 192.168.1.15\n        roles: [control-plane]\nname: maison");
    expect(put("machines:\n  a:")).toBe("machines:\n  a:\n  pi5: { address: 192.168.1.15 }\n");
  });

  it("knows when it cannot", () => {
    expect(put("machines: { pi1: {} }\n")).toBeUndefined();
    expect(put("machines:\n")).toBeUndefined();
    expect(put(TEXT, { like: "pi9" })).toBeUndefined();
  });
});
