/** `homelab.ts` run by jiti. Whatever it throws is a problem of the file. */
import { resolve } from "node:path";
import { createJiti } from "jiti";
import { defineHomelab } from "./define-homelab.ts";

export type TypescriptResult = { readonly value: unknown } | { readonly error: string; readonly line: number | undefined; readonly column: number | undefined };

/** Longest message of a thrown error that is shown. */
const MESSAGE_LENGTH_MAX = 500;

/** Runs the text as the module at `path` (for its own imports) and gives its default export. */
export async function loadTypescript(text: string, path: string): Promise<TypescriptResult> {
  const file = resolve(path);
  // `import { defineHomelab } from "kubernest"` works in a folder where nothing is installed, too.
  const jiti = createJiti(file, { fsCache: false, moduleCache: false, interopDefault: false, virtualModules: { kubernest: { defineHomelab } } });
  try {
    const module = (await jiti.evalModule(text, { filename: file, ext: ".ts", async: true, forceTranspile: true })) as { default?: unknown };
    const exported: unknown = await module.default;
    if (exported === undefined) return { error: "it has no default export: write export default defineHomelab({ … })", line: undefined, column: undefined };
    return { value: exported };
  } catch (error) {
    return { error: describe(error), ...positionIn(error, file) };
  }
}

function describe(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${String(error)}`;
  // Only what says what happened: transpilers add the source around the place, and a stack of their own.
  return (text.split("\n")[0] ?? "").slice(0, MESSAGE_LENGTH_MAX);
}

/** Where in the file: a syntax error says it in its text, anything thrown has it in its stack (of which only the line survives the transpiler). */
function positionIn(error: unknown, file: string): { line: number | undefined; column: number | undefined } {
  if (!(error instanceof Error)) return { line: undefined, column: undefined };
  const syntax = /\((\d+):(\d+)\)/.exec(error.message);
  if (syntax !== null) return { line: Number(syntax[1]), column: Math.max(1, Number(syntax[2])) };
  const frame = (error.stack ?? "").split("\n").find((line) => line.trimStart().startsWith("at ") && line.includes(`${file}:`));
  const line = frame === undefined ? undefined : Number(frame.slice(frame.indexOf(`${file}:`) + file.length + 1).split(":")[0]);
  return { line: line !== undefined && line >= 1 ? line : undefined, column: undefined };
}
