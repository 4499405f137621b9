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
