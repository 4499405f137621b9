/** What memory is swapped to now. What is set up for the next boot is in files that steps ask for. */
import type { Fact } from "./fact.ts";
import { FactUnreadable } from "./fact.ts";
import type { SwapFact } from "./machine-facts.ts";
import { lines } from "./readings.ts";

export const swapFact: Fact<SwapFact> = {
  id: "swap",
  reads: () => ({ texts: ["/proc/swaps"] }),
  parse: ({ texts }) => ({
    active: lines(texts["/proc/swaps"])
      .filter((line) => !line.startsWith("Filename"))
      .map((line) => {
        const match = /^(.+?)\s+(partition|file)\s+(\d+)\s+\d+\s+-?\d+$/.exec(line.trimEnd());
        if (match === null) throw new FactUnreadable("read swap: /proc/swaps has a line of another shape");
        const source = match[1]!.replaceAll("\\040", " ");
        return { source, kind: source.startsWith("/dev/zram") ? "zram" : (match[2] as "partition" | "file"), sizeBytes: Number(match[3]) * 1024 };
      }),
  }),
};
