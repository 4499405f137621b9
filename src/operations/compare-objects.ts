/**
 * What applying objects would change in a running cluster: the server is asked (a dry run), and its answer compared with what is there. Changes nothing.
 */
import { StepFailed } from "../engine/step-failed.ts";
import { inParallel } from "../kube/in-parallel.ts";
import { type KubeClient, KubeRefused } from "../kube/kube-client.ts";
import { equalJson } from "../lib/json.ts";
import { FIELD_MANAGER } from "../manifests/names.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import type { PlannedObject } from "../plan/plan.ts";
import type { Risk } from "../steps/change.ts";
import { askedFor, objectDiff } from "./object-diff.ts";
import { groupOf, nameOf } from "./object-name.ts";

/** An object with everything in it that is applied, and what a diff may say of its values. */
export interface WantedObject {
  readonly object: KubeObject;
  readonly secretNames: Readonly<Record<string, string>>;
}

export interface WantedChange extends WantedObject {
  readonly planned: PlannedObject;
}

/** Requests at a time: more does not make a small API server faster. */
export const REQUESTS_AT_ONCE_MAX = 16;

/** In the order of `wanted`; what is as it should be is left out. Rejects with `StepFailed` for what the API would not take. */
export async function compareObjects(client: KubeClient, wanted: readonly WantedObject[]): Promise<WantedChange[]> {
  const found = new Map<WantedObject, PlannedObject>();
  await inParallel(wanted, REQUESTS_AT_ONCE_MAX, async (each) => {
    const planned = await compareOne(client, each);
    if (planned !== undefined) found.set(each, planned);
  });
  return wanted.flatMap((each) => (found.has(each) ? [{ ...each, planned: found.get(each)! }] : []));
}

async function compareOne(client: KubeClient, { object, secretNames }: WantedObject): Promise<PlannedObject | undefined> {
  const { apiVersion, kind, metadata } = object;
  const name = nameOf(object);
  const create: PlannedObject = { object: name, action: "create", risk: "safe", diff: undefined };
  try {
    const [live, answer] = await Promise.all([client.find(apiVersion, kind, metadata.namespace, metadata.name), dryRun(client, object)]);
    if (live === undefined || answer.result === undefined) return live === undefined ? create : { object: name, action: "apply", risk: "safe", diff: answer.why };
    const conflicts = answer.conflicts.map((text) => `# taken over: ${text}`);
    if (equalJson(askedFor(live), askedFor(answer.result))) {
      const others = managersOf(live);
      if (others.includes(FIELD_MANAGER)) return undefined;
      return { object: name, action: "change", risk: "safe", diff: `# as the file says already, made by ${others.join(", ") || "another hand"}: from now on it is kept so` };
    }
    return { object: name, action: "change", risk: riskOf(live, answer.result), diff: [...conflicts, objectDiff(live, answer.result, secretNames)].join("\n") };
  } catch (error) {
    throw asRefusal(error, name);
  }
}

interface DryRun {
  /** Undefined when the server could not tell. */
  readonly result: KubeObject | undefined;
  readonly why?: string;
  /** Fields that another manager set to something else. */
  readonly conflicts: readonly string[];
}

async function dryRun(client: KubeClient, object: KubeObject): Promise<DryRun> {
  const apply = (force: boolean): Promise<KubeObject> => client.apply(object, { fieldManager: FIELD_MANAGER, force, isDryRun: true });
  try {
    return { result: await apply(false), conflicts: [] };
  } catch (error) {
    if (!(error instanceof KubeRefused)) throw error;
    if (error.code === 409 && error.reason === "Conflict") return { result: await apply(true), conflicts: conflictTexts(error) };
    // Its kind or its namespace is not there yet.
    if (error.code === 404) return { result: undefined, why: "# its kind is not served yet", conflicts: [] };
    // A webhook that does not answer, or does not know dry runs.
    if (error.code >= 500 || (error.code === 400 && error.reason === "BadRequest" && error.message.includes("dry run"))) return { result: undefined, why: `# what changes could not be asked: ${error.message}`, conflicts: [] };
    throw error;
  }
}

function conflictTexts(error: KubeRefused): string[] {
  const causes = error.causes.filter(({ reason }) => reason === "FieldManagerConflict");
  return causes.length === 0 ? [error.message] : causes.map(({ field, message }) => `${field ?? ""} (${(message ?? "").replace("conflict with", "was set by")})`);
}

/** Who applied or wrote the object, but for its status. */
function managersOf(object: KubeObject): string[] {
  const entries = (object.metadata.managedFields ?? []).filter(({ subresource }) => subresource === undefined || subresource === "");
  return [...new Set(entries.filter(({ manager, operation }) => manager !== FIELD_MANAGER || operation === "Apply").map(({ manager }) => manager ?? ""))];
}

/** Pods that end before their successors run are an outage, however short. */
function riskOf(live: KubeObject, wanted: KubeObject): Risk {
  if (groupOf(live.apiVersion) !== "apps") return "safe";
  if (equalJson(live["spec"]?.template, wanted["spec"]?.template)) return "safe";
  return live.kind === "Deployment" && wanted["spec"]?.strategy?.type !== "Recreate" ? "safe" : "disrupts";
}

function asRefusal(error: unknown, name: string): unknown {
  if (!(error instanceof KubeRefused)) return error instanceof StepFailed ? error : new StepFailed("unreachable", `${name}: the API did not answer: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  const isImmutable = /immutable|may not be changed|updates to .* are forbidden/.test(error.message);
  return new StepFailed("refused", `${name}: the API refuses it: ${error.message}`, {
    hint: isImmutable ? `what is there cannot be changed into it: kubectl delete ${kubectlName(name)}, then run the same command again` : "correct the file; kubernest render shows the object",
    cause: error,
  });
}

/** `deployment gazette -n gazette` */
export function kubectlName(name: string): string {
  const [kind = "", place = ""] = name.split(" ");
  const [namespace, plain] = place.includes("/") ? place.split("/") : [undefined, place];
  return `${kind.toLowerCase()} ${plain}${namespace === undefined ? "" : ` -n ${namespace}`}`;
}
