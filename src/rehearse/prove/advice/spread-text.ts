/** `[{over: machine}, {over: power-strip, required: true}]` */
import type { Placement } from "../../../config/homelab.ts";

export function spreadText(spread: readonly { over: Placement["spread"][number]["over"]; required: boolean; maxSkew?: number }[]): string {
  return `[${spread.map(({ over, required, maxSkew = 1 }) => `{over: ${over}${required ? ", required: true" : ""}${maxSkew === 1 ? "" : `, maxSkew: ${maxSkew}`}}`).join(", ")}]`;
}
