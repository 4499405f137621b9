/** Runs conformance cases against one API server, several at a time, and compares their answers with the recordings. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Case, RequestStep, Show, Step, UntilAllowedStep, WatchStep } from "./case.ts";
import type { Api, Answer } from "./client.ts";
import { at, differences, holds, Normaliser, pick, splitPath } from "./normalise.ts";

const POLL_MS = 50;
const REFUSAL_FIELD = /^(code|reason|message|details)\b/;
const ALLOWED_DEADLINE_MS = 10_000;
const WATCH_DEADLINE_MS = 20_000;

/** What one step of one case showed, normalised; `null` for a step that shows nothing. */
export type Shown = unknown;

export type Recordings = Record<string, Shown[]>;

export interface CaseResult {
  id: string;
  ok: boolean;
  ms: number;
  shown: Shown[];
  /** Why it failed, one difference a line. */
  why: string[];
}

export interface RunOptions {
  recordings: Recordings;
  parallel: number;
  /** Takes what is shown as right, instead of comparing it. */
  isRecording?: boolean;
  onResult?(result: CaseResult): void;
}

export async function runCases(api: Api, cases: readonly Case[], options: RunOptions): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const prefix = `c${Date.now().toString(36)}`;
  let index = 0;
  const one = async (item: Case): Promise<void> => {
    const result = await runCase(api, item, `${prefix}-${(index++).toString(36)}x`, options);
    results.push(result);
    options.onResult?.(result);
  };
  const together = cases.filter((item) => !item.isSerial);
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.max(1, options.parallel) }, async () => {
      for (let item = together[next++]; item !== undefined; item = together[next++]) await one(item);
    }),
  );
  for (const item of cases.filter((item) => item.isSerial)) await one(item);
  return results.sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function runCase(api: Api, item: Case, namespace: string, options: RunOptions): Promise<CaseResult> {
  const startedMs = performance.now();
  const runner = new CaseRunner(api, namespace);
  const why: string[] = [];
  try {
    await runner.open(item.namespaceLabels ?? {});
    for (const step of item.steps) await runner.step(step);
  } catch (error) {
    why.push(`step ${runner.shown.length}: ${error instanceof Error ? error.message : String(error)}`);
  }
  await runner.close().catch((error: unknown) => why.push(`cleaning up: ${String(error)}`));
  if (why.length === 0 && !options.isRecording) {
    const recorded = options.recordings[item.id];
    if (recorded === undefined) why.push("no recording of the real control plane");
    else for (const line of differences(JSON.parse(JSON.stringify(runner.shown)), recorded)) why.push(line);
  }
  return { id: item.id, ok: why.length === 0, ms: Math.round(performance.now() - startedMs), shown: runner.shown, why };
}

class CaseRunner {
  readonly shown: Shown[] = [];
  readonly #api: Api;
  readonly #namespace: string;
  readonly #normaliser: Normaliser;
  readonly #answers: unknown[] = [];
  /** Cluster-wide objects to remove, newest last. */
  readonly #made: string[] = [];

  constructor(api: Api, namespace: string) {
    this.#api = api;
    this.#namespace = namespace;
    this.#normaliser = new Normaliser(namespace);
  }

  async open(labels: Record<string, string>): Promise<void> {
    const answer = await this.#api.call({ method: "POST", path: "/api/v1/namespaces", body: { apiVersion: "v1", kind: "Namespace", metadata: { name: this.#namespace, labels } } });
    if (answer.code !== 201) throw new Error(`creating its namespace: ${answer.code} ${JSON.stringify(answer.body)}`);
    // Pods are refused before their ServiceAccount is there.
    await this.#poll(`/api/v1/namespaces/${this.#namespace}/serviceaccounts/default`, {}, 20_000);
    await this.#poll(`/api/v1/namespaces/${this.#namespace}/configmaps/kube-root-ca.crt`, {}, 20_000);
  }

  async close(): Promise<void> {
    for (const path of this.#made.toReversed()) await this.#api.call({ method: "DELETE", path });
    await this.#api.call({ method: "DELETE", path: `/api/v1/namespaces/${this.#namespace}` });
    // Ports and memory on the nodes are free for the next case at once, not after a grace period.
    await this.#api.call({ method: "DELETE", path: `/api/v1/namespaces/${this.#namespace}/pods?gracePeriodSeconds=0` });
  }

  async step(step: Step): Promise<void> {
    if (step.do === "request") {
      const answer = await this.#request(step);
      this.#answers.push(answer.body);
      this.#show(answer, step.show);
    } else if (step.do === "until") {
      const answer = await this.#poll(this.#path(step.path, step.query), step.match === undefined ? undefined : this.#fill(step.match), step.deadlineMs);
      this.#answers.push(answer.body);
      this.#show(answer, step.show);
    } else if (step.do === "watch") {
      await this.#watch(step);
    } else if (step.do === "until-allowed") {
      await this.#untilAllowed(step);
      this.#answers.push(undefined);
      this.shown.push(null);
    } else if (step.do === "until-refused") {
      const path = this.#path(step.path, "dryRun=All");
      for (const endMs = performance.now() + step.deadlineMs; ; await sleep(POLL_MS)) {
        const answer = await this.#api.call({ method: "POST", path, body: this.#fill(step.body) });
        if (answer.code >= 400) break;
        if (performance.now() > endMs) throw new Error(`POST ${path}: still accepted after ${step.deadlineMs / 1000} s`);
      }
      this.#answers.push(undefined);
      this.shown.push(null);
    } else {
      const path = this.#path(step.path);
      for (const endMs = performance.now() + step.forMs; performance.now() < endMs; await sleep(POLL_MS)) {
        const answer = await this.#api.call({ method: "GET", path });
        if (holds(answer.body, this.#fill(step.match))) throw new Error(`${path} came to hold ${JSON.stringify(step.match)}`);
      }
      this.#answers.push(undefined);
      this.shown.push(null);
    }
  }

  #show(answer: Answer, show: Show): void {
    if (show === "none") this.shown.push(null);
    else if (show === "code") this.shown.push({ code: answer.code });
    else {
      const body = this.#normaliser.value(answer.body);
      // A refusal is shown whole where the case did not say which of its fields.
      const isWhole = show === "all" || (answer.code >= 400 && !show.some((path) => REFUSAL_FIELD.test(path)));
      this.shown.push({ code: answer.code, body: isWhole ? body : pick(body, show) });
    }
  }

  async #request(step: RequestStep): Promise<Answer> {
    const path = this.#path(step.path, step.query);
    const answer = await this.#api.call({
      method: step.method,
      path,
      body: step.body === undefined ? undefined : this.#fill(step.body),
      contentType: step.contentType,
      accept: step.accept,
      headers: this.#impersonation(step),
    });
    this.#remember(step.method, path, answer);
    return answer;
  }

  #impersonation(step: RequestStep): Record<string, string> {
    if (step.as === undefined) return {};
    const groups = (step.as.groups ?? []).map((group) => this.#fillText(group));
    return { "impersonate-user": this.#fillText(step.as.user), ...(groups.length > 0 ? { "impersonate-group": groups[0]! } : {}) };
  }

  /** What was created outside the namespace must be removed by us. */
  #remember(method: string, path: string, answer: Answer): void {
    if (answer.code !== 201 || path.includes(`/namespaces/${this.#namespace}/`) || path.includes("dryRun=All")) return;
    const name = at(answer.body, ["metadata", "name"]);
    const bare = path.split("?")[0]!;
    if (typeof name === "string" && name !== "") this.#made.push(method === "POST" ? `${bare}/${name}` : bare);
  }

  async #untilAllowed({ subject, verb, resource, name }: UntilAllowedStep): Promise<void> {
    const spec = { user: this.#fillText(subject), resourceAttributes: { verb, resource, namespace: this.#namespace, ...(name ? { name } : {}) } };
    const body = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
    for (const endMs = performance.now() + ALLOWED_DEADLINE_MS; ; await sleep(POLL_MS)) {
      const answer = await this.#api.call({ method: "POST", path: "/apis/authorization.k8s.io/v1/subjectaccessreviews", body });
      if (holds(answer.body, { status: { allowed: true } })) return;
      if (performance.now() > endMs) throw new Error(`${spec.user} may still not ${verb} ${resource}`);
    }
  }

  async #watch(step: WatchStep): Promise<void> {
    const events: unknown[] = [];
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), WATCH_DEADLINE_MS);
    const index = this.shown.length;
    this.shown.push(null);
    this.#answers.push(undefined);
    const path = this.#path(step.path, `watch=true${step.query ? `&${step.query}` : ""}`);
    const stream = this.#api.watch(path, {}, (event) => events.push(event) >= step.count, abort.signal);
    // A refused or finished stream must not wait for the steps; a failed one must not crash before it is awaited.
    stream.catch(() => {});
    await sleep(step.during.length > 0 ? 150 : 0);
    for (const inner of step.during) await this.step(inner);
    const answer = await stream.finally(() => clearTimeout(timer));
    this.#answers[index] = events;
    this.shown[index] = {
      code: answer.code,
      ...(answer.body === undefined ? {} : { body: this.#normaliser.value(answer.body) }),
      events: events.map((event) => {
        const { type, object } = event as { type: string; object: unknown };
        const normal = this.#normaliser.value(object);
        return { type, object: typeof step.show === "string" ? normal : pick(normal, step.show) };
      }),
    };
  }

  async #poll(path: string, match: unknown, deadlineMs: number): Promise<Answer> {
    const endMs = performance.now() + deadlineMs;
    for (;;) {
      const answer = await this.#api.call({ method: "GET", path });
      if (match === undefined ? answer.code === 404 : answer.code === 200 && holds(answer.body, match)) return answer;
      if (performance.now() > endMs) throw new Error(`${path}: not within ${deadlineMs / 1000} s ${match === undefined ? "gone" : JSON.stringify(match)}; last: ${answer.code} ${JSON.stringify(answer.body).slice(0, 1_500)}`);
      await sleep(POLL_MS);
    }
  }

  #path(path: string, query?: string): string {
    const filled = this.#fillText(path);
    const tail = query === undefined ? "" : `?${this.#fillText(query)}`;
    if (filled.startsWith("/")) return filled + tail;
    const [first, second, ...rest] = filled.split("/") as [string, ...string[]];
    if (second !== undefined && /^v\d/.test(second)) return `/apis/${first}/${second}/namespaces/${this.#namespace}/${rest.join("/")}${tail}`;
    return `/api/v1/namespaces/${this.#namespace}/${filled}${tail}`;
  }

  #fill(value: unknown): unknown {
    if (typeof value === "string") return this.#fillText(value);
    if (Array.isArray(value)) return value.map((item) => this.#fill(item));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.#fillText(key), this.#fill(item)]));
  }

  #fillText(text: string): string {
    return text.replaceAll("$NS", this.#namespace).replace(/\{\{(\d+)\.([^}]+)\}\}/g, (_, index: string, path: string) => {
      const found = at(this.#answers[Number(index)], splitPath(path));
      if (found === undefined) throw new Error(`step ${index} has no ${path}: ${JSON.stringify(this.#answers[Number(index)])?.slice(0, 300)}`);
      return String(found);
    });
  }
}
