import { describe, expect, it } from "vitest";
import { firewallFact } from "./firewall.ts";
import { NO_QUESTIONS } from "./questions.ts";
import { activityMark } from "./read/units.ts";
import { NOTHING_READ, type Readings } from "./readings.ts";

const link = { type: "link", mode: "0777", owner: "root:root", sizeBytes: 32, mtimeSeconds: 1, inode: "1", linkTo: "x" } as const;

function nftables(text: string, isActive = true): readonly string[] {
  const readings: Readings = { ...NOTHING_READ, texts: { "/etc/nftables.conf": text }, paths: isActive ? { [activityMark("nftables.service")]: link } : {} };
  return firewallFact.parse(readings, NO_QUESTIONS).active;
}

describe("nftables filters", () => {
  const dropping = (table: string): string => `table inet ${table} {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t\ttcp dport 22 accept\n\t}\n}\n`;

  it("where a table of somebody else's turns something away", () => {
    expect(nftables(dropping("filter"))).toEqual(["nftables"]);
    expect(nftables("add table ip mine\nadd rule ip mine input tcp dport 23 reject\n")).toEqual(["nftables"]);
  });

  it("not where only our table or Kubernetes' does, the service is off, or the word stands in a comment", () => {
    expect(nftables(dropping("kubernest"))).toEqual([]);
    expect(nftables(dropping("kube-proxy"))).toEqual([]);
    expect(nftables(dropping("filter"), false)).toEqual([]);
    expect(nftables("table inet filter {\n\tchain input { # drop nothing\n\t}\n}\n")).toEqual([]);
  });
});
