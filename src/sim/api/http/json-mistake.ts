/** What is wrong with a JSON text, in the words of the scanner that upstream's decoder has from Go's `encoding/json`: those of `JSON.parse` change with the version of Node. */

const ENDED = "unexpected end of JSON input";
const ESCAPES = "bfnrt\\/\"";

class Mistake extends Error {}

/** The first mistake; undefined where there is none. */
export function jsonMistake(text: string): string | undefined {
  try {
    new Scanner(text).whole();
    return undefined;
  } catch (error) {
    if (error instanceof Mistake) return error.message;
    // So deeply nested that no stack holds it.
    if (error instanceof RangeError) return "exceeded max depth";
    throw error;
  }
}

class Scanner {
  // Go reads bytes, and shows one of them as the character of that number.
  readonly #bytes: string;
  #at = 0;

  constructor(text: string) {
    this.#bytes = Buffer.from(text).toString("latin1");
  }

  whole(): void {
    this.#value("looking for beginning of value");
    this.#space();
    if (this.#at < this.#bytes.length) this.#fail("after top-level value");
  }

  #value(context: string): void {
    this.#space();
    const first = this.#bytes[this.#at];
    if (first === "{") this.#object();
    else if (first === "[") this.#array();
    else if (first === '"') this.#string();
    else if (first === "-" || isDigit(first)) this.#number();
    else if (first === "t") this.#literal("true");
    else if (first === "f") this.#literal("false");
    else if (first === "n") this.#literal("null");
    else this.#fail(context);
  }

  #object(): void {
    this.#at++;
    this.#space();
    if (this.#took("}")) return;
    do {
      this.#space();
      if (this.#bytes[this.#at] !== '"') this.#fail("looking for beginning of object key string");
      this.#string();
      this.#space();
      if (!this.#took(":")) this.#fail("after object key");
      this.#value("looking for beginning of value");
      this.#space();
    } while (this.#took(","));
    if (!this.#took("}")) this.#fail("after object key:value pair");
  }

  #array(): void {
    this.#at++;
    this.#space();
    if (this.#took("]")) return;
    do {
      this.#value("looking for beginning of value");
      this.#space();
    } while (this.#took(","));
    if (!this.#took("]")) this.#fail("after array element");
  }

  #string(): void {
    for (this.#at++; !this.#took('"'); this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || byte < " ") this.#fail("in string literal");
      if (byte !== "\\") continue;
      this.#at++;
      if (this.#bytes[this.#at] === "u") {
        for (let digit = 0; digit < 4; digit++) {
          this.#at++;
          if (!/^[0-9a-fA-F]$/.test(this.#bytes[this.#at] ?? "")) this.#failInside("in \\u hexadecimal character escape");
        }
      } else if (!ESCAPES.includes(this.#bytes[this.#at] ?? " ")) this.#failInside("in string escape code");
    }
  }

  #number(): void {
    this.#took("-");
    // After a leading zero the number has ended: what follows is not in the value's place.
    if (!this.#took("0")) this.#digits("in numeric literal");
    if (this.#took(".")) this.#digits("after decimal point in numeric literal");
    if (this.#took("e") || this.#took("E")) {
      if (!this.#took("+")) this.#took("-");
      this.#digits("in exponent of numeric literal");
    }
  }

  #digits(context: string): void {
    if (!isDigit(this.#bytes[this.#at])) this.#failInside(context);
    while (isDigit(this.#bytes[this.#at])) this.#at++;
  }

  #literal(word: string): void {
    for (let index = 0; index < word.length; index++, this.#at++) if (this.#bytes[this.#at] !== word[index]) this.#failInside(`in literal ${word} (expecting '${word[index]}')`);
  }

  #space(): void {
    while (this.#at < this.#bytes.length && " \t\r\n".includes(this.#bytes[this.#at]!)) this.#at++;
  }

  #took(byte: string): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  /** At its end the text has one more space for Go's scanner, which inside of a word or a number is wrong as such. */
  #failInside(context: string): never {
    this.#fail(context, this.#bytes[this.#at] ?? " ");
  }

  #fail(context: string, byte = this.#bytes[this.#at]): never {
    throw new Mistake(byte === undefined ? ENDED : `invalid character ${quoted(byte)} ${context}`);
  }
}

function isDigit(byte: string | undefined): boolean {
  return byte !== undefined && byte >= "0" && byte <= "9";
}

/** As Go quotes a character. */
function quoted(byte: string): string {
  if (byte === "'") return "'\\''";
  if (byte === '"') return "'\"'";
  const short: Readonly<Record<string, string>> = { "\\": "\\\\", "\x07": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v" };
  const code = byte.charCodeAt(0);
  if (short[byte] !== undefined) return `'${short[byte]}'`;
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, "0")}'`;
  // What Unicode does not count as printed: controls, the space without a break, the soft hyphen.
  if ((code >= 0x80 && code <= 0xa0) || code === 0xad) return `'\\u${code.toString(16).padStart(4, "0")}'`;
  return `'${byte}'`;
}
