/** How the page of a proof looks: on a phone, on paper, in the light and in the dark. */
export const PROOF_STYLE = `:root {
  --paper: #fff; --ink: #1c2024; --quiet: #5d666f; --line: #d9dee3; --soft: #f4f6f8;
  --good: #18794e; --bad: #c62a2f; --warn: #9a5b00;
  --s0: #4a7bb5; --s1: #d08b3a; --s2: #6a9a5b; --s3: #9a6fb0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e6e9ec; --quiet: #9aa4ad; --line: #31373d; --soft: #1c2125;
    --good: #4cc38a; --bad: #ff7d7d; --warn: #f0b54a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 56rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; line-height: 1.2; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0 0 .5rem; }
h4 { font-size: .9rem; margin: .9rem 0 .25rem; }
p { margin: .35rem 0; }
ul { margin: .25rem 0; padding-left: 1.2rem; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .75rem; margin: .4rem 0; font: .85rem/1.45 ui-monospace, monospace; white-space: pre-wrap; }
code { font: .9em ui-monospace, monospace; }
.sum { font-size: 1.1rem; font-weight: 600; }
.quiet { color: var(--quiet); font-size: .9rem; }
.why { font-weight: 600; }
.card { border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 6px; padding: .8rem 1rem; margin: .75rem 0; }
.card.kept { border-left-color: var(--good); } .card.broken { border-left-color: var(--bad); } .card.needs-a-human { border-left-color: var(--warn); }
.badge { display: inline-block; padding: 0 .5rem; border: 1px solid currentColor; border-radius: 999px; font-size: .85rem; font-weight: 600; color: var(--quiet); }
.badge.kept, .better { color: var(--good); } .badge.broken, .worse, .data { color: var(--bad); } .badge.needs-a-human { color: var(--warn); }
.losses { list-style: none; padding: 0; }
.losses > li { padding: .5rem 0; border-bottom: 1px solid var(--line); }
.loss { display: grid; grid-template-columns: 11rem 1fr; gap: 0 1rem; }
.loss .data { grid-column: 2; }
details { margin: .35rem 0; } summary { cursor: pointer; color: var(--quiet); font-size: .9rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td { padding: .2rem .6rem .2rem 0; vertical-align: top; }
td.time { white-space: nowrap; text-align: right; font-variant-numeric: tabular-nums; width: 6.5rem; }
.causes .quiet { display: block; font-size: .8rem; }
tr.all td { border-top: 1px solid var(--line); font-weight: 600; }
.constants td:first-child { width: 50%; }
.bar { display: flex; gap: 1px; height: 10px; margin: .5rem 0; border-radius: 5px; overflow: hidden; background: var(--soft); }
.bar i { flex: 0 0 0; min-width: 1px; }
.s0 { background: var(--s0); } .s1 { background: var(--s1); } .s2 { background: var(--s2); } .s3 { background: var(--s3); }
@media (max-width: 34rem) {
  .loss { grid-template-columns: 1fr; } .loss .data { grid-column: 1; }
  td.time { width: 5rem; } .card { padding: .7rem .75rem; }
}
@media print {
  :root { font-size: 10pt; --paper: #fff; --ink: #000; --quiet: #444; --line: #bbb; --soft: #f4f4f4; --good: #074; --bad: #b00; --warn: #850; }
  body { font-size: 1rem; } main { max-width: none; padding: 0; }
  h2, h3, h4, summary { break-after: avoid; } li, tr, pre { break-inside: avoid; }
  details::details-content { content-visibility: visible; display: block; }
  .bar i { print-color-adjust: exact; }
}
`;
