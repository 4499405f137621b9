/** The near end of a session: frames scripts into a process's standard input, and cuts its output into the results of each. Knows nothing of SSH. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import type { Writable } from "node:stream";
import { type Shell, ShellFailed, type ShellInput, type ShellRequest, type ShellResult } from "../ports/shell.ts";
import { frame } from "./shell-dispatcher.ts";

/** More than this from one script is a mistake, not an answer. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

interface Running {
  request: ShellRequest;
  stdout: Buffer[];
  stdoutBytes: number;
  /** End of what came so far, where the marker must stand when the script has ended. */
  tail: Buffer;
  stderr: string;
  /** The part of a line that is not whole yet. */
  line: string;
  hasEmptyLine: boolean;
  code: number | undefined;
  isStderrDone: boolean;
  timer: NodeJS.Timeout;
  resolve(result: ShellResult): void;
  reject(error: Error): void;
}

/** Of a stream that breaks, `drain` never comes. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.once("drain", done);
    stream.once("close", done);
  });
}

/** A script that waits for its turn. */
type Waiting = Pick<Running, "request" | "resolve" | "reject">;

export class FramedSession implements Shell {
  readonly machine: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #endMark: Buffer;
  readonly #stderrEndMark: string;
  #running: Running | undefined;
  readonly #waiting: Waiting[] = [];
  #failure: ShellFailed | undefined;
  #closed: Promise<void>;

  /** `child` has said that it is ready; what it printed before is consumed. */
  constructor(machine: string, child: ChildProcessWithoutNullStreams, nonce: string) {
    this.machine = machine;
    this.#child = child;
    this.#endMark = Buffer.from(`\n${nonce} end `);
    this.#stderrEndMark = `${nonce} end\n`;
    child.stdout.on("data", (chunk: Buffer) => this.#onStdout(chunk));
    child.stderr.on("data", (chunk: Buffer) => this.#onStderr(chunk));
    // A broken pipe is told by the end of the process, with more to say.
    child.stdin.on("error", () => undefined);
    this.#closed = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        const said = this.#running?.stderr.trim().split("\n").at(-1) ?? "";
        this.#fail(new ShellFailed("connection-lost", machine, `${machine}: the connection ended${said === "" ? ` (${signal ?? code})` : `: ${said}`}`, "what was under way may or may not have finished: run the same command again"));
        resolve();
      });
    });
  }

  run(request: ShellRequest): Promise<ShellResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 2_000);
    await this.#closed;
    clearTimeout(timer);
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    if (this.#failure !== undefined) {
      waiting.reject(this.#failure);
      this.#next();
      return;
    }
    const { request } = waiting;
    const timer = setTimeout(() => {
      const seconds = Math.round(request.deadlineMs / 1000);
      this.#fail(new ShellFailed("timed-out", this.machine, `${this.machine}: no end after ${seconds} s`, "look at what the machine is doing, then run the same command again"));
      this.#child.kill("SIGTERM");
    }, request.deadlineMs);
    this.#running = { ...waiting, stdout: [], stdoutBytes: 0, tail: Buffer.alloc(0), stderr: "", line: "", hasEmptyLine: false, code: undefined, isStderrDone: false, timer };
    const script = Buffer.from(request.script);
    const input = request.input ?? new Uint8Array();
    const isWhole = input instanceof Uint8Array;
    this.#child.stdin.write(frame(script, isWhole ? input.length : input.sizeBytes));
    if (!isWhole) void this.#feed(input, this.#running);
    else if (input.length > 0) this.#child.stdin.write(input);
  }

  /** No faster than the machine takes it. A frame that cannot be filled leaves the session without a use. */
  async #feed(input: ShellInput, fed: Running): Promise<void> {
    const { stdin } = this.#child;
    let left = input.sizeBytes;
    try {
      for await (const piece of input.read()) {
        // A broken pipe is told by the end of the process.
        if (this.#running !== fed || stdin.destroyed) return;
        left -= piece.length;
        if (left < 0) throw new Error("it is longer than was said");
        if (!stdin.write(piece)) await drained(stdin);
      }
      if (left > 0 && !stdin.destroyed) throw new Error(`it ends ${left} bytes too soon`);
    } catch (error) {
      if (this.#running !== fed) return;
      this.#fail(new ShellFailed("input-failed", this.machine, `${this.machine}: what it was to be given could not be read: ${error instanceof Error ? error.message : String(error)}`, "run the same command again", { cause: error }));
      this.#child.kill("SIGTERM");
    }
  }

  #onStdout(chunk: Buffer): void {
    const running = this.#running;
    // A process that a script left behind may still talk.
    if (running === undefined) return;
    running.stdout.push(chunk);
    running.stdoutBytes += chunk.length;
    if (running.stdoutBytes > OUTPUT_BYTES_MAX) {
      this.#fail(new ShellFailed("timed-out", this.machine, `${this.machine}: a script printed more than ${OUTPUT_BYTES_MAX / 1024 / 1024} MiB`, "this is a mistake of the script's"));
      this.#child.kill("SIGTERM");
      return;
    }
    if (running.request.onLine !== undefined) this.#tellLines(running, chunk);
    // The marker is short: it lies in the last bytes, maybe over two chunks.
    const tail = chunk.length >= 128 ? chunk.subarray(-128) : Buffer.concat([running.tail, chunk]).subarray(-128);
    running.tail = chunk.length >= 128 ? Buffer.concat([running.tail, chunk]).subarray(-128) : tail;
    const at = running.tail.lastIndexOf(this.#endMark);
    if (at < 0) return;
    const code = /^(\d+)\n/.exec(running.tail.subarray(at + this.#endMark.length).toString("latin1"))?.[1];
    if (code === undefined) return;
    running.code = Number(code);
    this.#endIfDone(running);
  }

  #onStderr(chunk: Buffer): void {
    const running = this.#running;
    if (running === undefined) return;
    running.stderr += chunk.toString("utf8");
    if (running.stderr.endsWith(this.#stderrEndMark)) {
      running.isStderrDone = true;
      running.stderr = running.stderr.slice(0, -this.#stderrEndMark.length);
      this.#endIfDone(running);
    } else if (running.stderr.length > OUTPUT_BYTES_MAX) running.stderr = running.stderr.slice(-OUTPUT_BYTES_MAX / 2);
  }

  #tellLines(running: Running, chunk: Buffer): void {
    const lines = (running.line + chunk.toString("utf8")).split("\n");
    running.line = lines.pop() ?? "";
    const mark = this.#endMark.toString().slice(1);
    for (const line of lines) {
      // The marker begins on a line of its own: an empty line before it is ours when the script ended its last one.
      if (line.startsWith(mark)) running.hasEmptyLine = false;
      else {
        if (running.hasEmptyLine) running.request.onLine?.("");
        running.hasEmptyLine = line === "";
        if (line !== "") running.request.onLine?.(line);
      }
    }
  }

  #endIfDone(running: Running): void {
    if (running.code === undefined || !running.isStderrDone) return;
    clearTimeout(running.timer);
    this.#running = undefined;
    const all = Buffer.concat(running.stdout);
    running.resolve({ code: running.code, stdout: all.subarray(0, all.lastIndexOf(this.#endMark)), stderr: running.stderr });
    this.#next();
  }

  #fail(failure: ShellFailed): void {
    this.#failure ??= failure;
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) {
      clearTimeout(running.timer);
      running.reject(this.#failure);
    }
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure);
  }
}
