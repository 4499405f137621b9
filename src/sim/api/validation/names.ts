/** The formats of names and keys, with upstream's messages (`apimachinery/pkg/util/validation`). Each check returns its complaints; none is good. */

const NONE: readonly string[] = [];

const withExamples = (message: string, regex: string, ...examples: string[]): string =>
  examples.length === 0
    ? `${message} (regex used for validation is '${regex}')`
    : `${message} (e.g. ${examples.map((example) => `'${example}', `).join(" or ")}regex used for validation is '${regex}')`;

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const UNDERSCORED = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const UNDERSCORED_SUBDOMAIN = `${UNDERSCORED}(\\.${UNDERSCORED})*`;
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const WILDCARD = `\\*\\.${SUBDOMAIN}`;
const KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

const LABEL_REGEX = new RegExp(`^${LABEL}$`);
const SUBDOMAIN_REGEX = new RegExp(`^${SUBDOMAIN}$`);
const UNDERSCORED_REGEX = new RegExp(`^${UNDERSCORED_SUBDOMAIN}$`);
const LABEL_1035_REGEX = new RegExp(`^${LABEL_1035}$`);
const WILDCARD_REGEX = new RegExp(`^${WILDCARD}$`);
const KEY_REGEX = new RegExp(`^${KEY}$`);

const LABEL_WRONG = withExamples(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  LABEL,
  "my-name",
  "123-abc",
);
const SUBDOMAIN_WRONG = withExamples(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN,
  "example.com",
);
const KEY_RULE = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

const tooLong = (length: number): string => `must be no more than ${length} characters`;
const tooManyBytes = (length: number): string => `must be no more than ${length} bytes`;

export function dnsLabel(value: string): readonly string[] {
  if (value.length <= 63 && LABEL_REGEX.test(value)) return NONE;
  const errors: string[] = [];
  if (value.length > 63) errors.push(tooLong(63));
  if (!LABEL_REGEX.test(value)) errors.push(SUBDOMAIN_REGEX.test(value) ? "must not contain dots" : LABEL_WRONG);
  return errors;
}

export function dnsSubdomain(value: string): readonly string[] {
  if (value.length <= 253 && SUBDOMAIN_REGEX.test(value)) return NONE;
  const errors: string[] = [];
  if (value.length > 253) errors.push(tooLong(253));
  if (!SUBDOMAIN_REGEX.test(value)) errors.push(SUBDOMAIN_WRONG);
  return errors;
}

export function dnsSubdomainWithUnderscore(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.length > 253) errors.push(tooLong(253));
  if (!UNDERSCORED_REGEX.test(value)) {
    errors.push(
      withExamples(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
        UNDERSCORED_SUBDOMAIN,
        "example.com",
      ),
    );
  }
  return errors;
}

export function dns1035Label(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.length > 63) errors.push(tooLong(63));
  if (!LABEL_1035_REGEX.test(value)) {
    errors.push(
      withExamples(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        LABEL_1035,
        "my-name",
        "abc-123",
      ),
    );
  }
  return errors;
}

export function wildcardSubdomain(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.length > 253) errors.push(tooLong(253));
  if (!WILDCARD_REGEX.test(value)) {
    errors.push(
      withExamples(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        WILDCARD,
        "*.example.com",
      ),
    );
  }
  return errors;
}

const GOOD_KEYS = new Set<string>();
const GOOD_KEYS_MAX = 10_000;

/** A label key, and what upstream calls a qualified name: `app`, `example.com/app`. */
export function labelKey(value: string): readonly string[] {
  if (GOOD_KEYS.has(value)) return NONE;
  const errors: string[] = [];
  const parts = value.split("/");
  if (parts.length > 2) {
    return [`a valid label key ${withExamples(KEY_RULE, KEY, "MyName", "my.name", "123-abc")} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.length === 2 ? parts[1]! : parts[0]!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    if (prefix === "") errors.push("prefix part must be non-empty");
    else for (const message of dnsSubdomain(prefix)) errors.push(`prefix part ${message.replace("253 characters", "253 bytes")}`);
  }
  if (name === "") errors.push("name part must be non-empty");
  else if (name.length > 63) errors.push(`name part ${tooManyBytes(63)}`);
  if (!KEY_REGEX.test(name)) errors.push(`name part ${withExamples(KEY_RULE, KEY, "MyName", "my.name", "123-abc")}`);
  if (errors.length === 0 && GOOD_KEYS.size < GOOD_KEYS_MAX) GOOD_KEYS.add(value);
  return errors;
}

export function labelValue(value: string): readonly string[] {
  if (value === "" || (value.length <= 63 && KEY_REGEX.test(value))) return NONE;
  const errors: string[] = [];
  if (value.length > 63) errors.push(tooManyBytes(63));
  if (!KEY_REGEX.test(value)) {
    errors.push(withExamples(`a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`, `(${KEY})?`, "MyValue", "my_value", "12345"));
  }
  return errors;
}

const PORT_CHARACTERS = /^[-a-z0-9]+$/;
const LOWER_LETTER = /[a-z]/;

export function portName(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.length > 15) errors.push(tooLong(15));
  if (!PORT_CHARACTERS.test(value)) errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!LOWER_LETTER.test(value)) errors.push("must contain at least one letter (a-z)");
  if (value.includes("--")) errors.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || (value.length > 1 && value.endsWith("-"))) errors.push("must not begin or end with a hyphen");
  return errors;
}

export function inRange(value: unknown, min: number, max: number): readonly string[] {
  return typeof value === "number" && value >= min && value <= max ? NONE : [`must be between ${min} and ${max}, inclusive`];
}

export const portNumber = (value: unknown): readonly string[] => inRange(value, 1, 65_535);
/** User and group ids. */
export const userId = (value: unknown): readonly string[] => inRange(value, 0, 2_147_483_647);

const PRINTABLE = /^[\x20-\x3c\x3e-\x7e]*$/;

/** Names of environment variables since 1.34: printable ASCII without `=`. */
export function environmentName(value: string): readonly string[] {
  if (value === "") return ["environment variable name must be non-empty"];
  return PRINTABLE.test(value) ? NONE : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;

export function configKey(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.length > 253) errors.push(tooLong(253));
  if (!CONFIG_KEY.test(value)) {
    errors.push(withExamples("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", "[-._a-zA-Z0-9]+", "key.name", "KEY_NAME", "key-name"));
  }
  if (value === ".") errors.push("must not be '.'");
  else if (value === "..") errors.push("must not be '..'");
  else if (value.startsWith("..")) errors.push("must not start with '..'");
  return errors;
}

const HEADER = /^[-A-Za-z0-9]+$/;

export function httpHeaderName(value: string): readonly string[] {
  return HEADER.test(value) ? NONE : [withExamples("a valid HTTP header must consist of alphanumeric characters or '-'", "[-A-Za-z0-9]+", "X-Header-Name")];
}

const PERCENT = /^[0-9]+%$/;

export function percent(value: string): readonly string[] {
  return PERCENT.test(value) ? NONE : [withExamples("a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", "1%", "93%")];
}

/** RBAC names and others that only must fit into a path. */
export function pathSegment(value: string): readonly string[] {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  const errors: string[] = [];
  for (const illegal of ["/", "%"]) if (value.includes(illegal)) errors.push(`may not contain '${illegal}'`);
  return errors;
}

/** For a `generateName` whose suffix will follow: a trailing dash counts as a letter. */
export function maskTrailingDash(value: string): string {
  return value.endsWith("-") && value.length > 1 ? `${value.slice(0, -2)}a` : value;
}

export type NameCheck = (value: string) => readonly string[];
