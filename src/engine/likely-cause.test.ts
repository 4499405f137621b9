import { expect, it } from "vitest";
import { likelyCause } from "./likely-cause.ts";

// As seen on Debian 12: coreutils, apt 2.6, dpkg 1.21.
it.each([
  ["cat: write error: No space left on device", "the disk of pi1 is full"],
  ["E: You don't have enough free space in /var/cache/apt/archives/.", "the disk of pi1 is full"],
  ["W: Failed to fetch http://mirror.example/debian/dists/bookworm/InRelease  Temporary failure resolving 'mirror.example'", "machines.pi1.network.resolvers"],
  ["cat: can't create '/etc/hosts.kubernest-new': Read-only file system", "cannot be written"],
  ["E: Release file for http://mirror.example/debian/dists/bookworm/InRelease is not valid yet (invalid for another 59min 3s).", "clock of pi1"],
  ["E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)", "another program installs packages on pi1"],
])("%s", (line, hint) => {
  expect(likelyCause("pi1", ["Reading package lists...", line, "it failed"])).toContain(hint);
});

it("says nothing of what it does not know", () => {
  expect(likelyCause("pi1", ["haproxy: configuration is wrong"])).toBeUndefined();
  expect(likelyCause("pi1", [])).toBeUndefined();
});
