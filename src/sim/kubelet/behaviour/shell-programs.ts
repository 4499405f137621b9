/** The programs a simulated shell knows: those that start-up scripts, probes and one-shot jobs are made of. */
import { rfc3339 } from "../../../lib/rfc3339.ts";
import { imageFacts } from "../image-catalog.ts";
import type { ContainerFiles } from "./container-files.ts";
import { normalizePath } from "./container-files.ts";
import { expr } from "./expr.ts";
import type { ProcessContext } from "./process.ts";

/** A program waits by yielding; the process that runs it decides how time passes. */
export type Wait = { sleepMs: number; isBusy?: boolean } | { serve: readonly string[] } | { allocateBytes: number };
export type Run = Generator<Wait, number>;

export interface ProgramIo {
  context: ProcessContext;
  env: Readonly<Record<string, string>>;
  directory: string;
  stdin: string;
  out(text: string): void;
  err(text: string): void;
}

export type Program = (args: readonly string[], io: ProgramIo) => number | Run;

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86400 };
/** Estimate: a small request within the cluster, with the start of the program that makes it. */
const REQUEST_MS = 5;
/** Long enough to be forever, short enough to add to a time. */
export const FOREVER_MS = 100 * 365 * 86_400_000;

export const PROGRAMS: Readonly<Record<string, Program>> = {
  ":": () => 0,
  true: () => 0,
  false: () => 1,
  echo(args, { out }) {
    let rest = args;
    let isLine = true;
    let interprets = false;
    while (rest[0] !== undefined && /^-[neE]+$/.test(rest[0])) {
      if (rest[0].includes("n")) isLine = false;
      if (rest[0].includes("e")) interprets = true;
      rest = rest.slice(1);
    }
    const text = rest.join(" ");
    out((interprets ? unescape(text) : text) + (isLine ? "\n" : ""));
    return 0;
  },
  printf(args, { out }) {
    const [format = "", ...values] = args;
    out(formatted(format, values));
    return 0;
  },
  *sleep(args, { err }) {
    let seconds = 0;
    for (const arg of args) {
      if (arg === "infinity" || arg === "inf") return yield* sleepFor(FOREVER_MS);
      const match = /^(\d+(?:\.\d+)?|\.\d+)([smhd]?)$/.exec(arg);
      if (match === null) {
        err(`sleep: invalid number '${arg}'\n`);
        return 1;
      }
      seconds += Number(match[1]) * UNITS[match[2] ?? ""]!;
    }
    return yield* sleepFor(seconds * 1000);
  },
  date(args, io) {
    const now = new Date(io.context.clock.now());
    const format = args.find((arg) => arg.startsWith("+"))?.slice(1);
    io.out(`${format === undefined ? dateText(now) : strftime(format, now)}\n`);
    return 0;
  },
  cat(args, io) {
    if (args.length === 0) {
      io.out(io.stdin);
      return 0;
    }
    return eachFile("cat", args, io, (content) => io.out(content));
  },
  env: (_args, io) => printEnvironment(io),
  printenv(args, io) {
    if (args.length === 0) return printEnvironment(io);
    let code = 0;
    for (const name of args) {
      const value = io.env[name];
      if (value === undefined) code = 1;
      else io.out(`${value}\n`);
    }
    return code;
  },
  test: (args, io) => (holds(args, io) ? 0 : 1),
  "[": (args, io) => (holds(args.slice(0, -1), io) ? 0 : 1),
  "[[": (args, io) => (holds(args.slice(0, -1), io) ? 0 : 1),
  pwd: (_args, { out, directory }) => (out(`${directory}\n`), 0),
  hostname: (args, { out, context }) => (out(`${args[0] === "-i" ? context.pod.ip : context.hostname}\n`), 0),
  whoami: (_args, { out }) => (out("root\n"), 0),
  id: (args, { out }) => (out(args[0] === "-u" || args[0] === "-g" ? "0\n" : "uid=0(root) gid=0(root) groups=0(root)\n"), 0),
  uname: (args, { out, context }) => (out(args[0] === "-n" ? `${context.hostname}\n` : args[0] === "-a" ? `Linux ${context.hostname}\n` : "Linux\n"), 0),
  nproc: (_args, { out }) => (out("4\n"), 0),
  tty: () => 1,
  touch: (args, io) => eachPath(args, io, (path) => io.context.files.exists(path) || io.context.files.write(path, ""), "touch"),
  rm: (args, io) => {
    let code = 0;
    const isForced = args.some((arg) => /^-\w*f/.test(arg));
    for (const arg of args.filter((one) => !one.startsWith("-"))) {
      const path = resolvePath(arg, io.directory);
      const inside = io.context.files.list(path);
      if (io.context.files.read(path) !== undefined) io.context.files.write(path, undefined);
      else if (inside.length > 0) removeTree(path, io.context.files);
      else if (!isForced) {
        io.err(`rm: cannot remove '${arg}': No such file or directory\n`);
        code = 1;
      }
    }
    return code;
  },
  mkdir: (args, io) => eachPath(args, io, (path) => (io.context.files.makeDirectory(path), true), "mkdir"),
  chmod: () => 0,
  chown: () => 0,
  sync: () => 0,
  cp: (args, io) => copy(args, io, false),
  mv: (args, io) => copy(args, io, true),
  ls(args, io) {
    const paths = args.filter((arg) => !arg.startsWith("-"));
    let code = 0;
    for (const arg of paths.length > 0 ? paths : ["."]) {
      const path = resolvePath(arg, io.directory);
      if (io.context.files.isDirectory(path)) for (const name of io.context.files.list(path)) io.out(`${name}\n`);
      else if (io.context.files.read(path) !== undefined) io.out(`${arg}\n`);
      else {
        io.err(`ls: ${arg}: No such file or directory\n`);
        code = 1;
      }
    }
    return code;
  },
  tee(args, io) {
    const isAppended = args.includes("-a");
    for (const arg of args.filter((one) => !one.startsWith("-"))) {
      const path = resolvePath(arg, io.directory);
      io.context.files.write(path, (isAppended ? (io.context.files.read(path) ?? "") : "") + io.stdin);
    }
    io.out(io.stdin);
    return 0;
  },
  grep(args, io) {
    const flags = args.filter((arg) => arg.startsWith("-")).join("");
    const [pattern = "", ...paths] = args.filter((arg) => !arg.startsWith("-"));
    const matcher = flags.includes("F") ? undefined : toPattern(pattern, flags.includes("i"));
    let found = 0;
    const search = (content: string): void => {
      for (const line of lines(content)) {
        const matches = matcher === undefined ? line.includes(pattern) : matcher.test(line);
        if (matches === flags.includes("v")) continue;
        found++;
        if (!flags.includes("q") && !flags.includes("c")) io.out(`${line}\n`);
      }
    };
    if (paths.length === 0) search(io.stdin);
    else if (eachFile("grep", paths, io, search) !== 0 && found === 0) return 2;
    if (flags.includes("c")) io.out(`${found}\n`);
    return found > 0 ? 0 : 1;
  },
  wc(args, io) {
    const files = args.filter((arg) => !arg.startsWith("-"));
    const content = files[0] === undefined ? io.stdin : (io.context.files.read(resolvePath(files[0], io.directory)) ?? "");
    const flag = args.find((arg) => arg.startsWith("-"));
    const count = flag === "-c" ? content.length : flag === "-w" ? content.split(/\s+/).filter(Boolean).length : lines(content).length;
    io.out(`${count}\n`);
    return 0;
  },
  head: (args, io) => slice("head", args, io, (all, count) => all.slice(0, count)),
  *tail(args, io) {
    const isFollowing = args.some((arg) => /^-\w*[fF]/.test(arg));
    const code = slice("tail", args.filter((arg) => !/^-[fF]$/.test(arg)), io, (all, count) => all.slice(-count));
    return isFollowing ? yield* sleepFor(FOREVER_MS) : code;
  },
  expr,
  seq(args, { out }) {
    const numbers = args.map(Number);
    const [first, step, last] = numbers.length === 1 ? [1, 1, numbers[0]!] : numbers.length === 2 ? [numbers[0]!, 1, numbers[1]!] : numbers;
    for (let value = first!, count = 0; (step! > 0 ? value <= last! : value >= last!) && count < 100_000; value += step!, count++) out(`${value}\n`);
    return 0;
  },
  basename: (args, { out }) => (out(`${(args[0] ?? "").replace(/\/+$/, "").split("/").pop() ?? ""}\n`), 0),
  dirname: (args, { out }) => (out(`${(args[0] ?? "").replace(/\/+[^/]*\/*$/, "") || (args[0]?.startsWith("/") ? "/" : ".")}\n`), 0),
  *wget(args, io) {
    yield { sleepMs: REQUEST_MS };
    return download(args, io, "wget");
  },
  *curl(args, io) {
    yield { sleepMs: REQUEST_MS };
    return download(args, io, "curl");
  },
  nslookup(args, io) {
    const name = args[0] ?? "";
    const addresses = io.context.network.resolve(name);
    if (addresses.length === 0) {
      io.err(`** server can't find ${name}: NXDOMAIN\n`);
      return 1;
    }
    for (const address of addresses) io.out(`Name:\t${name}\nAddress: ${address}\n`);
    return 0;
  },
  getent(args, io) {
    const addresses = args[0] === "hosts" ? io.context.network.resolve(args[1] ?? "") : [];
    for (const address of addresses) io.out(`${address}      ${args[1]}\n`);
    return addresses.length > 0 ? 0 : 2;
  },
  nc(args, io) {
    const takesValue = /^-\w*[wipsqI]$/;
    const [host, port] = args.filter((arg, index) => !arg.startsWith("-") && !takesValue.test(args[index - 1] ?? ""));
    return host !== undefined && io.context.network.connect(host, Number(port)) ? 0 : 1;
  },
  pg_isready: (args, io) => isUp(args, io, 5432),
  "redis-cli": (args, io) => {
    const code = isUp(args, io, 6379);
    if (code === 0 && args.includes("ping")) io.out("PONG\n");
    return code;
  },
  "mysqladmin": (args, io) => isUp(args, io, 3306),
  "mariadb-admin": (args, io) => isUp(args, io, 3306),
  *stress(args, { out }) {
    const bytes = /^(\d+)([KMG]?)$/.exec(args[args.indexOf("--vm-bytes") + 1] ?? "");
    out(`stress: info: [1] dispatching hogs\n`);
    if (bytes !== null && args.includes("--vm")) yield { allocateBytes: Number(bytes[1]) * { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }[bytes[2] ?? ""]! };
    for (;;) yield { sleepMs: 3_600_000, isBusy: args.includes("--cpu") };
  },
};

function* sleepFor(ms: number): Run {
  yield { sleepMs: ms };
  return 0;
}

function isUp(args: readonly string[], io: ProgramIo, defaultPort: number): number {
  const after = (flag: string): string | undefined => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
  const host = after("-h") ?? "localhost";
  return io.context.network.connect(host, Number(after("-p") ?? defaultPort)) ? 0 : 2;
}

function printEnvironment({ env, out }: ProgramIo): number {
  for (const name of Object.keys(env)) out(`${name}=${env[name]}\n`);
  return 0;
}

export function resolvePath(path: string, directory: string): string {
  return normalizePath(path.startsWith("/") ? path : `${directory}/${path}`);
}

function lines(content: string): string[] {
  if (content === "") return [];
  return (content.endsWith("\n") ? content.slice(0, -1) : content).split("\n");
}

function eachFile(name: string, paths: readonly string[], io: ProgramIo, use: (content: string) => void): number {
  let code = 0;
  for (const path of paths.filter((one) => !one.startsWith("-") || one === "-")) {
    const full = resolvePath(path, io.directory);
    const content = path === "-" || full === "/dev/stdin" ? io.stdin : io.context.files.read(full);
    if (content === undefined) {
      io.err(`${name}: ${path}: ${io.context.files.isDirectory(full) ? "Is a directory" : "No such file or directory"}\n`);
      code = 1;
    } else use(content);
  }
  return code;
}

function eachPath(args: readonly string[], io: ProgramIo, use: (path: string) => boolean, name: string): number {
  let code = 0;
  for (const arg of args.filter((one) => !one.startsWith("-"))) {
    if (use(resolvePath(arg, io.directory))) continue;
    io.err(`${name}: ${arg}: Read-only file system\n`);
    code = 1;
  }
  return code;
}

function removeTree(path: string, files: ContainerFiles): void {
  for (const name of files.list(path)) {
    const inner = `${path}/${name}`;
    if (files.read(inner) !== undefined) files.write(inner, undefined);
    else removeTree(inner, files);
  }
}

function copy(args: readonly string[], io: ProgramIo, removes: boolean): number {
  const name = removes ? "mv" : "cp";
  const paths = args.filter((arg) => !arg.startsWith("-"));
  const target = paths.pop();
  const { files } = io.context;
  if (target === undefined || paths.length === 0) {
    io.err(`${name}: missing file operand\n`);
    return 1;
  }
  const isRecursive = removes || args.some((arg) => /^-\w*[rRa]|^--(recursive|archive)$/.test(arg));
  const to = resolvePath(target, io.directory);
  let code = 0;
  const fail = (text: string): void => {
    io.err(`${name}: ${text}\n`);
    code = 1;
  };
  for (const path of paths) {
    const source = resolvePath(path, io.directory);
    // `from/.` means what is inside.
    const isInside = /(^|\/)\.$/.test(path);
    const destination = files.isDirectory(to) && !isInside ? `${to}/${source.split("/").pop()}` : to;
    if (files.read(source) === undefined && files.isDirectory(source)) {
      if (isRecursive) copyTree(source, destination, io, removes, fail);
      else fail(`-r not specified; omitting directory '${path}'`);
      continue;
    }
    const content = files.read(source) ?? (mayHoldMore(io, source) ? "" : undefined);
    if (content === undefined) fail(`can't stat '${path}': No such file or directory`);
    else if (!files.write(destination, content)) fail(`can't create '${destination}': Read-only file system`);
    else if (removes) files.write(source, undefined);
  }
  return code;
}

/** Files that an image brings are not simulated: outside of volumes, any image but that of a bare system may hold what its pod copies from it. */
function mayHoldMore({ context }: ProgramIo, path: string): boolean {
  const [shell] = imageFacts(context.image).command ?? [];
  const isBareSystem = shell !== undefined && /(^|\/)(ba)?sh$/.test(shell);
  return !isBareSystem && !context.files.isOnVolume(path);
}

function copyTree(source: string, destination: string, io: ProgramIo, removes: boolean, fail: (text: string) => void): void {
  const { files } = io.context;
  files.makeDirectory(destination);
  for (const name of files.list(source)) {
    const [from, to] = [`${source}/${name}`, `${destination}/${name}`];
    const content = files.read(from);
    if (content === undefined) copyTree(from, to, io, removes, fail);
    else if (!files.write(to, content)) fail(`can't create '${to}': Read-only file system`);
    else if (removes) files.write(from, undefined);
  }
}

function slice(name: string, args: readonly string[], io: ProgramIo, take: (all: string[], count: number) => string[]): number {
  let count = 10;
  const paths: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "-n" || arg === "-c") count = Math.abs(Number(args[++i] ?? 10));
    else if (/^-n?\d+$/.test(arg)) count = Number(arg.replace(/^-n?/, ""));
    else paths.push(arg);
  }
  const use = (content: string): void => take(lines(content), count).forEach((line) => io.out(`${line}\n`));
  if (paths.length === 0) {
    use(io.stdin);
    return 0;
  }
  return eachFile(name, paths, io, use);
}

function toPattern(pattern: string, ignoreCase: boolean): RegExp | undefined {
  try {
    return new RegExp(pattern.replace(/\\([|(){}+?])/g, "$1"), ignoreCase ? "i" : "");
  } catch {
    // A basic expression that means something else here is matched as plain text.
    return undefined;
  }
}

function holds(args: readonly string[], io: ProgramIo): boolean {
  const or = args.lastIndexOf("-o");
  if (or > 0) return holds(args.slice(0, or), io) || holds(args.slice(or + 1), io);
  const and = args.lastIndexOf("-a");
  if (and > 0) return holds(args.slice(0, and), io) && holds(args.slice(and + 1), io);
  if (args[0] === "!" && args.length > 1) return !holds(args.slice(1), io);
  const { files } = io.context;
  if (args.length === 1) return args[0] !== "";
  if (args.length === 2) {
    const [operator, operand = ""] = args;
    const path = resolvePath(operand, io.directory);
    switch (operator) {
      case "-n": return operand !== "";
      case "-z": return operand === "";
      case "-e": return files.exists(path);
      case "-f": return files.read(path) !== undefined;
      case "-d": return files.isDirectory(path);
      case "-r": case "-w": case "-x": return files.exists(path);
      case "-s": return (files.read(path) ?? "") !== "";
      default: return false;
    }
  }
  const [left = "", operator, right = ""] = args;
  switch (operator) {
    case "=": case "==": return left === right;
    case "!=": return left !== right;
    case "-eq": return Number(left) === Number(right);
    case "-ne": return Number(left) !== Number(right);
    case "-lt": return Number(left) < Number(right);
    case "-le": return Number(left) <= Number(right);
    case "-gt": return Number(left) > Number(right);
    case "-ge": return Number(left) >= Number(right);
    case "=~": return toPattern(right, false)?.test(left) ?? false;
    default: return false;
  }
}

/** `wget -qO- URL`, `curl -fsS URL`: the body to standard output or to a file. */
function download(args: readonly string[], io: ProgramIo, name: "wget" | "curl"): number {
  let target: string | undefined;
  let url: string | undefined;
  let failsOnStatus = name === "wget";
  let onlyHead = false;
  let method = "GET";
  let writeOut: string | undefined;
  const headers: Record<string, string> = {};
  let body: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const takesValue = /^(-O|-o|--output-document|--output|-T|--timeout|-m|--max-time|--connect-timeout|-t|--tries|--retry|-H|--header|-X|--request|-d|--data|-w|--write-out|-u|--user|-A|--user-agent|--cacert|-U)$/;
    if (/^-\w*O-?$/.test(arg) && name === "wget" && arg.endsWith("-")) target = "-";
    else if (/^-\w+O$/.test(arg) && name === "wget") target = args[++i];
    else if (takesValue.test(arg)) {
      const value = args[++i] ?? "";
      if (arg === "-O" || arg === "-o" || arg.startsWith("--output")) target = value;
      else if (arg === "-H" || arg === "--header") headers[value.split(":")[0]!.trim().toLowerCase()] = value.slice(value.indexOf(":") + 1).trim();
      else if (arg === "-X" || arg === "--request") method = value;
      else if (arg === "-d" || arg === "--data") [body, method] = [value, "POST"];
      else if (arg === "-w" || arg === "--write-out") writeOut = value;
    } else if (arg === "--spider" || arg === "-I" || arg === "--head") onlyHead = true;
    else if (arg.startsWith("-")) {
      if (name === "curl" && (arg === "--fail" || /^-[a-zA-Z]*f/.test(arg))) failsOnStatus = true;
    } else url = arg;
  }
  if (url === undefined) return 1;
  const full = url.includes("://") ? url : `http://${url}`;
  const response = io.context.network.fetch(full, { method: onlyHead ? "HEAD" : method, headers: { "user-agent": name === "wget" ? "Wget" : "curl/8.14.1", accept: "*/*", ...headers }, ...(body === undefined ? {} : { body }) });
  if (typeof response === "string") {
    const host = /^\w+:\/\/([^/:]+)/.exec(full)?.[1] ?? full;
    const isName = response.includes("no such host");
    io.err(name === "wget" ? `wget: ${isName ? `bad address '${host}'` : `can't connect to remote host: ${response}`}\n` : `curl: (${isName ? 6 : 7}) ${isName ? `Could not resolve host: ${host}` : response}\n`);
    return name === "wget" ? 1 : isName ? 6 : 7;
  }
  if (failsOnStatus && response.status >= 400) {
    io.err(name === "wget" ? `wget: server returned error: HTTP/1.1 ${response.status}\n` : `curl: (22) The requested URL returned error: ${response.status}\n`);
    return name === "wget" ? 1 : 22;
  }
  const text = onlyHead ? (name === "curl" ? `HTTP/1.1 ${response.status}\n` : "") : response.body;
  const isToFile = target !== undefined && target !== "-" && target !== "/dev/stdout";
  if (isToFile) io.context.files.write(resolvePath(target!, io.directory), text);
  else if (name === "curl" || target !== undefined) io.out(text);
  else io.context.files.write(resolvePath(full.split("/").pop() || "index.html", io.directory), text);
  if (writeOut !== undefined) io.out(unescape(writeOut.replace(/%\{http_code\}/g, String(response.status))));
  return 0;
}

function unescape(text: string): string {
  return text.replace(/\\([\\abefnrtv0]|x[0-9a-fA-F]{1,2})/g, (whole, code: string) => {
    const simple: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", a: "\x07", b: "\b", f: "\f", v: "\v", e: "\x1b", "0": "\0" };
    return simple[code] ?? (code.startsWith("x") ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : whole);
  });
}

function formatted(format: string, values: readonly string[]): string {
  let left = [...values];
  let text = "";
  do {
    text += unescape(format).replace(/%%|%(-?0?\d*)([sdixXc])/g, (whole, width: string, kind: string) => {
      if (whole === "%%") return "%";
      const value = left.shift() ?? "";
      const shown = kind === "s" || kind === "c" ? value : kind === "x" ? (Number(value) || 0).toString(16) : String(Math.trunc(Number(value) || 0));
      const size = Math.abs(Number(width || 0));
      return width.startsWith("-") ? shown.padEnd(size) : shown.padStart(size, width.startsWith("0") && kind !== "s" ? "0" : " ");
    });
  } while (left.length > 0 && left.length < values.length && /%(-?0?\d*)[sdixXc]/.test(format) && ((values = left), (left = [...left])));
  return text;
}

function dateText(now: Date): string {
  const pad = (value: number): string => String(value).padStart(2, "0");
  return `${DAYS[now.getUTCDay()]} ${MONTHS[now.getUTCMonth()]} ${String(now.getUTCDate()).padStart(2)} ${pad(now.getUTCHours())}:${pad(now.getUTCMinutes())}:${pad(now.getUTCSeconds())} UTC ${now.getUTCFullYear()}`;
}

function strftime(format: string, now: Date): string {
  const iso = rfc3339(now.getTime());
  const parts: Readonly<Record<string, string>> = {
    Y: iso.slice(0, 4), m: iso.slice(5, 7), d: iso.slice(8, 10), H: iso.slice(11, 13), M: iso.slice(14, 16), S: iso.slice(17, 19),
    F: iso.slice(0, 10), T: iso.slice(11, 19), s: String(Math.floor(now.getTime() / 1000)), a: DAYS[now.getUTCDay()]!, b: MONTHS[now.getUTCMonth()]!,
    N: String(now.getTime() % 1000).padStart(3, "0") + "000000", Z: "UTC", z: "+0000", "%": "%", n: "\n",
    j: String(Math.floor((now.getTime() - Date.UTC(now.getUTCFullYear(), 0, 1)) / 86_400_000) + 1).padStart(3, "0"), u: String(now.getUTCDay() || 7),
  };
  return format.replace(/%-?([A-Za-z%])/g, (whole, letter: string) => parts[letter] ?? whole);
}
