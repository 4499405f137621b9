/** What is wrong with registries, for all machines at once: unreachable, counting pulls, or without an image. A pull that fails says what containerd says. */
import { fullImageName } from "./image-name.ts";

export class Registries {
  readonly #unreachable = new Set<string>();
  /** By registry: the pulls it still answers. */
  readonly #left = new Map<string, number>();
  readonly #missing = new Set<string>();
  /** Asked for each pull, after the registries themselves: a way that goes through the cluster, such as its DNS or its own ingress. */
  wayTo: (registry: string, machine: string, image: string) => string | undefined = () => undefined;

  setReachable(registry: string, isReachable: boolean): void {
    if (isReachable) this.#unreachable.delete(registry);
    else this.#unreachable.add(registry);
  }

  /** After so many more pulls it answers `429 Too Many Requests`; undefined: no limit. */
  setPullsLeft(registry: string, count: number | undefined): void {
    if (count === undefined) this.#left.delete(registry);
    else this.#left.set(registry, count);
  }

  /** Whether an image is there, by the name that pods give it. */
  setThere(image: string, isThere: boolean): void {
    if (isThere) this.#missing.delete(fullImageName(image));
    else this.#missing.add(fullImageName(image));
  }

  /** Why an image cannot be pulled now; undefined where it can, and then the pull counts. */
  problem(image: string, machine: string): string | undefined {
    const name = fullImageName(image);
    const registry = name.split("/")[0]!;
    const failed = `failed to pull and unpack image "${name}": failed to resolve reference "${name}":`;
    const why = this.#unreachable.has(registry) ? `failed to do request: Head "${manifestOf(name)}": dial tcp: i/o timeout` : this.wayTo(registry, machine, name);
    if (why !== undefined) return `${failed} ${why}`;
    if (this.#missing.has(name)) return `${failed} ${name}: not found`;
    const left = this.#left.get(registry);
    if (left === 0) return `${failed} unexpected status from HEAD request to ${manifestOf(name)}: 429 Too Many Requests`;
    if (left !== undefined) this.#left.set(registry, left - 1);
    return undefined;
  }
}

/** `https://registry-1.docker.io/v2/library/nginx/manifests/1.29` */
export function manifestOf(name: string): string {
  const [registry, ...rest] = name.split("/");
  const path = rest.join("/");
  const [, repository, tag] = /^([^:@]+)[:@](.+)$/.exec(path) ?? [undefined, path, "latest"];
  return `https://${registry === "docker.io" ? "registry-1.docker.io" : registry}/v2/${repository}/manifests/${tag}`;
}
