/** Pod addresses of one node, handed out in turn as the `host-local` plugin does: the next free one after the last. */
import ipaddr from "ipaddr.js";

interface Range {
  family: 4 | 6;
  first: bigint;
  /** Addresses that may be given: without network, gateway and (IPv4) broadcast. */
  size: bigint;
  next: bigint;
  taken: Set<bigint>;
}

/** A /64 is more than anybody needs to count through. */
const RANGE_SIZE_MAX = 1n << 16n;

/** Many clusters of one process have the same addresses: read once. */
const ranges = new Map<string, Pick<Range, "family" | "first" | "size">>();
const addresses = new Map<string, { family: 4 | 6; value: bigint }>();
const ADDRESSES_COUNT_MAX = 100_000;

function rangeOf(cidr: string): Pick<Range, "family" | "first" | "size"> {
  let range = ranges.get(cidr);
  if (range === undefined) {
    const [address, prefix] = ipaddr.parseCIDR(cidr);
    const bits = address.kind() === "ipv4" ? 32n : 128n;
    const size = 1n << (bits - BigInt(prefix));
    const network = (toNumber(address) / size) * size;
    // .0 is the network, .1 the bridge.
    const usable = (size < RANGE_SIZE_MAX ? size : RANGE_SIZE_MAX) - (bits === 32n ? 3n : 2n);
    range = { family: bits === 32n ? 4 : 6, first: network + 2n, size: usable };
    ranges.set(cidr, range);
  }
  return range;
}

function addressOf(text: string): { family: 4 | 6; value: bigint } {
  let known = addresses.get(text);
  if (known === undefined) {
    const address = ipaddr.parse(text);
    known = { family: address.kind() === "ipv4" ? 4 : 6, value: toNumber(address) };
    if (addresses.size >= ADDRESSES_COUNT_MAX) addresses.clear();
    addresses.set(text, known);
  }
  return known;
}

export class AddressPool {
  readonly #ranges: Range[];

  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.map((cidr) => ({ ...rangeOf(cidr), next: 0n, taken: new Set<bigint>() }));
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** One address per family, in the order of the ranges; undefined when one range is used up. */
  take(): string[] | undefined {
    if (this.#ranges.length === 0 || this.#ranges.some((range) => BigInt(range.taken.size) >= range.size)) return undefined;
    return this.#ranges.map((range) => {
      while (range.taken.has(range.first + range.next)) range.next = (range.next + 1n) % range.size;
      const value = range.first + range.next;
      range.next = (range.next + 1n) % range.size;
      range.taken.add(value);
      return toText(value, range.family);
    });
  }

  give(texts: readonly string[]): void {
    for (const text of texts) {
      const { family, value } = addressOf(text);
      for (const range of this.#ranges) if (range.family === family) range.taken.delete(value);
    }
  }

  /** Marks addresses of pods that were there before this kubelet started. */
  claim(texts: readonly string[]): void {
    for (const text of texts) {
      const { value } = addressOf(text);
      for (const range of this.#ranges) if (value >= range.first && value < range.first + range.size) range.taken.add(value);
    }
  }
}

function toNumber(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return address.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function toText(value: bigint, family: 4 | 6): string {
  const length = family === 4 ? 4 : 16;
  const bytes = Array.from({ length }, (_unused, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 255n));
  return ipaddr.fromByteArray(bytes).toString();
}
