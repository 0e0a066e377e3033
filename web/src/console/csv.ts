/** Lists as files for spreadsheets. */

// Spreadsheets run a cell that begins so as a formula, some also with the full-width signs.
const FORMULA = /^[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]/;

/** Return the lines as the text of a CSV file. */
export const csv = (lines: readonly (readonly string[])[]): string =>
  lines.map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");

function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Return the text as a file. */
export const csvFile = (text: string): Blob => new Blob([text], { type: "text/csv;charset=utf-8" });
