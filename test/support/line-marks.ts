/** The HTML without the marks of where a line may end (`prose`): as the texts were before. */
export function withoutLineMarks(html: string): string {
  return html.replaceAll(/<span class="whole">([^<]*)<\/span>|<wbr>/g, '$1');
}
