import { describe, expect, it } from "vitest";
import { KUBERNETES_VERSIONS, kubernetesSupport, parseKubernetesVersion, suggestedVersion, supportedKubernetesMinors } from "./kubernetes-versions.ts";

const day = (text: string): number => Date.parse(`${text}T12:00:00Z`);

describe("the table of versions", () => {
  it("has every minor once, oldest first, about 14 months each", () => {
    for (const [index, row] of KUBERNETES_VERSIONS.entries()) {
      expect(row.minor).toBe((KUBERNETES_VERSIONS[0]?.minor ?? 0) + index);
      const months = (Date.parse(row.endOfLife) - Date.parse(row.released)) / (30.4 * 86_400_000);
      expect(months, `1.${row.minor}`).toBeGreaterThan(13);
      expect(months, `1.${row.minor}`).toBeLessThan(15);
      const build = row.k3s === undefined ? undefined : parseKubernetesVersion(row.k3s);
      if (build !== undefined) expect(build).toMatchObject({ major: 1, minor: row.minor, build: "k3s1" });
    }
  });

  it("knows what is supported on a day", () => {
    expect(supportedKubernetesMinors(day("2026-10-27")).map((row) => row.minor)).toEqual([34, 35, 36, 37]);
    expect(supportedKubernetesMinors(day("2026-10-28")).map((row) => row.minor)).toEqual([35, 36, 37]);
    expect(supportedKubernetesMinors(day("2026-08-01")).map((row) => row.minor)).toEqual([34, 35, 36]);
  });

  it.each([
    [36, "2026-11-01", "supported"],
    [33, "2026-06-28", "supported"],
    [33, "2026-06-29", "out-of-support"],
    [19, "2026-11-01", "out-of-support"],
    [38, "2026-11-01", "unknown"],
  ])("1.%i on %s is %s", (minor, today, state) => {
    expect(kubernetesSupport(minor, day(today)).state).toBe(state);
  });

  it("proposes a version that the distribution has", () => {
    const row = KUBERNETES_VERSIONS.find((one) => one.minor === 36)!;
    expect(suggestedVersion(row, "k3s")).toBe("v1.36.1+k3s1");
    expect(suggestedVersion(row, "kubeadm")).toBe("v1.36.4");
  });
});

describe("parseKubernetesVersion", () => {
  it.each([
    ["v1.36.3", { major: 1, minor: 36, patch: 3 }],
    ["1.36.3", { major: 1, minor: 36, patch: 3 }],
    ["v1.36.1+k3s1", { major: 1, minor: 36, patch: 1, build: "k3s1" }],
    ["v1.37.0-rc.1+k3s2", { major: 1, minor: 37, patch: 0, prerelease: "rc.1", build: "k3s2" }],
  ])("%s", (text, parts) => expect(parseKubernetesVersion(text)).toEqual(parts));
  it.each(["1.36", "latest", "v1", "v1.36.x", ""])("refuses %j", (text) => expect(parseKubernetesVersion(text)).toBeUndefined());
});
