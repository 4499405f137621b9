/** What the benchmark of machines tells: figures side by side, and the goals they are held to. */
import { loadavg } from "node:os";
import type { Measured } from "./measured-run.ts";

export interface Figure {
  readonly name: string;
  readonly wallMs: number;
  readonly nearCpuMs: number;
  readonly farCpuMs: number;
  readonly load: number;
  readonly samples: readonly { readonly wallMs: number; readonly nearCpuMs: number; readonly farCpuMs: number }[];
}

export interface Goal {
  readonly text: string;
  /** Names of figures of the same group: wall time of `of` is at most `ratioMax` of that of `to`. */
  readonly of: string;
  readonly to: string;
  readonly ratioMax: number;
}

export interface Report {
  readonly machine: object;
  readonly machines: number;
  readonly groups: { readonly title: string; readonly figures: readonly Figure[]; readonly goals: readonly Goal[] }[];
}

/** Medians; without any sample, zeros. */
export function figureOf(name: string, all: readonly Measured[]): Figure {
  const samples = all.map(({ wallMs, nearCpuMs, farCpuMs }) => ({ wallMs, nearCpuMs, farCpuMs }));
  const of = (key: "wallMs" | "nearCpuMs" | "farCpuMs"): number => median(samples.map((sample) => sample[key]));
  return { name, wallMs: of("wallMs"), nearCpuMs: of("nearCpuMs"), farCpuMs: of("farCpuMs"), load: loadavg()[0]!, samples };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return 0;
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;

/** Text at 80 columns. */
export function printReport(report: Report): string {
  return report.groups
    .map(({ title, figures, goals }) => {
      const lines = figures.map(({ name, wallMs, nearCpuMs, farCpuMs, samples }) => {
        const walls = samples.map((sample) => sample.wallMs);
        return `  ${name.padEnd(36)}${seconds(wallMs).padStart(9)}   CPU ${seconds(nearCpuMs)} + ${seconds(farCpuMs)}   (${seconds(Math.min(...walls))}–${seconds(Math.max(...walls))})`;
      });
      const verdicts = goals.map((goal) => {
        const [of, to] = [goal.of, goal.to].map((name) => figures.find((figure) => figure.name === name)!);
        const ratio = of!.wallMs / to!.wallMs;
        const cpu = (of!.nearCpuMs + of!.farCpuMs) / (to!.nearCpuMs + to!.farCpuMs);
        return `  goal ${goal.text}: ${ratioText(ratio)}${ratio <= goal.ratioMax ? ", met" : ", missed"}; in CPU time ${ratioText(cpu)}`;
      });
      return `${title}\n${[...lines, ...verdicts].join("\n")}\n`;
    })
    .join("\n");
}

function ratioText(ratio: number): string {
  return ratio < 1 ? `1/${(1 / ratio).toFixed(1)}` : `${ratio.toFixed(2)} ×`;
}
