/** apimachinery `rand.SafeEncodeString`: digits and letters that cannot spell words. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

export function safeEncode(text: string): string {
  let encoded = "";
  for (let i = 0; i < text.length; i++) encoded += ALPHABET[text.charCodeAt(i) % ALPHABET.length];
  return encoded;
}
