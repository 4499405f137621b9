import { describe, expect, it } from "vitest";
import type { FileFact, MachineFacts } from "../facts/machine-facts.ts";
import type { Change } from "./change.ts";
import { parseOriginalFiles } from "./originals.ts";
import type { Want } from "./step.ts";
import { undoPreparation } from "./undo-preparation.ts";

const file = (content: string): FileFact => ({ kind: "file", mode: "0600", owner: "root:root", sizeBytes: content.length, mtimeSeconds: 0, content });

function decide(noted: string | undefined, more: { sysctls?: string; units?: string; active?: readonly string[] } = {}): Change[] {
  const files: Record<string, FileFact> = {};
  if (noted !== undefined) {
    files["/var/lib/kubernest"] = { kind: "directory", mode: "0755", owner: "root:root" };
    files["/var/lib/kubernest/originals/files"] = file(noted);
  }
  if (more.sysctls !== undefined) files["/var/lib/kubernest/originals/sysctls.conf"] = file(more.sysctls);
  if (more.units !== undefined) files["/var/lib/kubernest/originals/units"] = file(more.units);
  const units = Object.fromEntries((more.active ?? []).map((unit) => [unit, { load: "loaded", active: "active", sub: "running", enabled: "enabled", needsReload: false, activeSinceUs: 1 }]));
  return undoPreparation.decide({ files, units } as unknown as MachineFacts, {} as Want) as Change[];
}

const summaries = (changes: readonly Change[]): string[] => changes.map(({ summary }) => summary);

describe("putting back", () => {
  it("is for every file that any step noted, whatever the homelab says now", () => {
    expect(summaries(decide("kept /etc/hosts\nabsent /etc/sysctl.d/90-kubernest.conf\nkept /etc/network/interfaces\nabsent /etc/systemd/timesyncd.conf.d/50-kubernest.conf\n", { active: ["systemd-timesyncd.service"] }))).toEqual([
      "put /etc/hosts back", "remove /etc/sysctl.d/90-kubernest.conf", "put /etc/network/interfaces back", "remove /etc/systemd/timesyncd.conf.d/50-kubernest.conf", "restart systemd-timesyncd", "remove /var/lib/kubernest",
    ]);
  });

  it("leaves to Kubernetes' own steps what they take away, but brings back what a package had there", () => {
    expect(summaries(decide("absent /etc/kubernetes/kubelet-resolv.conf\nabsent /etc/systemd/system/kubelet.service\nkept /etc/containerd/config.toml\n"))).toEqual(["put /etc/containerd/config.toml back", "remove /var/lib/kubernest"]);
  });

  it("stops what runs with our configuration first, settings and units too", () => {
    expect(summaries(decide("kept /etc/haproxy/haproxy.cfg\n", { active: ["haproxy.service"], sysctls: "net.ipv4.ip_forward=0\n", units: "dphys-swapfile.service\n" }))).toEqual(["stop haproxy", "put /etc/haproxy/haproxy.cfg back", "put net.ipv4.ip_forward back", "let dphys-swapfile.service run again", "remove /var/lib/kubernest"]);
  });

  it("keeps the original of what the kernel is started with, and then has nothing more to do", () => {
    expect(summaries(decide("kept /boot/firmware/cmdline.txt\nkept /etc/hosts\n"))).toEqual(["put /etc/hosts back", "keep the original of /boot/firmware/cmdline.txt"]);
    expect(decide("kept /boot/firmware/cmdline.txt\n")).toEqual([]);
  });

  it("has nothing to do on a machine that we never changed", () => {
    expect(decide(undefined)).toEqual([]);
  });
});

it("a file that an interruption noted twice is one, as it was first", () => {
  expect(parseOriginalFiles("absent /a\nkept /a\nkept /with a blank\nnonsense\nkept relative\n")).toEqual([{ path: "/a", wasThere: false }, { path: "/with a blank", wasThere: true }]);
});
