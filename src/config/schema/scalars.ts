/**
 * The single values of the file: names, amounts, durations, addresses. Each says in one phrase what it expects; a finding
 * reads `"4 gigs" is not an amount of memory, such as 512Mi or 4Gi`. What a pattern can say is a pattern, so that editors know it too.
 */
import { Cron } from "croner";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { DURATION_PATTERN, parseDuration } from "../../lib/duration.ts";
import { parseIpRange, parseIpSpan } from "../../lib/ip-range.ts";
import { quantityNumber } from "../../lib/quantity.ts";

/** Marks our own phrases among zod's messages; `validate` turns them into sentences. */
export const EXPECTED = "expected:";

/** A message that names what a value should have been. */
export function expected(phrase: string): string {
  return EXPECTED + phrase;
}

/** Text of a form, with further rules that a pattern cannot say. */
export function text(pattern: RegExp, phrase: string, rule?: (value: string) => boolean) {
  const schema = z.string({ error: expected(phrase) }).regex(pattern, { error: expected(phrase), abort: true });
  return rule === undefined ? schema : schema.refine(rule, { error: expected(phrase) });
}

/** A list whose items are told apart by `keyOf`: what the API wants of lists that it keeps as maps. */
export function distinct<T extends z.ZodType>(list: z.ZodArray<T>, keyOf: (item: z.output<T>) => string, phrase: string) {
  return list.refine((items) => new Set(items.map(keyOf)).size === items.length, { error: expected(phrase) });
}

function whole(min: number, max: number, phrase: string) {
  return z.int({ error: expected(phrase) }).min(min, { error: expected(phrase) }).max(max, { error: expected(phrase) });
}

/** A whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max: number) {
  return whole(min, max, `a whole number from ${min} to ${max}`);
}

/** RFC 1123 label: what Kubernetes takes as the name of almost everything. */
const LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?";
const NAME_PHRASE = "a name of at most 63 lower-case letters, digits and hyphens that begins and ends with a letter or digit";

export const name = text(new RegExp(`^${LABEL}$`), NAME_PHRASE);

/** A name that becomes a Service: RFC 1035, begins with a letter. */
export const serviceName = text(/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/, "a name of at most 63 lower-case letters, digits and hyphens that begins with a letter");

export const domainName = text(
  new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`),
  "a DNS name, such as maison.example",
);

/** The host of a route: a name in the homelab's domain, `@` for the domain itself, or a full name, also with a leading `*.`. */
export const host = text(
  new RegExp(`^(?=.{1,253}$)(?:@|(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*)$`),
  "a host name, such as blog (in the homelab's domain), @ (the domain itself) or blog.maison.example",
);

export const nonEmpty = z.string({ error: expected("text") }).min(1, { error: expected("text that is not empty") });

/** Text of one line, for what ends in configuration files and commands. */
// eslint-disable-next-line no-control-regex -- control characters are what it refuses
export const line = text(/^[^\x00-\x1f\x7f]+$/, "text of one line, not empty");

export const absolutePath = text(/^\/[^\0]*$/, "an absolute path, such as /var/lib/data", (value) => !value.split("/").includes(".."));

/** Decimal or binary, as Kubernetes writes it; bare numbers are refused, as `4` would be four bytes. */
export const memory = text(
  /^\d+(?:\.\d+)?(?:k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)$/,
  "an amount with its unit, such as 512Mi, 4Gi or 1T",
  (value) => quantityNumber(value) > 0 && quantityNumber(value) <= Number.MAX_SAFE_INTEGER,
);

const CPU_PHRASE = "a number of cores, such as 2, 0.5 or 250m";
/** More than any machine has; keeps milli-cores within what an integer holds. */
const CORES_MAX = 4096;

export const cpu = z.union(
  [
    z.number({ error: expected(CPU_PHRASE) }).min(0.001, { error: expected(CPU_PHRASE) }).max(CORES_MAX, { error: expected(CPU_PHRASE) }),
    text(/^(?:\d+m|\d+(?:\.\d{1,3})?)$/, CPU_PHRASE, (value) => quantityNumber(value) > 0 && quantityNumber(value) <= CORES_MAX),
  ],
  { error: expected(CPU_PHRASE) },
);

/** The longest duration taken: Go, which reads them in the cluster, counts nanoseconds in 64 bits (292 years). */
const DURATION_MS_MAX = 100 * 366 * 86_400_000;

export const duration = text(DURATION_PATTERN, "a duration, such as 90s, 2m, 1h30m, 7d or 4w", (value) => {
  const ms = parseDuration(value);
  return ms !== undefined && ms > 0 && ms <= DURATION_MS_MAX;
});

/** A duration that may be nothing. */
export const durationOrZero = text(DURATION_PATTERN, "a duration, such as 0s, 90s or 2m", (value) => {
  const ms = parseDuration(value);
  return ms !== undefined && ms <= DURATION_MS_MAX;
});

export const port = whole(1, 65_535, "a port number from 1 to 65535");

export const percentOrCount = z.union([wholeNumber(0, 10_000), text(/^(?:100|[1-9]?\d)%$/, "a percentage, such as 25%")], {
  error: expected("a number or a percentage, such as 1 or 25%"),
});

const PERCENT_PHRASE = "a percentage, such as 70%";
/** A share of a request; over 100 % is a lawful target of an autoscaler. */
export const percent = z.union([whole(1, 1000, PERCENT_PHRASE), text(/^[1-9]\d{0,2}%$/, PERCENT_PHRASE)], { error: expected(PERCENT_PHRASE) });

export function isIpAddress(value: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(value) || (ipaddr.IPv6.isValid(value) && !value.includes("%"));
}

const ADDRESS_CHARACTERS = /^[0-9a-fA-F:.]+$/;

export const ipAddress = text(ADDRESS_CHARACTERS, "an IP address, such as 192.168.1.11 or 2001:db8::11", isIpAddress);

const HOST_OR_IP = new RegExp(`^(?:[0-9a-fA-F:]*:[0-9a-fA-F:.]*|${LABEL}(?:\\.${LABEL})*)$`);

/** Four numbers and dots would pass as a DNS name: `192.168.1.300` must not. */
function isHostOrIp(value: string): boolean {
  return /^[\d.]+$/.test(value) || value.includes(":") ? isIpAddress(value) : value.length <= 253;
}

export const address = text(HOST_OR_IP, "an IP address or a DNS name, such as 192.168.1.11 or pi1.maison.example", isHostOrIp);

/** A range with its prefix length; host bits must be zero, as Kubernetes asks. */
export const cidr = text(/^[0-9a-fA-F:.]+\/\d{1,3}$/, "an address range, such as 10.42.0.0/16 or 2001:db8:42::/56, its host bits zero", (value) => {
  const range = parseIpRange(value);
  if (range === undefined) return false;
  const base = parseIpRange(value.slice(0, value.indexOf("/")));
  return base !== undefined && base.first === range.first;
});

/** An address within its network, as an interface carries it. */
export const addressWithPrefix = text(
  /^[0-9a-fA-F:.]+\/\d{1,3}$/,
  "an address with its prefix length, such as 192.168.1.11/24",
  (value) => parseIpRange(value) !== undefined,
);

export const addressSpan = text(
  /^[0-9a-fA-F:.]+(?:\/\d{1,3}| *- *[0-9a-fA-F:.]+)?$/,
  "an address, a range or a span, such as 192.168.1.240-192.168.1.250",
  (value) => parseIpSpan(value) !== undefined,
);

/** `HOST[:PORT]/PATH[:TAG][@DIGEST]`, as the reference grammar of container images. */
export const image = text(
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
  "a container image, such as ghcr.io/example/gazette:1.4.2",
);

export const registryHost = text(
  /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d{1,5})?$/,
  "a registry's host, such as ghcr.io or registry.maison.example:5000",
);

/** A configuration file's name: the last part of a path. */
export const fileName = text(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, "a file's name, such as nginx.conf");

export const url = text(/^https?:\/\/[^\s/?#]+[^\s]*$/, "a URL, such as https://registry.maison.example:5000", (value) => URL.canParse(value));

/** Times of day of the words: when most homes sleep. */
export const SCHEDULE_WORDS: Readonly<Record<string, string>> = {
  hour: "0 * * * *",
  day: "0 3 * * *",
  week: "0 3 * * 0",
  month: "0 3 1 * *",
};

const CRON_FIELD = "[0-9A-Za-z*?,/-]+";
const SCHEDULE_PHRASE = "hour, day, week, month, or five cron fields, such as 30 3 * * 1";

/** Five fields, in ranges that cron readers agree on. Whether it ever fires is a check's question. */
export function isCron(value: string): boolean {
  if (value.trim().split(/ +/).length !== 5) return false;
  try {
    new Cron(value, { paused: true });
    return true;
  } catch {
    // croner throws on a field it cannot read; that is the answer, not a failure.
    return false;
  }
}

export const schedule = text(
  new RegExp(`^(?:hour|day|week|month|${CRON_FIELD}(?: +${CRON_FIELD}){4})$`),
  SCHEDULE_PHRASE,
  (value) => Object.hasOwn(SCHEDULE_WORDS, value) || isCron(value),
);

export const timeZone = text(/^[A-Za-z][A-Za-z0-9_+/-]*$/, "a time zone, such as Europe/Paris or UTC", (value) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    // Node throws a RangeError for a zone it does not know.
    return false;
  }
});

/** Key of a label: an optional DNS prefix and a name. */
export const labelKey = text(
  /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
  "a label's key, such as rack or example.com/rack",
  (value) => value.length <= 317,
);

const LABEL_VALUE_PHRASE = "a label's value: at most 63 letters, digits, hyphens, dots and underscores";
/** Numbers and booleans stand for their text, because YAML reads `rack: 2` and `infra: true` so. */
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

export const labelValue = z.union(
  // A number stands for its text, and -1 or 1e+21 is no label's.
  [text(LABEL_VALUE, LABEL_VALUE_PHRASE), z.number().refine((value) => LABEL_VALUE.test(String(value)), { error: expected(LABEL_VALUE_PHRASE) }), z.boolean()],
  { error: expected(LABEL_VALUE_PHRASE) },
);

export const labels = z.record(labelKey, labelValue);

/** Free text values, numbers and booleans standing for their text. */
export const scalarText = z.union([z.string(), z.number(), z.boolean()], { error: expected("text, a number, true or false") });

/** The name of a value in the secrets file. */
export const secretName = text(
  /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
  "a secret's name: lower-case letters, digits, hyphens and dots",
);

/** What stands where a secret belongs; a finding with this phrase never shows the value that was found. */
export const SECRET_PHRASE = "{ secret: NAME }, the value itself being in the secrets file";

export const secretRef = z
  .strictObject({ secret: secretName.describe("The secret's name in the secrets file.") }, { error: expected(SECRET_PHRASE) })
  .describe("A value kept in the secrets file, never in this one.");

/** One, or a list of one or more. */
export function oneOrMore<T extends z.ZodType>(item: T) {
  return z.union([item, z.array(item).min(1, { error: expected("a list that is not empty") })]);
}

/** A closed set of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words);
}
