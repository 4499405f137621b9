/** What a person is told of volumes that have stopped. */
import { expect, it } from "vitest";
import { CEPH_RBD, LINSTOR, LONGHORN } from "../../sim/storage/drivers.ts";
import { type StuckVolume, storageRepairs } from "./storage-repairs.ts";

const stuck = (more: Partial<StuckVolume>): StuckVolume => ({ namespace: "photos", name: "data", driver: LONGHORN, storageClass: "fast", why: "volume data is faulted: no copy that can be used answers (w1 and w2)", left: [], monitors: [], ...more });
const commands = (volume: StuckVolume): string[] => storageRepairs(volume).flatMap((one) => one.commands);

it.each([
  ["Longhorn with nothing left: only a look", stuck({}), [/^kubectl get replicas\.longhorn\.io /]],
  ["Longhorn with a copy that failed: salvaged", stuck({ left: ["w1"] }), [/^kubectl get replicas/, /"failedAt":""/]],
  ["Ceph with a monitor left: it goes on alone, and the pool takes writes with one copy", stuck({ driver: CEPH_RBD, left: ["s3"], monitors: ["c"] }), [/get pods/, /^kubectl rook-ceph mons restore-quorum c$/, /cephblockpools\.ceph\.rook\.io fast .*min_size/]],
  ["LINSTOR without a quorum: without one", stuck({ driver: LINSTOR, why: "volume data has no quorum: w2 and w3 out of reach" }), [/drbd-options --quorum off/]],
  ["LINSTOR with a copy that is behind: that one", stuck({ driver: LINSTOR, why: "volume data has no copy that is up to date any more", left: ["w2"] }), [/spec\.nodeName=w2 .*drbdadm primary --force/]],
] as const)("%s", (_title, volume, expected) => {
  const given = commands(volume);
  expect(given).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) expect(given[index]).toMatch(pattern);
});

it("says what is lost with it", () => {
  expect(storageRepairs(stuck({ left: ["w1"] }))[0]!.text).toMatch(/what it lacks is lost/);
});
