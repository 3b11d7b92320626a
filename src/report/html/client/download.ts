/** Hands text to the reader as a file. Nothing leaves the machine. */

/** Lets the browser save CSV under a name. The file begins with a byte order mark, which Excel needs to read UTF-8. */
export function download(name: string, text: string): void {
  const href = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
  // The browser has taken the file over by then.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
