import { expect, test } from "vitest";
import { Site } from "./site.ts";

const home = (): Site =>
  new Site(["pi1", "pi2", "pi3"], [
    { name: "strip", kind: "power", powers: ["switch", "box"] },
    { name: "box", kind: "router", connects: ["switch"] },
    { name: "switch", kind: "switch", connects: ["pi1", "pi2"], powers: ["pi1", "pi2"] },
  ]);

test("a broken switch takes power and network from what hangs on it, and gives them back", () => {
  const site = home();
  const seen: string[] = [];
  site.onChange((machine, { hasPower, isConnected }) => seen.push(`${machine} power=${hasPower} network=${isConnected}`));
  site.setPartWorking("switch", false);
  expect(seen).toEqual(["pi1 power=false network=false", "pi2 power=false network=false"]);
  expect(site.state("pi3")).toEqual({ hasPower: true, isConnected: true, hasInternet: true });
  site.setPartWorking("switch", true);
  expect(seen.slice(2)).toEqual(["pi1 power=true network=true", "pi2 power=true network=true"]);
});

test("a switch that hangs gives power on and lets nothing through; a NAS that hangs is there for nobody", () => {
  const site = home();
  site.setPartHung("switch", true);
  expect(["pi1", "pi3"].map((machine) => site.state(machine))).toEqual([{ hasPower: true, isConnected: false, hasInternet: false }, { hasPower: true, isConnected: true, hasInternet: true }]);
  site.setPartHung("switch", false);
  expect(site.state("pi1")).toEqual({ hasPower: true, isConnected: true, hasInternet: true });
  const other = new Site(["pi1"], [{ name: "nas", kind: "nas" }]);
  other.setPartHung("nas", true);
  expect([other.isPartAlive("nas"), other.state("pi1").isConnected]).toEqual([false, true]);
  other.setPartHung("nas", false);
  expect(other.isPartAlive("nas")).toBe(true);
});

test("a router that is down takes the world outside away; machines on a switch still reach each other", () => {
  const site = home();
  site.setPartWorking("box", false);
  expect(site.state("pi1")).toEqual({ hasPower: true, isConnected: true, hasInternet: false });
  expect(site.isPartAlive("box")).toBe(false);
});

test("where a router joins switches, the network falls apart without it: the largest piece goes on", () => {
  const site = new Site(["a1", "a2", "b1", "b2", "b3"], [
    { name: "box", kind: "router", connects: ["left", "right"] },
    { name: "left", kind: "switch", connects: ["a1", "a2"] },
    { name: "right", kind: "switch", connects: ["b1", "b2", "b3", "nas"] },
    { name: "nas", kind: "nas" },
  ]);
  site.setPartWorking("box", false);
  expect(["a1", "b1"].map((machine) => site.state(machine).isConnected)).toEqual([false, true]);
  expect(site.isPartAlive("nas")).toBe(true);
  site.setPartWorking("box", true);
  site.setPartWorking("right", false);
  expect(["a1", "b1"].map((machine) => site.state(machine).isConnected)).toEqual([true, false]);
  expect(site.isPartAlive("nas")).toBe(false);
});

test("a line that is down leaves the home whole", () => {
  const site = new Site(["pi1"], [
    { name: "fibre", kind: "internet", connects: ["box"] },
    { name: "box", kind: "router", connects: ["pi1"] },
  ]);
  site.setPartWorking("fibre", false);
  expect(site.state("pi1")).toEqual({ hasPower: true, isConnected: true, hasInternet: false });
  expect(site.isPartAlive("box")).toBe(true);
});

test("what feeds a part feeds what hangs on it", () => {
  const site = home();
  site.setPartWorking("strip", false);
  expect(site.state("pi2")).toEqual({ hasPower: false, isConnected: false, hasInternet: false });
  expect(site.dependants("strip")).toEqual(["pi1", "pi2"]);
  expect(site.dependants("box")).toEqual(["pi1", "pi2"]);
});

test("one of two suppliers is enough", () => {
  const site = new Site(["nuc"], [
    { name: "strip1", kind: "power", powers: ["nuc"] },
    { name: "strip2", kind: "power", powers: ["nuc"] },
  ]);
  site.setPartWorking("strip1", false);
  expect(site.state("nuc").hasPower).toBe(true);
  site.setPartWorking("strip2", false);
  expect(site.state("nuc").hasPower).toBe(false);
});

test("a machine switched off by hand stays off when its power comes back", () => {
  const site = home();
  site.setMachinePower("pi1", false);
  site.setPartWorking("switch", false);
  site.setPartWorking("switch", true);
  expect(site.state("pi1").hasPower).toBe(false);
  site.setMachinePower("pi1", true);
  expect(site.state("pi1").hasPower).toBe(true);
});

test("without power from outside all stops but what a UPS feeds", () => {
  const site = new Site(["pi1", "nuc"], [
    { name: "ups", kind: "ups", powers: ["nuc", "switch"] },
    { name: "switch", kind: "switch", connects: ["pi1", "nuc"] },
  ]);
  site.setGrid(false);
  expect([site.state("pi1").hasPower, site.state("nuc").hasPower, site.state("nuc").isConnected]).toEqual([false, true, true]);
  site.setGrid(true);
  expect(site.state("pi1").hasPower).toBe(true);
});

test("what waits for its button stays off when the power returns, and takes along what hangs on it", () => {
  const site = home();
  site.setStaysOff("pi1", true);
  site.setStaysOff("switch", true);
  expect(site.state("pi1").hasPower).toBe(true);
  site.setGrid(false);
  site.setGrid(true);
  expect([site.state("pi1").hasPower, site.state("pi2").hasPower, site.state("pi3").hasPower]).toEqual([false, false, true]);
  site.setStaysOff("switch", false);
  expect([site.state("pi1").hasPower, site.state("pi2").hasPower]).toEqual([false, true]);
  site.setStaysOff("pi1", false);
  expect(site.state("pi1").hasPower).toBe(true);
});

test("what a UPS feeds goes on until its battery is empty, and is back with the power", () => {
  const site = new Site(["pi1", "pi2"], [{ name: "ups", kind: "ups", powers: ["pi1"], holdsMs: 600_000 }]);
  const power = (): boolean[] => ["pi1", "pi2"].map((machine) => site.state(machine).hasPower);
  site.setGrid(false);
  site.drain("ups", 1_000);
  expect([power(), site.changesUntilMs]).toEqual([[true, false], 1_000]);
  site.setGrid(true);
  site.setGrid(false);
  site.drain("ups", 2_000);
  // Of the blackout before.
  site.setEmpty("ups", 1_000);
  expect(power()).toEqual([true, false]);
  site.setEmpty("ups", 2_000);
  expect([power(), site.changesUntilMs]).toEqual([[false, false], 0]);
  site.setGrid(true);
  expect(power()).toEqual([true, true]);
});

test("a network that is split: those apart reach each other, people and the world are with the others, however few", () => {
  const site = home();
  const seen: string[] = [];
  site.onChange((machine) => seen.push(`${machine} ${site.isSplit ? "split" : "whole"} ${site.state("pi1").side === site.state("pi2").side}`));
  site.onSplit(() => seen.push("all told"));
  site.setApart(["pi1", "pi2"], true);
  expect([site.state("pi1"), site.state("pi3")]).toEqual([{ hasPower: true, isConnected: false, hasInternet: false, side: "pi1,pi2" }, { hasPower: true, isConnected: true, hasInternet: true }]);
  expect(site.isPartAlive("box")).toBe(true);
  site.setMachineConnected("pi2", false);
  expect(site.state("pi2").side).toBeUndefined();
  site.setMachineConnected("pi2", true);
  site.setApart(["pi1", "pi2"], false);
  expect(site.state("pi2")).toEqual({ hasPower: true, isConnected: true, hasInternet: true });
  expect(seen).toEqual(["pi1 split true", "pi2 split true", "all told", "pi2 split false", "pi2 split true", "pi1 whole true", "pi2 whole true", "all told"]);
});

test("an unknown name is our own mistake", () => {
  expect(() => home().setPartWorking("nothing", false)).toThrow("unknown site part");
  expect(() => home().setMachinePower("nothing", false)).toThrow("unknown machine");
});
