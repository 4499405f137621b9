/** A proof as one page that needs nothing else: no scripts, no fonts, no pictures from anywhere. `kubernest prove -o html`. */
import { timeText } from "../../lib/time-text.ts";
import type { AppResult, ProofDocument, PromiseResult, ScenarioResult } from "../proof-schema.ts";
import { adviceCommand, appOf, byVerdict, constantsText, countsText, feltBy, type Figure, lossText, promiseText, secondsText, verdictText, withoutPromises } from "./words.ts";
import { PROOF_STYLE } from "./style.ts";

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const html = escapeHtml;

export function proofHtml(proof: ProofDocument, fileArgument: string): string {
  const title = `What ${proof.homelab} survives`;
  const body = [
    `<header><h1>${html(title)}</h1><p class="sum">${html(verdictText(proof))}.</p><p class="quiet">${html(countsText(proof))}</p></header>`,
    ...(proof.whatIf === undefined ? [] : [section("What changes", whatIf(proof.whatIf))]),
    section("Promises", proof.promises.length === 0 ? deserved(proof) : byVerdict(proof.promises).map((promise) => promiseCard(promise, proof)).join("\n")),
    ...(proof.advice.length === 0 ? [] : [section("What would help", proof.advice.map((one) => advice(one, fileArgument)).join("\n"))]),
    ...appsOf(proof).map((app) => section(app, appLosses(app, proof))),
    constants(proof),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${html(title)}</title>
<style>
${PROOF_STYLE}</style>
</head>
<body>
<main>
${body.join("\n")}
</main>
</body>
</html>
`;
}

function deserved(proof: ProofDocument): string {
  const { text, yaml, not } = withoutPromises(proof);
  return `<p>${html(text)}</p>${yaml === "" ? "" : `<pre>${html(yaml)}</pre>`}${not.length === 0 ? "" : `<ul>${not.map((each) => `<li>${html(each)}</li>`).join("")}</ul>`}`;
}

const section = (title: string, inside: string): string => `<section>\n<h2>${html(title)}</h2>\n${inside}\n</section>`;

/** `needs a human` → `needs-a-human` */
const classOf = (verdict: PromiseResult["verdict"]): string => verdict.replaceAll(" ", "-");

function promiseCard(promise: PromiseResult, proof: ProofDocument): string {
  const { verdict, worst, scenarios } = promise;
  const head = `<h3><span class="badge ${classOf(verdict)}">${html(verdict)}</span> ${html(promiseText(promise))}</h3>`;
  if (worst === null) return `<article class="card ${classOf(verdict)}">${head}<p>Nothing was tried that it speaks of.</p></article>`;
  const mine = appOf(proof.scenarios.find(({ name }) => name === worst.scenario), promise.app);
  const isKept = verdict === "kept";
  const inside = [
    head,
    `<p>It may lose: ${html(promise.loses)}.</p>`,
    `<p>Worst of ${scenarios}: <strong>${html(worst.title)}</strong>: ${html(worst.seen)}</p>`,
    ...(worst.lost.length === 0 ? [] : [list("Data", worst.lost.map((one) => `${html(lossText(one))} <span class="quiet">(${html(one.why)})</span>`))]),
    ...(isKept || worst.stands === null ? [] : [`<p>${html(worst.stands)}</p>`]),
    ...(isKept || worst.why === "" ? [] : [`<p class="why">${html(worst.why)}</p>`]),
    ...(mine?.figures ?? []).map((figure) => figureDetails(figure, !isKept)),
    ...repairs(worst.repairs),
  ];
  return `<article class="card ${classOf(verdict)}">\n${inside.join("\n")}\n</article>`;
}

function repairs({ byItself, byHand }: NonNullable<PromiseResult["worst"]>["repairs"]): string[] {
  return [
    ...(byItself.length === 0 ? [] : [list("By itself", byItself.map(html))]),
    ...(byHand.length === 0 ? [] : [list("By hand", byHand.map(({ text, commands }) => `${html(text)}${commands.length === 0 ? "" : `<pre>${html(commands.join("\n"))}</pre>`}`))]),
  ];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const list = (title: string, items: readonly string[]): string => `<h4>${html(title)}</h4>\n<ul>${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;

function figureDetails({ what, ms, causes }: Figure, isOpen: boolean): string {
  const bar = `<div class="bar" aria-hidden="true">${causes.map((cause, index) => `<i class="s${index % 4}" style="flex-grow:${cause.ms}"></i>`).join("")}</div>`;
  const rows = causes.map((cause) => `<tr><td class="time">${html(secondsText(cause.ms))}</td><td>${html(cause.text)}${cause.constants.length === 0 ? "" : ` <span class="quiet">${html(constantsText(cause))}</span>`}</td></tr>`);
  return `<details${isOpen ? " open" : ""}><summary>${html(capital(what))}: ${html(timeText(ms))}, step by step</summary>\n${bar}\n<table class="causes"><tbody>${rows.join("")}<tr class="all"><td class="time">${html(secondsText(ms))}</td><td>in all</td></tr></tbody></table>\n</details>`;
}

function advice({ app, survives, changes, texts, verdict, tried }: ProofDocument["advice"][number], fileArgument: string): string {
  const says = html(`${app} survives ${survives}`);
  if (texts.length === 0) return `<p>${says}: ${tried === 0 ? "nothing is known that could" : `none of ${tried} changes that were tried mends it`}.</p>`;
  const head = verdict === "kept" ? `${says}: <span class="badge kept">kept</span> with` : `${says}: still ${html(verdict)}, but less so, with`;
  return `<article class="card">\n<p>${head}</p>\n<ul>${texts.map((text) => `<li>${html(text)}</li>`).join("")}</ul>\n<p class="quiet">Proved on the changed file. All that it changes:</p>\n<pre>${html(adviceCommand(changes, fileArgument))}</pre>\n</article>`;
}

function whatIf({ changes, promises, losses, news }: NonNullable<ProofDocument["whatIf"]>): string {
  const rows = [
    ...promises.map(({ app, survives, before, after }) => `${html(`${app} survives ${survives}: ${before}`)} → <strong>${html(after)}</strong>`),
    ...losses.map(({ app, title, before, after, isBetter }) => `${html(`${app}, ${title}: ${before}`)} → <span class="${isBetter ? "better" : "worse"}">${html(after)}</span>`),
    ...news.map(({ app, title, after }) => `${html(`${app}, ${title} (new): ${after}`)}`),
  ];
  return `<p>As if the file said ${changes.map((change) => `<code>${html(change)}</code>`).join(" and ")}.</p>\n${rows.length === 0 ? "<p>Nothing changes that anybody would feel.</p>" : `<ul>${rows.map((row) => `<li>${row}</li>`).join("")}</ul>`}`;
}

function appLosses(app: string, proof: ProofDocument): string {
  const felt = feltBy(app, proof);
  const unfelt = proof.scenarios.length - felt.length;
  const rest = unfelt === 0 ? "" : `<p class="quiet">${unfelt === proof.scenarios.length ? "No loss is felt" : `${unfelt} other ${unfelt === 1 ? "loss is" : "losses are"} not felt`} (of ${proof.scenarios.length}).</p>`;
  return `${felt.length === 0 ? "" : `<ul class="losses">\n${felt.map(({ scenario, mine }) => lossRow(scenario, mine)).join("\n")}\n</ul>`}${rest}`;
}

function lossRow(scenario: ScenarioResult, mine: AppResult): string {
  const data = mine.lost.map((one) => `<span class="data">${html(lossText(one))}</span>`).join("");
  const open = mine.outages.find(({ toMs }) => toMs === null);
  const waits = open === undefined ? "" : `<p class="quiet">In the way: ${html(open.why.at(-1)?.text ?? "")}</p>`;
  return `<li><div class="loss"><strong>${html(scenario.title)}</strong><span>${html(mine.seen)}</span>${data}</div>${waits}${mine.figures.map((figure) => figureDetails(figure, false)).join("")}</li>`;
}

const appsOf = ({ scenarios }: ProofDocument): string[] => (scenarios[0]?.apps ?? []).map(({ app }) => app);

/** Every constant that a step rests on, once. */
function constants({ scenarios }: ProofDocument): string {
  const used = new Map(scenarios.flatMap(({ apps }) => apps).flatMap(({ figures }) => figures).flatMap(({ causes }) => causes).flatMap((cause) => cause.constants).map((one) => [one.name, one]));
  if (used.size === 0) return "";
  const rows = [...used.values()].map(({ name, source }) => `<tr><td>${html(name)}</td><td>${html(source)}</td></tr>`);
  return section("Where the constants are from", `<table class="constants"><tbody>${rows.join("")}</tbody></table>`);
}
