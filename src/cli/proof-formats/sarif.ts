/** A proof as SARIF: each promise that is not kept, at its place in the file. `kubernest prove -o sarif`. */
import { sarifLog, type SarifLevel, type SarifResult, type SarifRule } from "../../checks/report/sarif-log.ts";
import type { Position } from "../../config/source.ts";
import type { ProofDocument, PromiseResult } from "../proof-schema.ts";
import { lossText, promiseText } from "./words.ts";

const rule = (id: string, level: SarifLevel, short: string, full: string): SarifRule => ({ id, shortDescription: { text: short }, fullDescription: { text: full }, defaultConfiguration: { level } });

const RULES: readonly SarifRule[] = [
  rule("promise-back-in-time", "error", "A promised app is back as soon as it was promised.", "The longest time in which requests to the app fail, over all losses that the promise speaks of, is no longer than backWithin."),
  rule("promise-loses-no-more", "error", "No loss takes more data than the promise allows.", "What volumes, databases and the cluster's own state lose for good, over all losses that the promise speaks of, is within loses."),
  rule("promise-comes-back", "error", "A promised app comes back.", "After each loss that the promise speaks of, all requests are answered again, at the latest when what was lost is given back."),
  rule("promise-without-human", "warning", "A promised app comes back by itself.", "After each loss that the promise speaks of, requests are answered again without anybody doing anything; with byHand: true a person may be needed."),
  rule("promise-tried", "note", "A promise speaks of losses that the homelab can have.", "At least one loss that was tried is one that the promise speaks of."),
];

const RULE_OF: Readonly<Record<"data" | "time" | "return" | "human", string>> = { data: "promise-loses-no-more", time: "promise-back-in-time", return: "promise-comes-back", human: "promise-without-human" };

function ruleOf({ verdict, worst }: PromiseResult): string | undefined {
  if (verdict === "kept") return undefined;
  return worst === null || worst.breaks === null ? "promise-tried" : RULE_OF[worst.breaks];
}

/** What needs a human warns, whichever rule says so. */
const LEVEL_OF: Readonly<Record<PromiseResult["verdict"], SarifLevel>> = { broken: "error", "needs a human": "warning", "not tried": "note", kept: "note" };

export interface SarifPlace {
  file: string;
  version: string;
  /** The file's text; empty where its lines say nothing. */
  text: string;
  /** Where the promise's word on what it survives is written. */
  position(promise: PromiseResult): Position;
}

export function proofSarif(proof: ProofDocument, { file, version, text, position }: SarifPlace): string {
  const results = proof.promises.flatMap((promise): SarifResult[] => {
    const ruleId = ruleOf(promise);
    if (ruleId === undefined) return [];
    return [{ ruleId, level: LEVEL_OF[promise.verdict], text: message(promise, proof), file, ...position(promise), fingerprint: `${promise.app}/${promise.survives}` }];
  });
  return sarifLog(RULES, results, { version, text });
}

function message(promise: PromiseResult, { advice }: ProofDocument): string {
  const { app, survives, verdict, worst } = promise;
  const helps = advice.find((one) => one.app === app && one.survives === survives);
  return [
    `${verdict}: ${promiseText(promise)}.`,
    ...(worst === null ? ["No loss was tried that it speaks of."] : [`${worst.title}${worst.stands === null ? "" : `, ${worst.stands}`}: ${worst.seen}${worst.lost.map((one) => `; ${lossText(one)}`).join("")}.`, `${worst.why}.`, ...worst.repairs.byHand.map(({ text, commands }) => `${text}${commands.length === 0 ? "" : ` ${commands.join("; ")}`}`)]),
    ...(helps === undefined || helps.texts.length === 0 ? [] : [`What would help (${helps.verdict === "kept" ? "proved: kept" : `still ${helps.verdict}`}): ${helps.texts.join("; ")}.`]),
  ].join(" ");
}
