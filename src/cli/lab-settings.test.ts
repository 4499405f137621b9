import { describe, expect, it } from "vitest";
import { labRequest } from "./lab-settings.ts";

describe("what lab is asked for", () => {
  it.each([
    [["up"], {}, { action: "up", wishes: { isFresh: false, sudoAsks: false, hasUplink: true }, password: "kubernest", mirror: undefined }],
    [["up"], { sudoPassword: "x", offline: true }, { action: "up", wishes: { isFresh: false, sudoAsks: true, hasUplink: false }, password: "x" }],
    [["power", "cut", "pi1", "pi2"], {}, { action: "power", power: "cut", machines: ["pi1", "pi2"] }],
    [["link", "pi1", "down"], {}, { action: "link", machine: "pi1", isUp: false }],
    [["run", "kubernest", "plan", "-o", "json"], {}, { action: "run", argv: ["kubernest", "plan", "-o", "json"] }],
    [["save", "clean"], {}, { action: "save", snapshot: "clean", machines: [] }],
  ])("%j %j", (args, given, expected) => {
    expect(labRequest(args, { output: "table", ...given })).toMatchObject(expected);
  });

  it.each([
    [["pover"], {}, "Did you mean power?"],
    [["power", "cyle", "pi1"], {}, "Did you mean cycle?"],
    [["power", "off"], {}, "name the machines"],
    [["link", "pi1"], {}, "up or down"],
    [["run"], {}, "name the command"],
    [["reset"], {}, "name the machines"],
    [["status", "pi1"], {}, "one word too many"],
    [["down"], { fresh: true }, "--fresh has a meaning with  lab up  only"],
    [["power", "on", "pi1"], { sudoPassword: "x" }, "--sudo-password has a meaning"],
    [["up"], { password: "a:b" }, "a password is not empty"],
  ])("refuses %j %j", (args, given, text) => {
    expect(labRequest(args, { output: "table", ...given })).toContain(text);
  });
});
