/**
 * Asks an API endpoint over TLS again and again, each time by a new connection, and says when it did not answer: `ADDRESS PORT PATH SECONDS`. Attempts begin every
 * 20 ms whether or not earlier ones have ended, until so many seconds after its input was closed. A first line `probing` says that it has begun and was answered; the
 * last is JSON (`Probed`).
 */
import { request } from "node:https";
import { pathToFileURL } from "node:url";

export interface Outage {
  /** Milliseconds since the Unix epoch: the beginning of the first attempt that was not answered. */
  readonly fromMs: number;
  /** To the beginning of the next attempt that was answered. */
  readonly lengthMs: number;
}

export interface Probed {
  readonly attemptCount: number;
  readonly outages: readonly Outage[];
  /** What the last attempt that failed said. */
  readonly lastError: string | undefined;
  /** The longest time between the beginnings of two attempts: how far the figures can be trusted on a busy computer. */
  readonly longestPauseMs: number;
}

const INTERVAL_MS = 20;
const TIMEOUT_MS = 1_000;

/** Attempts in the order in which they began. What was not answered to the end counts to `endMs`. */
export function outagesOf(attempts: readonly { readonly beganMs: number; readonly isAnswered: boolean }[], endMs: number): Outage[] {
  const outages: Outage[] = [];
  let fromMs: number | undefined;
  for (const { beganMs, isAnswered } of attempts) {
    if (!isAnswered) fromMs ??= beganMs;
    else if (fromMs !== undefined) {
      outages.push({ fromMs, lengthMs: beganMs - fromMs });
      fromMs = undefined;
    }
  }
  return fromMs === undefined ? outages : [...outages, { fromMs, lengthMs: endMs - fromMs }];
}

async function probe(address: string, port: number, path: string, seconds: number): Promise<Probed> {
  const attempts: { beganMs: number; isAnswered: boolean }[] = [];
  let lastError: string | undefined;
  let isFirst = true;
  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      const attempt = { beganMs: Date.now(), isAnswered: false };
      attempts.push(attempt);
      const sent = request({ host: address, port, path, agent: false, rejectUnauthorized: false, timeout: TIMEOUT_MS }, (response) => {
        attempt.isAnswered = response.statusCode === 200;
        if (!attempt.isAnswered) lastError = `HTTP ${response.statusCode}`;
        else if (isFirst) {
          isFirst = false;
          process.stdout.write("probing\n");
        }
        response.resume();
        response.on("close", resolve);
      });
      // From its beginning, not from its last byte.
      const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
      sent.on("error", (error) => {
        lastError = error.message;
        attempt.isAnswered = false;
      });
      sent.on("close", () => {
        clearTimeout(timer);
        resolve();
      });
      sent.end();
    });
  let endMs = Number.POSITIVE_INFINITY;
  process.stdin.resume();
  process.stdin.on("close", () => (endMs = Date.now() + seconds * 1000));
  const pending: Promise<void>[] = [];
  while (Date.now() < endMs) {
    pending.push(ask());
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
  await Promise.all(pending);
  const longestPauseMs = attempts.reduce((longest, { beganMs }, index) => (index === 0 ? 0 : Math.max(longest, beganMs - attempts[index - 1]!.beganMs)), 0);
  return { attemptCount: attempts.length, outages: outagesOf(attempts, endMs), lastError, longestPauseMs };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [address = "", port = "", path = "", seconds = ""] = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(await probe(address, Number(port), path, Number(seconds)))}\n`);
}
