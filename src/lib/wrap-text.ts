/** Text broken at spaces into rows of at most `width` characters; a word that is longer stays whole. `hanging`: what rows after the first begin with. */
export function wrapText(text: string, width: number, hanging = ""): string[] {
  const rows: string[] = [];
  let row = "";
  for (const word of text.split(" ")) {
    if (row !== "" && row.length + 1 + word.length > width) {
      rows.push(row);
      row = hanging + word;
    } else row = row === "" ? word : `${row} ${word}`;
  }
  return [...rows, row];
}

/** Where a word that is too long may be broken, behind one of these. */
const SEAMS = /[/,:;.@-]/;

/** The same, but nothing is wider than `width`: a word that is longer is broken too, at a seam where it has one in its later half. Not for what is to be copied. */
export function fitText(text: string, width: number, hanging = ""): string[] {
  const rows: string[] = [];
  let row = "";
  let isFresh = true;
  for (const word of text.split(" ")) {
    if (!isFresh && row.length + 1 + word.length > width) {
      rows.push(row);
      row = hanging;
    } else if (!isFresh) row += " ";
    let rest = word;
    while (row.length + rest.length > width && width > row.length) {
      const end = cutOf(rest, width - row.length);
      rows.push(row + rest.slice(0, end));
      rest = rest.slice(end);
      row = hanging;
    }
    row += rest;
    isFresh = false;
  }
  return [...rows, row];
}

function cutOf(word: string, lengthMax: number): number {
  for (let end = lengthMax; end > lengthMax / 2; end--) if (SEAMS.test(word[end - 1]!)) return end;
  return lengthMax;
}
