/** What an editor makes of `homelab.ts` with the package installed: good files compile, a misspelt field or a wrong value does not. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { homelabTypes } from "../../scripts/homelab-types.ts";
import { homelabJsonSchema } from "../../src/config/json-schema.ts";
import { exampleFiles } from "../render/load-example.ts";

const MACHINES = `machines: { pi1: { address: "192.168.1.11", roles: ["control-plane", "worker"] } }`;
const homelab = (more: string): string => `import { defineHomelab } from "kubernest";\nexport default defineHomelab({ name: "maison", ${MACHINES}, ${more} });\n`;

const GOOD: Record<string, string> = {
  "short forms": homelab(`machineDefaults: { hardware: "raspberry-pi-5" }, apps: { gazette: { image: "ghcr.io/example/gazette:1.4.2", port: 80, host: "gazette" } }`),
  "a place for what is used twice": homelab(`"x-shared": { any: 1 }`),
  "lists that may not change": homelab(`kubernetes: { distribution: "k3s", network: { pods: ["10.42.0.0/16"] as const } }`),
};

/** With the field or value that TypeScript must name. */
const BAD: Record<string, [text: string, named: RegExp]> = {
  "a misspelt field": [homelab(`apps: { gazette: { imgae: "ghcr.io/example/gazette:1.4.2" } }`), /imgae/],
  "a misspelt field at the top": [homelab(`plattform: {}`), /plattform/],
  "a value that is not one of a few": [homelab(`kubernetes: { distribution: "k4s" }`), /k4s/],
  "a value of another type": [homelab(`apps: { gazette: { image: 3 } }`), /number/],
  "no machines": [`import { defineHomelab } from "kubernest";\nexport default defineHomelab({ name: "maison" });\n`, /machines/],
};

const TYPE_ROOTS = fileURLToPath(new URL("../../node_modules/@types", import.meta.url));
/** The compiler reads its libraries anew each time. */
const COMPILE_MS = 90_000;

const directory = mkdtempSync(join(tmpdir(), "kubernest-types-"));
const slug = (title: string): string => title.replaceAll(" ", "-");

beforeAll(() => {
  const kubernest = join(directory, "node_modules/kubernest");
  mkdirSync(join(kubernest, "dist"), { recursive: true });
  writeFileSync(join(kubernest, "package.json"), readFileSync(new URL("../../package.json", import.meta.url)));
  writeFileSync(join(kubernest, "dist/index.d.mts"), homelabTypes(homelabJsonSchema()));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Files of the compiler and of `node_modules`, parsed once for all its runs. */
const parsed = new Map<string, ts.SourceFile | undefined>();

function compilerHost(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const getSourceFile: ts.CompilerHost["getSourceFile"] = (path, languageVersion, ...rest) => {
    if (!/\/lib\.[^/]*\.d\.ts$|\/@types\//.test(path)) return host.getSourceFile(path, languageVersion, ...rest);
    // A file is parsed as a module or not as the module resolution says.
    const key = `${path} ${JSON.stringify(languageVersion, ["languageVersion", "impliedNodeFormat"])}`;
    if (!parsed.has(key)) parsed.set(key, host.getSourceFile(path, languageVersion, ...rest));
    return parsed.get(key);
  };
  return { ...host, getSourceFile };
}

/** What the compiler says of each file, by name. Its own declarations and those of Node are taken as they are: ours are under test. */
function compile(files: Record<string, string>, module: ts.ModuleKind, moduleResolution: ts.ModuleResolutionKind, more: ts.CompilerOptions = { types: [] }): Record<string, string> {
  const paths = Object.entries(files).map(([name, text]) => {
    const path = join(directory, `${slug(name)}.ts`);
    writeFileSync(path, text);
    return [name, path] as const;
  });
  const options: ts.CompilerOptions = { strict: true, noImplicitAny: true, noEmit: true, target: ts.ScriptTarget.ES2023, module, moduleResolution, typeRoots: [TYPE_ROOTS], skipDefaultLibCheck: true, ...more };
  const program = ts.createProgram(paths.map(([, path]) => path), options, compilerHost(options));
  const diagnostics = ts.getPreEmitDiagnostics(program);
  const said = (path: string): string => diagnostics.filter((one) => one.file === undefined || one.file.fileName === path || one.file.fileName.endsWith(".d.mts")).map((one) => ts.flattenDiagnosticMessageText(one.messageText, "\n")).join("\n");
  return Object.fromEntries(paths.map(([name, path]) => [name, said(path)]));
}

describe.each([
  ["bundler", ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
  ["node16", ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
] as const)("module resolution %s", (_name, module, resolution) => {
  it("compiles good files, and names what is wrong in others", () => {
    const said = compile({ ...GOOD, ...Object.fromEntries(Object.entries(BAD).map(([name, [text]]) => [name, text])) }, module, resolution);
    for (const name of Object.keys(GOOD)) expect(said[name], name).toBe("");
    for (const [name, [, named]] of Object.entries(BAD)) expect(said[name], name).toMatch(named);
  }, COMPILE_MS);
});

it("compiles every example", () => {
  const files = exampleFiles().map((file): [string, string] => {
    const text = readFileSync(file, "utf8");
    if (file.endsWith(".ts")) return [basename(dirname(file)), text];
    return [basename(dirname(file)), `import { defineHomelab } from "kubernest";\nexport default defineHomelab(${JSON.stringify(parse(text, { merge: true, maxAliasCount: 1000 }), null, 2)});\n`];
  });
  // One of them reads the environment. Our declarations were checked above.
  const said = compile(Object.fromEntries(files), ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler, { types: ["node"], skipLibCheck: true });
  expect(said).toEqual(Object.fromEntries(files.map(([name]) => [name, ""])));
}, COMPILE_MS);
