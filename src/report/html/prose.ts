/** Text for people on the HTML page. */

import { type Html, html, trusted, visible } from '../escape.ts';
import { type LinePiece, linePieces } from './line-pieces.ts';

/** Text in which no line ends at a hyphen of an id (`linePieces`). Selected and copied, it is the text unchanged. */
export function prose(text: string): Html {
  return html`${linePieces(visible(text)).map(pieceOf)}`;
}

function pieceOf({ as, text }: LinePiece): Html {
  switch (as) {
    case 'plain':
      return html`${text}`;
    case 'joined':
      return html`<span class="whole">${text}</span>`;
    case 'break':
      return trusted('<wbr>');
  }
}
