/** Fields that a JSON text has twice in one object, as `metadata.name` or `spec.containers[0].name`. `JSON.parse` keeps the last one and says nothing. */

/** The text must be valid JSON. Reads it once; about as fast as parsing it. */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  let at = 0;

  const blank = (): void => {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      at++;
    }
  };
  const string = (): string => {
    const start = at++;
    let escaped = false;
    for (;;) {
      const code = text.charCodeAt(at++);
      if (code === 92) {
        escaped = true;
        at++;
      } else if (code === 34 || Number.isNaN(code)) break;
    }
    return escaped ? (JSON.parse(text.slice(start, at)) as string) : text.slice(start + 1, at - 1);
  };
  const value = (path: string): void => {
    blank();
    const code = text.charCodeAt(at);
    if (code === 123) object(path);
    else if (code === 91) list(path);
    else if (code === 34) string();
    else {
      while (at < text.length && !",]} \n\r\t".includes(text[at]!)) at++;
    }
  };
  const object = (path: string): void => {
    const seen = new Set<string>();
    at++;
    blank();
    while (at < text.length && text[at] !== "}") {
      blank();
      const key = string();
      const here = path === "" ? key : `${path}.${key}`;
      if (seen.has(key)) {
        if (!found.includes(here)) found.push(here);
      } else seen.add(key);
      blank();
      at++;
      value(here);
      blank();
      if (text[at] === ",") at++;
      blank();
    }
    at++;
  };
  const list = (path: string): void => {
    at++;
    blank();
    for (let index = 0; at < text.length && text[at] !== "]"; index++) {
      value(`${path}[${index}]`);
      blank();
      if (text[at] === ",") at++;
      blank();
    }
    at++;
  };
  value("");
  return found;
}
