/** `homelab.ts` run by jiti. Whatever it throws is a problem of the file. */
import { createJiti } from "jiti";
import { defineHomelab } from "./define-homelab.ts";

export type TypescriptResult = { readonly value: unknown } | { readonly error: string; readonly line: number | undefined; readonly column: number | undefined };

/** Longest message of a thrown error that is shown. */
const MESSAGE_LENGTH_MAX = 500;

/** Runs the text as the module at `file` (an absolute path, for its own imports) and gives its default export. */
export async function loadTypescript(text: string, file: string): Promise<TypescriptResult> {
  // `import { defineHomelab } from "kubernest"` works in a folder where nothing is installed, too.
  const jiti = createJiti(file, { fsCache: false, moduleCache: false, virtualModules: { kubernest: { defineHomelab } } });
  try {
    const module = (await jiti.evalModule(text, { filename: file, ext: ".ts", async: true, forceTranspile: true })) as { default?: unknown };
    const exported = await module.default;
    if (exported === undefined || (exported === module && typeof exported === "object" && Object.keys(exported).length === 0)) {
      return { error: "it has no default export: write export default defineHomelab({ … })", line: undefined, column: undefined };
    }
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

/** The first line of the file itself in the error: from a syntax error's own text, or the stack. */
function positionIn(error: unknown, file: string): { line: number | undefined; column: number | undefined } {
  const text = error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : "";
  const escaped = file.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const match = new RegExp(`${escaped}:(\\d+):(\\d+)`).exec(text) ?? /\((\d+):(\d+)\)/.exec(text);
  return { line: match === null ? undefined : Number(match[1]), column: match === null ? undefined : Math.max(1, Number(match[2])) };
}
