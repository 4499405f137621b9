/** What keeps the promises that are not kept, as changes that can be pasted behind `prove`. */
import type { Advice } from "../rehearse/prove/advice/advise.ts";
import { passageOf } from "../rehearse/prove/verdict.ts";
import { scenarioTitle } from "../scenarios/scenario.ts";
import type { Painter } from "./paint.ts";
import { painted, passageText, wrapped } from "./proof-report.ts";
import { shellQuote } from "../lib/shell-quote.ts";

export function adviceReport(advice: readonly Advice[], paint: Painter, width: number): string {
  return `${paint.bold("What would help")}\n${advice.map((one) => `${section(one, paint, width).join("\n")}\n`).join("\n")}`;
}

function section({ app, survives, changes, texts, judged, triedCount }: Advice, paint: Painter, width: number): string[] {
  const says = `${app} survives ${survives}`;
  const worst = judged.worst === undefined ? "" : `${scenarioTitle(judged.worst.outcome.scenario)}: ${passageText(passageOf(judged.worst.app), judged.worst.app)}`;
  if (texts.length === 0) return wrapped(`${says}: ${triedCount === 0 ? "nothing is known that could" : `none of ${triedCount} changes that were tried mends it`}`, width, "  ");
  const isKept = judged.verdict === "kept";
  const head = wrapped(isKept ? `${says}: kept with` : `${says}: still ${judged.verdict}, but less so, with`, width, "  ");
  return [
    isKept ? painted(head, "kept", paint.green, true) : head.join("\n"),
    ...texts.flatMap((text) => wrapped(`- ${text}`, width, "    ")),
    ...wrapped(`proved: worst of ${judged.scenarioCount}: ${worst}`, width, "  "),
    "  See all that they change with",
    `    kubernest prove ${changes.map((change) => `--what-if ${shellQuote(change)}`).join(" \\\n      ")}`,
  ];
}
