/**
 * Whether the API would take everything that a homelab implies: each object applied, in strict mode and in the order of a rehearsal, to the
 * embedded API with nothing behind it. Refusals are values, each with the place in the file that its object comes from.
 */
import type { Path } from "../config/finding.ts";
import type { Homelab } from "../config/homelab.ts";
import { applyRank } from "../kube/apply-all.ts";
import { pathOf } from "../kube/kube-client.ts";
import { assert } from "../lib/assert.ts";
import { seededRandom } from "../lib/seeded-random.ts";
import type { RenderedObject } from "../manifests/rendered.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { BareApi, type BareApiOptions, type BareApiStart } from "../sim/bare-api.ts";
import { ADMINISTRATOR } from "./in-process-transport.ts";
import { objectKey } from "./object-difference.ts";
import { renderedToRehearse } from "./rehearsed-objects.ts";
import { simMachines } from "./sim-machines.ts";

export interface Refusal {
  /** Where the file says what the object is made of. */
  at: Path;
  object: KubeObject;
  /** A group that the API does not serve at all may be brought by a chart; the groups it serves have the kinds that they have. */
  reason: "group-not-served" | "kind-not-served" | "refused";
  /** Upstream's message. */
  message: string;
  /** What upstream says of each field that it names, with the field in its notation: `spec.ports[0].name`. */
  causes: readonly { field: string; message: string }[];
}

const START_MS = Date.UTC(2026, 0, 1);
const FIELD_MANAGER = "kubernest";
/** Homelabs seldom differ in their definitions, and those are most of the work: APIs that have them are kept. */
const STARTS_COUNT_MAX = 8;

interface Prepared {
  start: BareApiStart;
  refusals: readonly Refusal[];
}

export class ApiAcceptance {
  readonly #prepared = new Map<string, Prepared>();
  /** A homelab is never changed, and asked about by several. */
  readonly #known = new WeakMap<Homelab, readonly Refusal[]>();

  /** In the order in which things are applied; empty when all is accepted. */
  refusals(homelab: Homelab): readonly Refusal[] {
    let found = this.#known.get(homelab);
    if (found === undefined) this.#known.set(homelab, (found = this.#ask(homelab)));
    return found;
  }

  #ask(homelab: Homelab): Refusal[] {
    const items = renderedToRehearse(homelab, seededRandom("api-acceptance"));
    const definitions = items.filter((item) => item.object.kind === "CustomResourceDefinition");
    const options = apiOptions(homelab);
    const { start, refusals } = this.#prepare(definitions, options);
    const api = new BareApi(options, start);
    const found = [...refusals];
    const machines = simMachines(homelab);
    for (const [name, machine] of Object.keys(homelab.machines).map((key, index) => [key, machines[index]!] as const)) {
      if (!machine.isNode) continue;
      try {
        api.register(machine);
      } catch (error) {
        found.push({ at: ["machines", name], object: { apiVersion: "v1", kind: "Node", metadata: { name: machine.name } }, reason: "refused", message: (error as Error).message, causes: [] });
      }
    }
    const others = items.filter((item) => item.object.kind !== "CustomResourceDefinition");
    for (const item of inApplyOrder(others)) {
      const refusal = apply(api, item);
      if (refusal !== undefined) found.push(refusal);
      else if (item.object.kind === "Namespace") api.giveServiceAccount(item.object.metadata.name);
    }
    return found;
  }

  #prepare(definitions: readonly RenderedObject[], options: BareApiOptions): Prepared {
    const key = JSON.stringify([options, definitions.map((item) => [objectKey(item.object), item.object["spec"] as unknown])]);
    let prepared = this.#prepared.get(key);
    if (prepared === undefined) {
      const api = new BareApi(options);
      const refusals = definitions.flatMap((item) => apply(api, item) ?? []);
      prepared = { start: api.start(), refusals };
      if (this.#prepared.size >= STARTS_COUNT_MAX) this.#prepared.delete([...this.#prepared.keys()][0]!);
      this.#prepared.set(key, prepared);
    }
    return prepared;
  }
}

function apiOptions({ kubernetes }: Homelab): BareApiOptions {
  return { version: kubernetes.version, seed: "api-acceptance", startMs: START_MS, network: { serviceCidrs: kubernetes.network.services }, apiAddresses: ["192.0.2.1"], apiPort: kubernetes.endpoint.port };
}

/** Webhooks last: here is nobody whom they could ask. */
function inApplyOrder(items: readonly RenderedObject[]): RenderedObject[] {
  const isWebhook = ({ object }: RenderedObject): number => Number(object.kind.endsWith("WebhookConfiguration"));
  return [...items].sort((a, b) => isWebhook(a) - isWebhook(b) || applyRank(a.object) - applyRank(b.object));
}

function apply(api: BareApi, { at, object }: RenderedObject): Refusal | undefined {
  const resource = api.resourceOf(object.apiVersion, object.kind);
  if (resource === undefined) return { at, object, reason: api.serves(object.apiVersion) ? "kind-not-served" : "group-not-served", message: `the API serves no kind ${object.kind} in ${object.apiVersion}`, causes: [] };
  const answer = api.handler({
    method: "PATCH",
    path: pathOf(resource, object.metadata.namespace, object.metadata.name),
    query: new URLSearchParams({ fieldManager: FIELD_MANAGER, fieldValidation: "Strict", force: "true" }),
    headers: { accept: "application/json", "content-type": "application/apply-patch+yaml", "user-agent": "kubernest" },
    body: Buffer.from(JSON.stringify(object)),
    user: ADMINISTRATOR,
  });
  assert(!(answer instanceof Promise), "an API without webhooks answers at once");
  const { code, body } = answer;
  if (code < 400) return undefined;
  const text = body?.toString() ?? "";
  try {
    const { message = text, details } = JSON.parse(text) as { message?: string; details?: { causes?: { field?: string; message?: string }[] } };
    const causes = (details?.causes ?? []).flatMap((cause) => (cause.field ? [{ field: cause.field, message: cause.message ?? message }] : []));
    return { at, object, reason: "refused", message, causes: causes.length > 0 ? causes : typedCauses(message) };
  } catch {
    // Not a Status: a path that nothing serves.
    return { at, object, reason: "refused", message: text || `HTTP ${code}`, causes: [] };
  }
}

/** `failed to create typed patch object (…): .spec.x: field not declared in schema`, and the same for several fields, one a line. */
function typedCauses(message: string): Refusal["causes"] {
  if (!message.startsWith("failed to create typed patch object")) return [];
  return [...message.matchAll(/(?:: |\n\s*)(\.[^\s:]+): ([^\n]*)/g)].map(([, field = "", text = ""]) => ({ field: field.slice(1), message: text.replace(/, got &.*$/, "") }));
}
