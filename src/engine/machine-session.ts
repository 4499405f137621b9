/** One machine during one run: its session, its lock, its facts, and the performing of changes on it. A reboot or a lost connection is a new session of the same machine. */
import { randomBytes } from "node:crypto";
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { Questions } from "../facts/questions.ts";
import { assert } from "../lib/assert.ts";
import { ArtifactFailed, type ArtifactSource, type ObtainedArtifact } from "../ports/artifact-source.ts";
import type { Clock } from "../ports/clock.ts";
import type { Reporter } from "../ports/reporter.ts";
import { type Shell, type ShellConnector, ShellFailed, type ShellTarget } from "../ports/shell.ts";
import type { Action, Change, CopyArtifact, Guarded, Reboot } from "../steps/change.ts";
import { CHANGED_MEANWHILE, compileActions, compileCopy, confirmScript, parseMark, type ScriptAction, WAITED_IN_VAIN } from "./compile-actions.ts";
import { likelyCause } from "./likely-cause.ts";
import { LOCKED, lockedText, RELEASE_LOCK_SCRIPT, takeLockScript } from "./machine-lock.ts";
import { StepFailed } from "./step-failed.ts";
import type { Values } from "./values.ts";

export interface SessionPorts {
  readonly connector: ShellConnector;
  readonly artifacts: ArtifactSource;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly values: Values;
  /** One script, one round trip. Rejects with `StepFailed` or `ShellFailed`. */
  gather(shell: Shell, questions: Questions): Promise<MachineFacts>;
  /** Every line that a machine said while it was changed; not those that hold values. */
  debug(line: string): void;
}

export const SESSION_BOUNDS = {
  connectDeadlineMs: 10_000,
  scriptDeadlineMs: 60_000,
  copyBytesPerSecondMin: 200_000,
  rebootPollMs: 500,
  /** Beyond the guard's own time: what it takes to put back, and to be reached again. */
  revertedWithinMs: 60_000,
  outputLinesKept: 20,
} as const;

export class MachineSession {
  readonly target: ShellTarget;
  readonly #ports: SessionPorts;
  readonly #owner: string;
  /** Of this run on this machine, over all its connections. */
  readonly #token = randomBytes(9).toString("hex");
  #shell: Shell | undefined;
  #isLocked = false;

  /** `owner` is for people who meet the lock. */
  constructor(target: ShellTarget, ports: SessionPorts, owner: string) {
    this.target = target;
    this.#ports = ports;
    this.#owner = owner;
  }

  get machine(): string {
    return this.target.machine;
  }

  async gather(questions: Questions): Promise<MachineFacts> {
    return this.#ports.gather(await this.#connected(), questions);
  }

  /** A script that changes nothing. */
  async read(script: string, deadlineMs: number = SESSION_BOUNDS.scriptDeadlineMs): Promise<{ code: number; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await (await this.#connected()).run({ script, deadlineMs });
    return { code, stdout: Buffer.from(stdout).toString("utf8"), stderr };
  }

  async lock(): Promise<void> {
    const { code, stdout } = await this.read(takeLockScript(this.#owner, this.#token));
    if (code === LOCKED) {
      const { ageSeconds, owner } = lockedText(stdout);
      throw new StepFailed("locked", `${this.machine}: ${owner || "another session"} has been at work on it for ${ageSeconds} s`, { machine: this.machine, hint: "wait for it to end; if it was interrupted, what it began is finishing on the machine itself" });
    }
    if (code !== 0) throw new StepFailed("change-failed", `${this.machine}: the lock could not be taken: ${stdout.trim()}`, { machine: this.machine, hint: "is /run writable, and is this root?" });
    this.#isLocked = true;
  }

  async close(): Promise<void> {
    const shell = this.#shell;
    this.#shell = undefined;
    if (shell === undefined) return;
    if (this.#isLocked) await shell.run({ script: RELEASE_LOCK_SCRIPT, deadlineMs: 5_000 }).catch(() => undefined);
    this.#isLocked = false;
    await shell.close();
  }

  /** All changes, in order; what needs nothing from outside travels together. Rejects with `StepFailed` at the first that fails, and performs nothing behind it. */
  async perform(changes: readonly Change[]): Promise<void> {
    const items = changes.flatMap((change) => change.run.map((action, index) => ({ change, action, isFirst: index === 0, isLast: index === change.run.length - 1 })));
    let batch: PlacedAction[] = [];
    const flush = async (): Promise<void> => {
      const together = batch;
      batch = [];
      if (together.length > 0) await this.#performTogether(together);
    };
    for (const item of items) {
      if (item.action.do === "reboot") {
        await flush();
        await this.#told(item, () => this.#reboot(item.change, item.action as Reboot));
      } else if (item.action.do === "copy") {
        await flush();
        await this.#told(item, () => this.#copy(item.change, item.action as CopyArtifact));
      } else if (item.action.do === "guarded") {
        await flush();
        await this.#performTogether([item], (nonce) => this.#confirm(item.change, item.action as Guarded, nonce));
      } else {
        // A value that an earlier action gives must be there before the text is filled.
        if (item.action.do === "obtain" || needsValues(item.action, this.#ports.values)) await flush();
        batch.push(item);
        if (item.action.do === "obtain") await flush();
      }
    }
    await flush();
  }

  async #performTogether(items: readonly PlacedAction[], afterwards: (nonce: string) => Promise<void> = async () => undefined): Promise<void> {
    const { values, debug } = this.#ports;
    for (const { change, action } of items) {
      const missing = textsOf(action).flatMap((text) => values.missing(text));
      if (missing.length > 0) throw this.#failed(change, "value-missing", `${missing.join(", ")} has no value`, action.do === "obtain" ? undefined : "secrets are set with: kubernest secret set NAME", []);
    }
    const shell = await this.#connected();
    const nonce = `@${randomBytes(9).toString("hex")}`;
    const script = compileActions(items.map(({ action }) => action as ScriptAction), nonce, (text) => values.fill(text));
    const tail: string[] = [];
    let current = -1;
    let beganMs = 0;
    const failures: { index: number; code: number }[] = [];
    const obtained = new Set<string>();
    const onLine = (line: string): void => {
      const mark = parseMark(line, nonce);
      const item = items[mark?.index ?? current];
      if (mark === undefined) {
        if (item?.action.do === "obtain") {
          const [, name, value] = /^([A-Za-z0-9_:.-]+)=(.*)$/.exec(line) ?? [];
          if (name !== undefined && value !== undefined && item.action.gives.includes(name)) {
            values.set(name, value);
            obtained.add(name);
          }
          // What such a script prints beside is not logged: it may hold the value in another form.
          return;
        }
        if (line.trim() === "") return;
        const clean = values.redact(line);
        debug(`${this.machine}: ${clean}`);
        tail.push(clean);
        if (tail.length > SESSION_BOUNDS.outputLinesKept) tail.shift();
        return;
      }
      assert(item !== undefined, "a machine marks only what it was given");
      if (mark.kind === "begin") {
        current = mark.index;
        beganMs = this.#ports.clock.now();
        tail.length = 0;
        if (item.isFirst) this.#ports.reporter.report({ kind: "change-began", machine: this.machine, step: item.change.step, summary: item.change.summary });
      } else if (mark.kind === "ok") {
        if (item.isLast) this.#ports.reporter.report({ kind: "change-ended", machine: this.machine, step: item.change.step, summary: item.change.summary, tookMs: this.#ports.clock.now() - beganMs });
      } else if (mark.kind === "waiting") {
        const action = item.action;
        if (action.do === "wait") this.#ports.reporter.report({ kind: "waiting", machine: this.machine, whatFor: action.whatFor, deadlineMs: action.deadlineMs, waitedMs: mark.seconds * 1000, lastError: mark.last || undefined, hint: action.hint });
      } else if (mark.kind === "failed") failures.push({ index: mark.index, code: mark.code });
    };
    const deadlineMs = items.reduce<number>((sum, { action }) => sum + deadlineOf(action), SESSION_BOUNDS.scriptDeadlineMs);
    let result;
    try {
      result = await shell.run({ script, deadlineMs, onLine });
    } catch (error) {
      if (!(error instanceof ShellFailed)) throw error;
      // A network that was cut by a guarded change comes back by itself.
      if (items.some(({ action }) => action.do === "guarded") && current >= 0) {
        await this.#lost();
        await afterwards(nonce);
        return;
      }
      await this.#lost();
      const at = items[Math.max(0, current)]!;
      throw this.#failed(at.change, "unreachable", error.message, error.hint, tail, error);
    }
    for (const { index, code } of failures) throw this.#failureOf(items[index]!, code, tail);
    if (result.code !== 0) throw this.#failed(items[Math.max(0, current)]!.change, "change-failed", `the script ended with ${result.code}: ${result.stderr.trim().split("\n").at(-1) ?? ""}`, undefined, tail);
    for (const { change, action } of items) {
      if (action.do !== "obtain") continue;
      const missing = action.gives.filter((name) => !obtained.has(name));
      if (missing.length > 0) throw this.#failed(change, "value-missing", `${action.shown} did not give ${missing.join(", ")}`, undefined, []);
    }
    await afterwards(nonce);
  }

  #failureOf({ change, action }: PlacedAction, code: number, tail: readonly string[]): StepFailed {
    if (code === CHANGED_MEANWHILE) return this.#failed(change, "changed-meanwhile", tail.at(-1) ?? "a file was changed meanwhile", "somebody or something else writes it: run the same command again", tail);
    if (action.do === "wait" && code === WAITED_IN_VAIN) return this.#failed(change, "waited-in-vain", `${action.whatFor}: not within ${Math.round(action.deadlineMs / 1000)} s${tail.length > 0 ? `; last: ${tail.at(-1)}` : ""}`, action.hint, tail);
    if (action.do === "guarded") return this.#failed(change, "change-failed", `${lastShown(action)} ended with exit code ${code}; what was there before is back`, action.run.map((inner) => (inner.do === "script" ? inner.hint : undefined)).find((hint) => hint !== undefined), tail);
    const shown = action.do === "script" || action.do === "obtain" ? action.shown : "it";
    return this.#failed(change, "change-failed", `${shown} ended with exit code ${code}`, likelyCause(this.machine, tail) ?? (action.do === "script" ? action.hint : undefined), tail);
  }

  #failed(change: Change, code: StepFailed["code"], what: string, hint: string | undefined, output: readonly string[], cause?: unknown): StepFailed {
    const message = `${this.machine}: ${change.summary}: ${what.startsWith(`${this.machine}: `) ? what.slice(this.machine.length + 2) : what}`;
    this.#ports.reporter.report({ kind: "change-failed", machine: this.machine, step: change.step, summary: change.summary, message: what });
    return new StepFailed(code, message, { machine: this.machine, step: change.step, hint, output: [...output], cause });
  }

  async #told(item: PlacedAction, run: () => Promise<void>): Promise<void> {
    const { reporter, clock } = this.#ports;
    const { step, summary } = item.change;
    const beganMs = clock.now();
    if (item.isFirst) reporter.report({ kind: "change-began", machine: this.machine, step, summary });
    await run();
    if (item.isLast) reporter.report({ kind: "change-ended", machine: this.machine, step, summary, tookMs: clock.now() - beganMs });
  }

  async #copy(change: Change, action: CopyArtifact): Promise<void> {
    let artifact: ObtainedArtifact;
    try {
      artifact = await this.#ports.artifacts.obtain(action.artifact);
      if (artifact.sha256 !== action.sha256) throw new ArtifactFailed("checksum-differs", action.artifact, `${action.artifact.name} is not the one that the plan names`, "plan again");
    } catch (error) {
      if (!(error instanceof ArtifactFailed)) throw error;
      throw this.#failed(change, "artifact", error.message, error.hint, [], error);
    }
    const shell = await this.#connected();
    const deadlineMs = SESSION_BOUNDS.scriptDeadlineMs + (artifact.sizeBytes / SESSION_BOUNDS.copyBytesPerSecondMin) * 1000;
    const result = await shell.run({ script: compileCopy(action), input: artifact, deadlineMs }).catch(async (error: unknown) => {
      await this.#lost();
      if (!(error instanceof ShellFailed)) throw error;
      throw this.#failed(change, "unreachable", error.message, error.hint, [], error);
    });
    const said = `${Buffer.from(result.stdout).toString("utf8")}\n${result.stderr}`.split("\n").filter((line) => line.trim() !== "").slice(-SESSION_BOUNDS.outputLinesKept);
    for (const line of said) this.#ports.debug(`${this.machine}: ${line}`);
    if (result.code !== 0) throw this.#failed(change, "change-failed", `putting ${action.artifact.name} in place ended with exit code ${result.code}${said.length > 0 ? `: ${said.at(-1)}` : ""}`, likelyCause(this.machine, said), said);
  }

  async #reboot(change: Change, action: Reboot): Promise<void> {
    const { clock, reporter } = this.#ports;
    const before = (await this.read("cat /proc/sys/kernel/random/boot_id")).stdout.trim();
    // Behind us, so that this session ends in order.
    await this.read("(sleep 0.3; systemctl reboot || reboot) >/dev/null 2>&1 &").catch(() => undefined);
    await this.#lost();
    const beganMs = clock.now();
    let lastError: string | undefined;
    let toldMs = beganMs;
    while (clock.now() - beganMs < action.deadlineMs) {
      await new Promise<void>((resolve) => void clock.after(SESSION_BOUNDS.rebootPollMs, resolve));
      try {
        const now = (await this.read("cat /proc/sys/kernel/random/boot_id")).stdout.trim();
        if (now !== "" && now !== before) {
          if (this.#isLocked) await this.lock();
          return;
        }
        lastError = "it has not gone down yet";
        await this.#lost();
      } catch (error) {
        if (!(error instanceof ShellFailed)) throw error;
        lastError = error.message;
      }
      if (clock.now() - toldMs >= 2_000) {
        toldMs = clock.now();
        reporter.report({ kind: "waiting", machine: this.machine, whatFor: `${this.machine} comes back from its reboot`, deadlineMs: action.deadlineMs, waitedMs: toldMs - beganMs, lastError, hint: undefined });
      }
    }
    throw this.#failed(change, "no-reboot", `it did not come back within ${Math.round(action.deadlineMs / 1000)} s: ${lastError ?? "no answer"}`, "look at its screen; when it is up again, run the same command: what is done already stays done", []);
  }

  /** The proof that we were not cut off is a new connection, not the old one. Without one, the machine is waited for until it has put back what it had. */
  async #confirm(change: Change, action: Guarded, nonce: string): Promise<void> {
    const { clock, reporter } = this.#ports;
    await this.#lost();
    const beganMs = clock.now();
    const deadlineMs = action.revertAfterMs + SESSION_BOUNDS.revertedWithinMs;
    let last: ShellFailed | undefined;
    let toldMs = beganMs;
    while (clock.now() - beganMs < deadlineMs) {
      try {
        const { code } = await this.read(confirmScript(nonce, 0));
        if (this.#isLocked) await this.lock();
        if (code === 0) return;
        throw this.#failed(change, "cut-off", `${action.whatIf}: it was put back by the machine itself`, action.hint ?? "look at what the plan shows for this step, and correct the file", [], last);
      } catch (error) {
        if (!(error instanceof ShellFailed)) throw error;
        last = error;
        await this.#lost();
        await new Promise<void>((resolve) => void clock.after(SESSION_BOUNDS.rebootPollMs, resolve));
      }
      if (clock.now() - toldMs >= 2_000) {
        toldMs = clock.now();
        reporter.report({ kind: "waiting", machine: this.machine, whatFor: `a new connection to ${this.machine}; without one it puts everything back by itself`, deadlineMs, waitedMs: toldMs - beganMs, lastError: last.message, hint: last.hint });
      }
    }
    throw this.#failed(change, "unreachable", `${action.whatIf}: it should have put everything back after ${Math.round(action.revertAfterMs / 1000)} s, and does not answer after ${Math.round(deadlineMs / 1000)} s`, "look at its screen; when it is switched off and on again, it puts back what was not confirmed", [], last);
  }

  async #connected(): Promise<Shell> {
    this.#shell ??= await this.#ports.connector.connect(this.target, { deadlineMs: SESSION_BOUNDS.connectDeadlineMs });
    return this.#shell;
  }

  async #lost(): Promise<void> {
    const shell = this.#shell;
    this.#shell = undefined;
    await shell?.close().catch(() => undefined);
  }
}

interface PlacedAction {
  change: Change;
  action: Action;
  isFirst: boolean;
  isLast: boolean;
}

type TextLike = { readonly text: string; readonly values?: readonly string[] };

function textsOf(action: Action): TextLike[] {
  switch (action.do) {
    case "write-file":
      return [action.content];
    case "script":
    case "obtain":
      return [action.script];
    case "wait":
      return [action.until];
    case "guarded":
      return action.run.flatMap((inner) => textsOf(inner));
    default:
      return [];
  }
}

function needsValues(action: Action, values: Values): boolean {
  return textsOf(action).some((text) => values.missing(text).length > 0);
}

/** The command of a guarded change, for whom it failed to. */
function lastShown({ run, whatIf }: Guarded): string {
  const script = run.findLast((inner) => inner.do === "script");
  return script?.do === "script" ? script.shown : whatIf;
}

const QUICK_MS = 30_000;

function deadlineOf(action: Action): number {
  switch (action.do) {
    case "script":
    case "obtain":
    case "wait":
      return action.deadlineMs + QUICK_MS;
    case "guarded":
      return action.run.reduce((sum, inner) => sum + deadlineOf(inner), QUICK_MS);
    default:
      return QUICK_MS;
  }
}
