/** The small parts of a kubelet. */
import { expect, test } from "vitest";
import { AddressPool } from "./address-pool.ts";
import { Backoff } from "./backoff.ts";
import { goDuration } from "./go-duration.ts";
import { imageFacts, isKnownImage } from "./image-catalog.ts";
import { fullImageName, isImageReference, withTag } from "./image-name.ts";
import { LogBuffer } from "./log-buffer.ts";

test.each([[0, "0s"], [120, "120ms"], [2345, "2.345s"], [10_000, "10s"], [160_000, "2m40s"], [300_000, "5m0s"], [3_661_500, "1h1m1.5s"]])("%d ms is %s", (ms, text) => expect(goDuration(ms)).toBe(text));

test("addresses go round before one is given again, and run out", () => {
  const pool = new AddressPool(["10.0.0.0/29"]);
  const first = [1, 2, 3, 4, 5].map(() => pool.take()?.[0]);
  expect(first).toEqual(["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"]);
  expect(pool.take()).toBeUndefined();
  pool.give(["10.0.0.4"]);
  expect(pool.take()).toEqual(["10.0.0.4"]);
  expect(new AddressPool([]).take()).toBeUndefined();
});

test("waits double up to a bound and are forgotten after a long quiet time", () => {
  const backoff = new Backoff(10_000, 300_000);
  expect(backoff.waitsUntil("a", 0, 0)).toBeUndefined();
  let nowMs = 0;
  const waits = [1, 2, 3, 4, 5, 6, 7].map(() => {
    backoff.next("a", nowMs, nowMs);
    nowMs += backoff.get("a");
    return backoff.get("a") / 1000;
  });
  expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300]);
  expect(backoff.waitsUntil("a", nowMs, nowMs + 1)).toBe(nowMs + 300_000);
  backoff.next("a", nowMs + 900_001, nowMs + 900_001);
  expect(backoff.get("a")).toBe(10_000);
});

test.each([
  ["nginx", "nginx:latest", "docker.io/library/nginx:latest", true],
  ["ghcr.io/example/app:1.4.2", "ghcr.io/example/app:1.4.2", "ghcr.io/example/app:1.4.2", true],
  ["localhost:5000/app", "localhost:5000/app:latest", "localhost:5000/app:latest", true],
  ["grafana/grafana:12", "grafana/grafana:12", "docker.io/grafana/grafana:12", true],
  ["Ghcr.io/Example/App", "Ghcr.io/Example/App:latest", "Ghcr.io/Example/App:latest", false],
  ["nginx:1 ", "nginx:1 ", "docker.io/library/nginx:1 ", false],
])("image %s", (image, tagged, full, isValid) => {
  expect([withTag(image), fullImageName(image), isImageReference(withTag(image))]).toEqual([tagged, full, isValid]);
});

test("well-known images are known by their repository, wherever it is mirrored", () => {
  expect(imageFacts("nginx:1.29").ports).toEqual([80]);
  expect(imageFacts("docker.io/library/nginx").ports).toEqual([80]);
  expect(imageFacts("mirror.example/library/postgres:17").ports).toEqual([5432]);
  expect(isKnownImage("ghcr.io/example/app:1")).toBe(false);
});

test("a log keeps its order, its times and its bounds", () => {
  const log = new LogBuffer();
  for (let i = 0; i < 3; i++) log.append(`line ${i}`, 1_000 * i);
  expect(log.read({ tailLines: 1 }, 5_000)).toBe("line 2\n");
  expect(log.read({ sinceSeconds: 4 }, 5_000)).toBe("line 1\nline 2\n");
  expect(log.read({ timestamps: true, tailLines: 1 }, 5_000)).toBe("1970-01-01T00:00:02.000000002Z line 2\n");
  expect(log.read({ limitBytes: 4 }, 5_000)).toBe("line");
  expect(log.read({ tailLines: 0 }, 5_000)).toBe("");
});
