/** The ways in which a secret can stand in a text: as it is, as JSON, shells and URLs write it, and in base64, also in the middle of something longer. */

/** Shorter ones are found by chance. */
const LENGTH_MIN = 8;

export function secretForms(value: string): string[] {
  if (value.length < LENGTH_MIN) throw new Error("a secret of a test is long enough not to be found by chance");
  const json = JSON.stringify(value).slice(1, -1);
  const forms = [value, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(value), value.replaceAll("'", "'\\''"), Buffer.from(value).toString("hex")];
  for (const text of [value, json]) {
    for (const offset of [0, 1, 2]) {
      // The first and last digits hang on what stands around it.
      const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
      const digits = bytes.toString("base64").replace(/=+$/, "");
      const inner = digits.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
      forms.push(inner, inner.replaceAll("+", "-").replaceAll("/", "_"));
    }
  }
  return [...new Set(forms)];
}

/** Where each secret is found, with what stands around it; line breaks inside base64 do not hide it. */
export function leaksIn(texts: Readonly<Record<string, string>>, secrets: Readonly<Record<string, string>>): string[] {
  const leaks: string[] = [];
  for (const [place, text] of Object.entries(texts)) {
    const joined = text.replace(/([A-Za-z0-9+/_-]{60,})\n(?=[A-Za-z0-9+/_-])/g, "$1");
    for (const [name, value] of Object.entries(secrets)) {
      const form = secretForms(value).find((one) => text.includes(one) || joined.includes(one));
      if (form !== undefined) leaks.push(`${name} in ${place}: ${around(text.includes(form) ? text : joined, form)}`);
    }
  }
  return leaks;
}

function around(text: string, form: string): string {
  const at = text.indexOf(form);
  return `${text.slice(Math.max(0, at - 60), at)}<here>${text.slice(at + form.length, at + form.length + 20)}`.replaceAll("\n", "\\n");
}
