/** Colours for a terminal that takes them, and plain text for all else. */
import { styleText } from "node:util";

export interface Painter {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

export function painter(hasColour: boolean): Painter {
  const paint = (style: Parameters<typeof styleText>[0]) => (text: string): string => (hasColour ? styleText(style, text, { validateStream: false }) : text);
  return { bold: paint("bold"), dim: paint("dim"), red: paint("red"), green: paint("green"), yellow: paint("yellow") };
}
