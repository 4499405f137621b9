/** The formats in which `prove` writes its result, by the name that -o gives them. Each is the same to the byte for the same file and seed. */
import { checkFile } from "../../checks/check-file.ts";
import type { Homelab } from "../../config/homelab.ts";
import type { Change } from "../../config/what-if.ts";
import { survivalText } from "../../rehearse/prove/verdict.ts";
import { checkOptions } from "../check-options.ts";
import type { CommandIo } from "../command.ts";
import { packageVersion } from "../package-version.ts";
import type { ProofDocument } from "../proof-schema.ts";
import { proofHtml } from "./html.ts";
import { proofMarkdown } from "./markdown.ts";
import { proofSarif } from "./sarif.ts";

export interface FormatContext {
  homelab: Homelab;
  file: string;
  /** How commands name the file: ` -c lab.yaml`; empty where they find it themselves. */
  fileArgument: string;
  changes: readonly Change[];
  io: CommandIo;
}

export type Format = keyof typeof FORMATS;

export const FORMATS = {
  json: (proof: ProofDocument): string => `${JSON.stringify(proof, null, 2)}\n`,
  md: (proof: ProofDocument, { fileArgument }: FormatContext): string => proofMarkdown(proof, fileArgument),
  html: (proof: ProofDocument, { fileArgument }: FormatContext): string => proofHtml(proof, fileArgument),
  sarif: placed,
} as const;

async function placed(proof: ProofDocument, { homelab, file, changes, io }: FormatContext): Promise<string> {
  const { source } = await checkFile(file, { ...checkOptions(io), changes });
  return proofSarif(proof, {
    file,
    version: packageVersion(),
    text: source.text,
    position: ({ app, survives }) => {
      const all = homelab.apps[app]!.promise!.survives;
      const path = ["apps", app, "promise", "survives"];
      return source.position(all.length > 1 ? [...path, all.findIndex((one) => survivalText(one) === survives)] : path);
    },
  });
}
