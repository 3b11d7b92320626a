/** Markdown as the reference pages use it. */

/** A table. Cells are Markdown; what would end a cell or a row is escaped. An empty list of rows gives no table. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |\n`;
  return `${line(heads)}|${heads.map(() => '---|').join('')}\n${rows.map(line).join('')}`;
}

function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();
}

/** Text as code; quoted such that a backquote in it stays. */
export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** A list in words, each entry as code: `a`, `b` and `c`. */
export function codeList(entries: readonly string[]): string {
  const all = entries.map(code);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** A text in which words with a slash, an ellipsis or capitals inside stay as they are, but `<` cannot open an element. */
export function prose(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('*', '\\*');
}
