/** Makes a whole file of an example's snippet: takes away its indentation, and adds the sections it leaves out, after it so that its lines stay. */

/** A small valid homelab, by section. */
const SECTIONS: Readonly<Record<string, string>> = {
  name: "name: maison",
  domain: "domain: maison.example",
  machines: `machines:
  pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
  pi2: { address: 192.168.1.12 }
  pi3: { address: 192.168.1.13 }`,
  machineDefaults: "machineDefaults: { hardware: raspberry-pi-5 }",
};

/** The snippet without its leading line break and common indentation. */
export function dedent(snippet: string): string {
  const lines = snippet.replace(/^\n/, "").split("\n");
  const indent = Math.min(...lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indent)).join("\n");
}

/** A file that loads: the snippet first. */
export function completeExample(snippet: string): string {
  const text = dedent(snippet);
  const has = (section: string): boolean => new RegExp(`^${section}:`, "m").test(text);
  // Defaults of ours would change machines that the snippet describes itself.
  const missing = Object.keys(SECTIONS).filter((section) => !has(section) && !(section === "machineDefaults" && has("machines")));
  return `${text}\n${missing.map((section) => SECTIONS[section]).join("\n")}\n`;
}

/** Lines that the snippet marks as wrong (`# ✗`), from 1. */
export function markedLines(snippet: string): number[] {
  return dedent(snippet)
    .split("\n")
    .flatMap((line, index) => (/#\s*✗\s*$/.test(line) ? [index + 1] : []));
}
