/** Cron schedules as robfig/cron's standard parser reads them, with its complaints. */

interface Bounds {
  min: number;
  max: number;
  names?: Readonly<Record<string, number>>;
}

const named = (names: string, first: number): Record<string, number> => Object.fromEntries(names.split(" ").map((name, index) => [name, index + first]));

const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: named("jan feb mar apr may jun jul aug sep oct nov dec", 1) },
  { min: 0, max: 6, names: named("sun mon tue wed thu fri sat", 0) },
];
const DESCRIPTORS: ReadonlySet<string> = new Set(["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]);
const GO_DURATION = /^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/;

/** What is wrong with a schedule; undefined when it is good. */
export function cronProblem(schedule: string): string | undefined {
  let spec = schedule;
  if (spec.startsWith("TZ=") || spec.startsWith("CRON_TZ=")) {
    const blank = spec.indexOf(" ");
    if (blank < 0) return `provided bad location ${spec.slice(spec.indexOf("=") + 1)}: unknown time zone ${spec.slice(spec.indexOf("=") + 1)}`;
    spec = spec.slice(blank).trim();
  }
  if (spec.startsWith("@")) {
    if (DESCRIPTORS.has(spec)) return undefined;
    if (spec.startsWith("@every ")) {
      const duration = spec.slice("@every ".length);
      return GO_DURATION.test(duration) || duration === "0" ? undefined : `failed to parse duration ${spec}: time: invalid duration ${JSON.stringify(duration)}`;
    }
    return `unrecognized descriptor: ${spec}`;
  }
  const fields = spec.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== FIELDS.length) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
  for (const [index, field] of fields.entries()) {
    for (const expression of field.split(",").filter((part) => part !== "")) {
      const problem = rangeProblem(expression, FIELDS[index]!);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function rangeProblem(expression: string, bounds: Bounds): string | undefined {
  const rangeAndStep = expression.split("/");
  const lowAndHigh = rangeAndStep[0]!.split("-");
  const isSingle = lowAndHigh.length === 1;
  let start: number;
  let end: number;
  if (lowAndHigh[0] === "*" || lowAndHigh[0] === "?") {
    start = bounds.min;
    end = bounds.max;
  } else {
    const low = numberOrName(lowAndHigh[0]!, bounds);
    if (typeof low === "string") return low;
    start = low;
    if (lowAndHigh.length > 2) return `too many hyphens: ${expression}`;
    const high = isSingle ? low : numberOrName(lowAndHigh[1]!, bounds);
    if (typeof high === "string") return high;
    end = high;
  }
  if (rangeAndStep.length > 2) return `too many slashes: ${expression}`;
  let step = 1;
  if (rangeAndStep.length === 2) {
    const value = parseNumber(rangeAndStep[1]!);
    if (typeof value === "string") return value;
    step = value;
    if (isSingle) end = bounds.max;
  }
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${expression}`;
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  if (step === 0) return `step of range should be a positive number: ${expression}`;
  return undefined;
}

function numberOrName(text: string, bounds: Bounds): number | string {
  return bounds.names?.[text.toLowerCase()] ?? parseNumber(text);
}

/** A number, or the complaint about what is none. */
function parseNumber(text: string): number | string {
  if (!/^[-+]?\d+$/.test(text)) return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  const value = Number(text);
  return value < 0 ? `negative number (${value}) not allowed: ${text}` : value;
}
