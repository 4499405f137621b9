import { describe, expect, it } from "vitest";
import { withoutMachine } from "./edit-machines.ts";

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

  it("knows when there is none, or when it is not one line among others", () => {
    expect(withoutMachine(TEXT, "pi9")).toBeUndefined();
    expect(withoutMachine("machines:\n", "pi1")).toBeUndefined();
    expect(withoutMachine("machines: { pi1: {}, pi2: {} }\n", "pi1")).toBeUndefined();
  });
});
