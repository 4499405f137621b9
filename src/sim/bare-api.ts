/**
 * The API of the embedded cluster with nothing behind it: no controllers, no machines, no time that passes. For asking whether objects
 * would be accepted. Definitions take effect at once; all else stays as it was written.
 */
import { seededRandom } from "../lib/seeded-random.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { ADMISSION_PLUGINS } from "./api/admission/all.ts";
import type { SimClient } from "./api/client.ts";
import { customResourceDefinitionController } from "./api/extensions/custom-resource-definition.ts";
import { createHandler, type Handler } from "./api/http/handler.ts";
import { Identities } from "./api/http/identity.ts";
import { bootstrap } from "./api/registry/bootstrap.ts";
import { localClient } from "./api/registry/local-client.ts";
import { Registry } from "./api/registry/registry.ts";
import { apiVersionOf, ResourceTypes, splitApiVersion } from "./api/resource-types.ts";
import { EventLoop } from "./clock/event-loop.ts";
import { startReconciler } from "./controllers/reconciler.ts";
import { versionInfo } from "./cluster.ts";
import { initialNode } from "./kubelet/node-status.ts";
import type { SimMachine } from "./machine.ts";
import { Store } from "./store/store.ts";

export interface BareApiOptions {
  /** `v1.36.1+k3s1` */
  version: string;
  seed: string;
  startMs: number;
  network: { serviceCidrs: readonly string[] };
  apiAddresses: readonly string[];
  apiPort: number;
}

/** What is left when the definitions are there, for many APIs that begin alike. */
export interface BareApiStart {
  dump: ReturnType<Store["dump"]>;
  types: ResourceTypes;
}

/** A key of nobody: no token of this API is ever given out. */
const NO_KEY = Buffer.alloc(32);
const SETTLE_MS = 1000;

export class BareApi {
  readonly handler: Handler;
  readonly #loop: EventLoop;
  readonly #registry: Registry;
  readonly #client: SimClient;

  constructor(options: BareApiOptions, start?: BareApiStart) {
    const random = seededRandom(options.seed);
    const store = new Store();
    if (start !== undefined) store.restore(start.dump);
    this.#loop = new EventLoop(options.startMs);
    this.#registry = new Registry({
      store,
      types: start?.types ?? new ResourceTypes(),
      clock: this.#loop,
      random: random.fork("registry"),
      admission: ADMISSION_PLUGINS,
      services: { cidrs: options.network.serviceCidrs, random: random.fork("services") },
    });
    this.#registry.reader = localClient(this.#registry, "system:apiserver");
    this.#client = localClient(this.#registry, "kubernetes-admin", "kubernest");
    if (start === undefined) bootstrap(this.#registry, { serviceCidrs: options.network.serviceCidrs, apiAddresses: options.apiAddresses, apiPort: options.apiPort });
    this.handler = createHandler({
      registry: this.#registry,
      identities: new Identities(NO_KEY, store, this.#loop),
      version: versionInfo(options.version),
      serverAddress: `${options.apiAddresses[0] ?? "127.0.0.1"}:${options.apiPort}`,
      pods: { readLogs: () => ({ text: "" }), http: () => undefined },
      extras: [],
      log: () => undefined,
    });
  }

  /** Makes what was written of definitions effective, and returns where another API may begin. */
  start(): BareApiStart {
    const stop = startReconciler(customResourceDefinitionController(this.#registry.types), { client: localClient(this.#registry, "system:apiserver"), clock: this.#loop, random: seededRandom("definitions"), log: () => undefined });
    this.#loop.runUntil(this.#loop.now() + SETTLE_MS);
    stop();
    return { dump: this.#registry.store.dump(), types: this.#registry.types };
  }

  /** `apps/v1`, `Deployment` → how its objects are addressed; undefined where the API serves no such kind. */
  resourceOf(apiVersion: string, kind: string): { groupVersion: string; plural: string; kind: string; isNamespaced: boolean } | undefined {
    const type = this.#registry.types.all().find((each) => each.kind === kind && apiVersionOf(each) === apiVersion);
    return type === undefined ? undefined : { groupVersion: apiVersion, plural: type.plural, kind, isNamespaced: type.namespaced };
  }

  /** `apps/v1` */
  serves(groupVersion: string): boolean {
    const { group, version } = splitApiVersion(groupVersion);
    return this.#registry.types.hasGroupVersion(group, version);
  }

  /** What its controller gives a new namespace at once, and pods in it need. */
  giveServiceAccount(namespace: string): void {
    if (this.#client.get("serviceaccounts", namespace, "default") !== undefined) return;
    this.#client.create("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } });
  }

  /** Registers a machine as its kubelet would. Throws `ApiError`. */
  register(machine: SimMachine): KubeObject {
    return this.#client.create("nodes", initialNode(machine));
  }
}
