/** A small client of a Kubernetes API, the same for the embedded cluster and a real one. What it cannot do, kubectl does. */
import type { KubeObject } from "../objects/kube-object.ts";
import type { KubeRequest, KubeTransport } from "../ports/kube-transport.ts";

export interface ApiResource {
  /** `apps/v1`, `v1` */
  groupVersion: string;
  plural: string;
  kind: string;
  isNamespaced: boolean;
}

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** The API server said no. `reason` is upstream's: NotFound, Conflict, Invalid, … */
export class KubeRefused extends Error {
  override name = "KubeRefused";
  readonly code: number;
  readonly reason: string;
  /** What is wrong, field by field, where the server says so. */
  readonly causes: readonly StatusCause[];
  constructor(code: number, reason: string, message: string, causes: readonly StatusCause[] = []) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.causes = causes;
  }
}

export interface ApplyOptions {
  fieldManager: string;
  force: boolean;
  isDryRun?: boolean;
}

export class KubeClient {
  readonly #transport: KubeTransport;
  readonly #resources = new Map<string, Promise<ApiResource[]>>();

  constructor(transport: KubeTransport) {
    this.#transport = transport;
  }

  /** The resource that serves a kind; rejects with NotFound when the API has none. Discovery is asked once per group version, and again after a miss. */
  async resourceOf(apiVersion: string, kind: string): Promise<ApiResource> {
    const isKnown = this.#resources.has(apiVersion);
    const found = (await this.#discover(apiVersion)).find((resource) => resource.kind === kind);
    if (found !== undefined) return found;
    if (isKnown) {
      this.#resources.delete(apiVersion);
      const again = (await this.#discover(apiVersion)).find((resource) => resource.kind === kind);
      if (again !== undefined) return again;
    }
    throw new KubeRefused(404, "NotFound", `the API serves no kind ${kind} in ${apiVersion}`);
  }

  /** Server-side apply. Warnings are given to `onWarning`. */
  async apply(object: KubeObject, options: ApplyOptions, onWarning: (text: string) => void = () => undefined): Promise<KubeObject> {
    const resource = await this.resourceOf(object.apiVersion, object.kind);
    const response = await this.#send(
      {
        method: "PATCH",
        path: pathOf(resource, object.metadata.namespace, object.metadata.name),
        query: { fieldManager: options.fieldManager, fieldValidation: "Strict", ...(options.force ? { force: "true" } : {}), ...(options.isDryRun ? { dryRun: "All" } : {}) },
        contentType: "application/apply-patch+yaml",
        body: JSON.stringify(object),
      },
      onWarning,
    );
    return response as KubeObject;
  }

  /** A JSON merge patch: null takes a field away. */
  async mergePatch(apiVersion: string, kind: string, namespace: string | undefined, name: string, patch: object, fieldManager: string): Promise<KubeObject> {
    const path = pathOf(await this.resourceOf(apiVersion, kind), namespace, name);
    return (await this.#send({ method: "PATCH", path, query: { fieldManager, fieldValidation: "Strict" }, contentType: "application/merge-patch+json", body: JSON.stringify(patch) })) as KubeObject;
  }

  async get(apiVersion: string, kind: string, namespace: string | undefined, name: string): Promise<KubeObject> {
    return (await this.#send({ method: "GET", path: pathOf(await this.resourceOf(apiVersion, kind), namespace, name) })) as KubeObject;
  }

  /** Undefined instead of NotFound. */
  async find(apiVersion: string, kind: string, namespace: string | undefined, name: string): Promise<KubeObject | undefined> {
    try {
      return await this.get(apiVersion, kind, namespace, name);
    } catch (error) {
      if (error instanceof KubeRefused && error.reason === "NotFound") return undefined;
      throw error;
    }
  }

  /** All objects of a kind, page by page. */
  async list(apiVersion: string, kind: string, namespace?: string, labelSelector?: string): Promise<KubeObject[]> {
    const resource = await this.resourceOf(apiVersion, kind);
    const items: KubeObject[] = [];
    let token: string | undefined;
    do {
      const page = (await this.#send({
        method: "GET",
        path: pathOf(resource, namespace, undefined),
        query: { limit: "500", ...(token ? { continue: token } : {}), ...(labelSelector ? { labelSelector } : {}) },
      })) as { items: KubeObject[]; metadata: { continue?: string } };
      for (const item of page.items) items.push({ ...item, apiVersion, kind });
      token = page.metadata.continue || undefined;
    } while (token !== undefined);
    return items;
  }

  /** Succeeds when there is nothing to delete. */
  async delete(apiVersion: string, kind: string, namespace: string | undefined, name: string): Promise<void> {
    try {
      await this.#send({ method: "DELETE", path: pathOf(await this.resourceOf(apiVersion, kind), namespace, name), query: { propagationPolicy: "Background" } });
    } catch (error) {
      if (!(error instanceof KubeRefused && error.reason === "NotFound")) throw error;
    }
  }

  /** Asks a pod to go; refused with 429 while a disruption budget protects it. */
  async evict(namespace: string, name: string): Promise<void> {
    const path = `${pathOf({ groupVersion: "v1", plural: "pods", kind: "Pod", isNamespaced: true }, namespace, name)}/eviction`;
    await this.#send({ method: "POST", path, contentType: "application/json", body: JSON.stringify({ apiVersion: "policy/v1", kind: "Eviction", metadata: { namespace, name } }) });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #discover(apiVersion: string): Promise<ApiResource[]> {
    let found = this.#resources.get(apiVersion);
    if (found === undefined) {
      found = this.#send({ method: "GET", path: apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}` }).then(
        (document) =>
          ((document as { resources?: { name: string; kind: string; namespaced: boolean }[] }).resources ?? [])
            .filter((resource) => !resource.name.includes("/"))
            .map((resource) => ({ groupVersion: apiVersion, plural: resource.name, kind: resource.kind, isNamespaced: resource.namespaced })),
        (error: unknown) => {
          // A group that is not served yet may be served a moment later, when its definition is established.
          this.#resources.delete(apiVersion);
          if (error instanceof KubeRefused && error.code === 404) return [];
          throw error;
        },
      );
      this.#resources.set(apiVersion, found);
    }
    return found;
  }

  async #send(request: KubeRequest, onWarning: (text: string) => void = () => undefined): Promise<unknown> {
    const response = await this.#transport.request(request);
    for (const warning of response.warnings) onWarning(warning);
    if (response.code >= 200 && response.code < 300) return JSON.parse(response.body) as unknown;
    throw refusalOf(response.code, response.body);
  }
}

export function pathOf(resource: ApiResource, namespace: string | undefined, name: string | undefined): string {
  const base = resource.groupVersion.includes("/") ? `/apis/${resource.groupVersion}` : `/api/${resource.groupVersion}`;
  const scope = resource.isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${base}${scope}/${resource.plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}

function refusalOf(code: number, body: string): KubeRefused {
  try {
    const status = JSON.parse(body) as { message?: string; reason?: string; details?: { causes?: StatusCause[] } };
    return new KubeRefused(code, status.reason ?? "", status.message ?? body, status.details?.causes);
  } catch {
    // Not a Status: a proxy, or a path that nothing serves.
    return new KubeRefused(code, "", body.trim() || `HTTP ${code}`);
  }
}
