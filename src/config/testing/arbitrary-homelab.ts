/** Homelab files by chance, drawn from the schema itself: a field that is added there is tried here without a word. For tests only. */
import fc from "fast-check";
import type { z } from "zod";
import { EXPECTED } from "../schema/scalars.ts";
import { homelabSchema, type HomelabInput } from "../schema/homelab.ts";
import { optionsOf, unwrap } from "../schema/walk.ts";
import { validate } from "../validate.ts";

type Schema = z.core.$ZodType;

/** Values for each phrase that a scalar is expected to be; the odd ones are there on purpose. */
const SAMPLES: readonly (readonly [beginning: string, values: readonly unknown[]])[] = [
  ["a name of at most 63 lower-case letters, digits and hyphens that begins and", ["a", "pi1", "pi-2", "0", "gazette", "traefik", "local-path"]],
  ["a name of at most 63 lower-case letters, digits and hyphens that begins with", ["a", "web", "api", "main", "gazette"]],
  ["the name of a machine or a site part", ["a", "pi1", "pi-2", "switch"]],
  ["the name of a volume", ["a", "web", "main"]],
  ["a DNS name", ["maison.example", "a", "x-1.y.example"]],
  ["a host name", ["blog", "@", "*.maison.example", "blog.maison.example"]],
  ["text that is not empty", ["x"]],
  ["text of one line", ["x", "a b: c # d", "25.10", "yes", "'"]],
  ["text", ["x", "", "${NOT} $$ $x", "multi\nline\n", "- 1", " spaced ", "null", "1e3", "012", "0o7"]],
  ["an absolute path", ["/", "/var/lib/data"]],
  ["an amount with its unit", ["1k", "512Mi", "1.5Gi", "4Gi", "2T"]],
  ["a number of cores", ["250m", "1", "0.5", 2, 0.25]],
  ["a duration, such as 0s", ["0s", "10s"]],
  ["a duration", ["1s", "90s", "1h30m", "4w"]],
  ["a percentage, such as 25%", ["0%", "25%", "100%"]],
  ["a percentage, such as 70%", ["70%", "150%", 70]],
  ["an IP address, such as", ["192.168.1.11", "2001:db8::11"]],
  ["an IP address or a DNS name", ["192.168.1.11", "::1", "pi1.maison.example"]],
  ["an address range", ["10.42.0.0/16", "2001:db8:42::/56", "0.0.0.0/0"]],
  ["an address with its prefix length", ["192.168.1.11/24", "2001:db8::11/64"]],
  ["an address, a range or a span", ["192.168.1.240-192.168.1.250", "192.168.1.240", "fd00::/120"]],
  ["a container image", ["nginx", "ghcr.io/example/gazette:1.4.2", "localhost:5000/a/b_c:latest", `a@sha256:${"0".repeat(64)}`]],
  ["a registry's host", ["ghcr.io", "localhost:5000"]],
  ["a URL, such as", ["https://nas.example:9000", "http://[::1]/x"]],
  ["hour, day, week, month", ["hour", "week", "30 3 * * 1", "*/5  0-3 1,2 JAN MON"]],
  ["a time zone", ["Europe/Paris", "UTC"]],
  ["a label's key", ["rack", "example.com/rack", "a.b_C"]],
  ["a label's value", ["", "x", "a_b.C", 1, true]],
  ["text, a number", ["x", 1.5, true, "${A}", "$$", ""]],
  ["a secret's name", ["a", "web", "smtp.password"]],
  ["a taint", ["a=b:NoSchedule", "x/y:NoExecute"]],
  ["a user name", ["root", "pi"]],
  ["a network interface", ["eth0"]],
  ["a kernel setting", ["net.ipv4.ip_forward"]],
  ["a package's name", ["k9s"]],
  ["a systemd unit", ["bluetooth"]],
  ["a flag without its dashes", ["v", "allow-privileged"]],
  ["a machine's name or an address", ["pi1", "pi1:8443", "192.168.1.5"]],
  ["a port, such as", ["80", "51820/udp"]],
  ["a full version", ["v1.36.1+k3s1", "v1.36.3", "v1.37.0-rc.1"]],
  ["a part of the distribution", ["traefik", "servicelb", "metrics-server"]],
  ["an octal mode", ["600", "0644"]],
  ["an e-mail address", ["me@maison.example"]],
  ["a DNS provider", ["ovh"]],
  ["a bucket's name", ["cluster"]],
  ["a path within", ["a/b"]],
  ["an age or SSH", ["age1qqq", "A".repeat(40)]],
  ["a git URL", ["https://git.example/a.git", "git@git.example:a"]],
  ["an environment variable's name", ["A", "LOG_LEVEL", "a.b"]],
  ["a field of the pod", ["spec.nodeName", "metadata.labels['x']"]],
  ["a port's name", ["http", "a1"]],
  ["a URL path", ["/", "/api"]],
  ["nothing, everything since", ["nothing", "everything since the last backup", "5m"]],
  ["a file's name", ["a", "nginx.conf"]],
  ["a kind, such as", ["Deployment"]],
  ["an OCI registry", ["oci://ghcr.io/example/charts"]],
  ["a chart", ["uptime"]],
  ["a JSON pointer", ["/spec/replicas", ""]],
  ["a list of words", ["x"]],
];

/** What the schema of a scalar calls it. */
function phraseOf(schema: Schema): string {
  const result = (schema as z.ZodType).safeParse(Symbol("nothing fits"));
  const message = result.error?.issues[0]?.message ?? "";
  return message.startsWith(EXPECTED) ? message.slice(EXPECTED.length) : "text";
}

function samplesFor(schema: Schema): readonly unknown[] {
  const phrase = phraseOf(schema);
  const found = SAMPLES.find(([beginning]) => phrase.startsWith(beginning));
  if (found === undefined) throw new Error(`no samples for "${phrase}": add some`);
  return found[1].filter((value) => (schema as z.ZodType).safeParse(value).success);
}

const cache = new Map<Schema, fc.Arbitrary<unknown>>();

function arbitrary(wrapped: Schema): fc.Arbitrary<unknown> {
  const schema = unwrap(wrapped);
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const made = make(schema);
  cache.set(schema, made);
  return made;
}

function make(schema: Schema): fc.Arbitrary<unknown> {
  const def = schema._zod.def as {
    type: string;
    shape?: Record<string, Schema>;
    element?: Schema;
    keyType?: Schema;
    valueType?: Schema;
    entries?: Record<string, string>;
    values?: readonly unknown[];
  };
  switch (def.type) {
    case "object": {
      const shape = Object.entries(def.shape ?? {});
      const required = shape.filter(([, field]) => (field._zod.def as { type: string }).type !== "optional").map(([key]) => key);
      const some = fc.record(Object.fromEntries(shape.map(([key, field]) => [key, arbitrary(field)])), { requiredKeys: required });
      // Large maps are rarely valid as a whole: half of the optional fields go at random beforehand.
      return fc.tuple(some, fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length })).map(([value, keep]) =>
        Object.fromEntries(Object.entries(value).filter(([key], index) => required.includes(key) || keep[index])),
      );
    }
    case "record":
      return fc.dictionary(arbitrary(def.keyType!) as fc.Arbitrary<string>, arbitrary(def.valueType!), { maxKeys: 3, noNullPrototype: true });
    case "array":
      return fc.array(arbitrary(def.element!), { maxLength: 3 });
    case "union":
      return fc.oneof(...optionsOf(schema).map(arbitrary));
    case "enum":
      return fc.constantFrom(...Object.values(def.entries ?? {}));
    case "literal":
      return fc.constantFrom(...(def.values ?? []));
    case "boolean":
      return fc.boolean();
    case "number": {
      const bag = schema._zod.bag as { minimum?: number; maximum?: number; format?: string };
      const min = Math.max(bag.minimum ?? 0, -1000);
      const max = Math.min(bag.maximum ?? 1000, min + 100_000);
      return bag.format === "safeint" ? fc.integer({ min: Math.ceil(min), max: Math.floor(max) }) : fc.constantFrom(min, max, 1, 2.5).filter((value) => value >= min && value <= max);
    }
    case "unknown":
      return fc.constantFrom<unknown>(1, "x", true, { a: ["${B}", null] });
    default:
      return fc.constantFrom(...samplesFor(schema));
  }
}

/** Rounds of mending; each removes what was found wrong. */
const ROUNDS_MAX = 40;

/** A valid file: by chance, then what breaks a rule is taken out until nothing does. */
export const arbitraryHomelab: fc.Arbitrary<HomelabInput> = arbitrary(homelabSchema)
  .map((drawn) => {
    const value = structuredClone(drawn) as Record<string, unknown>;
    value["machines"] ??= {};
    if (Object.keys(value["machines"] as object).length === 0) value["machines"] = { pi1: { roles: "control-plane" } };
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const { problems } = validate(value);
      if (problems.length === 0) return value as unknown as HomelabInput;
      for (const problem of problems) removeAt(value, problem.path);
    }
    return undefined;
  })
  .filter((value): value is HomelabInput => value !== undefined);

/** Removes a value; of a list the item; of what is missing the map that misses it. */
function removeAt(root: Record<string, unknown>, path: readonly (string | number)[]): void {
  for (let length = path.length; length > 0; length--) {
    let parent: unknown = root;
    for (const key of path.slice(0, length - 1)) parent = typeof parent === "object" && parent !== null ? (parent as Record<string | number, unknown>)[key] : undefined;
    const key = path[length - 1]!;
    if (typeof parent !== "object" || parent === null || !Object.hasOwn(parent, key)) continue;
    if (length === 1 && (key === "machines" || key === "name")) return;
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete (parent as Record<string | number, unknown>)[key];
    return;
  }
}
