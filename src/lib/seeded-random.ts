/** A small deterministic generator (sfc32 seeded by a string hash). Not for keys or tokens: those come from real randomness. */

/** Chance from outside. One seed, split per component by name, so that adding a component never shifts another's draws. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, bound). */
  below(bound: number): number;
  /** `length` characters of Kubernetes' name alphabet (no vowels, no look-alikes). */
  suffix(length: number): string;
  /** A version 4 UUID. */
  uuid(): string;
  /** An independent generator for a component. */
  fork(name: string): Random;
}

const HEX = "0123456789abcdef";
/** `x` is any digit, `v` one of the four that a variant has. */
const UUID_PATTERN = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";
const [ANY_DIGIT, VARIANT_DIGIT] = [120, 118];
/** Of the one that is being made. */
const uuidCodes = new Array<number>(UUID_PATTERN.length).fill(0);
const NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** cyrb128: four 32-bit words from a string, enough to seed sfc32. */
function hashWords(text: string): [number, number, number, number] {
  let a = 1779033703, b = 3144134277, c = 1013904242, d = 2773480762;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ code, 597399067);
    b = c ^ Math.imul(b ^ code, 2869860233);
    c = d ^ Math.imul(c ^ code, 951274213);
    d = a ^ Math.imul(d ^ code, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  return [(a ^ b ^ c ^ d) >>> 0, b >>> 0, c >>> 0, d >>> 0];
}

export function seededRandom(seed: string): Random {
  let [a, b, c, d] = hashWords(seed);
  const word = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) word();
  const below = (bound: number): number => Math.floor((word() / 4294967296) * bound);
  /** Made in one piece: text that is put together by and by keeps its pieces, and there are many of these. */
  const uuid = (): string => {
    for (let i = 0; i < UUID_PATTERN.length; i++) {
      const place = UUID_PATTERN.charCodeAt(i);
      // The top bits of a word are what `below` would give.
      uuidCodes[i] = place === ANY_DIGIT ? HEX.charCodeAt(word() >>> 28) : place === VARIANT_DIGIT ? HEX.charCodeAt(8 + (word() >>> 30)) : place;
    }
    return String.fromCharCode.apply(undefined, uuidCodes);
  };
  return {
    next: () => word() / 4294967296,
    below,
    suffix(length) {
      let text = "";
      for (let i = 0; i < length; i++) text += NAME_ALPHABET[below(NAME_ALPHABET.length)];
      return text;
    },
    uuid,
    fork: (name) => seededRandom(`${seed}/${name}`),
  };
}
