/** A section of the HTML report, its place in the table of contents, and lists that are too long to show at once. */

import { grouped } from '../../collections.ts';
import { type Html, html, trusted } from '../escape.ts';

/** A section: its heading, for whom it is, and what it shows. */
export interface Section {
  /** The heading's id, which links lead to. */
  readonly id: string;
  readonly title: string;
  /** How many things it lists, for the table of contents. Absent where a number says nothing. */
  readonly count?: number | undefined;
  /** One sentence: who reads it, and for what. */
  readonly forWhom: string;
  readonly body: Html;
}

/** The section's markup. */
export function sectionHtml({ id, title, forWhom, body }: Section): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${forWhomHtml(forWhom)}${body}</section>`;
}

/** The sentence below a heading. */
export function forWhomHtml(forWhom: string): Html {
  return html`<p class="soft small whom">${forWhom}</p>`;
}

/** A row of links to the sections, each with how much it lists. It works without scripts. */
export function contents(sections: readonly Pick<Section, 'id' | 'title' | 'count'>[]): Html {
  const items = sections.map(
    ({ id, title, count }) =>
      html`<li><a href="#${id}">${title}</a>${count === undefined ? null : html` <span class="soft">${grouped(count)}</span>`}</li>`,
  );
  return html`<nav class="toc" aria-label="Contents"><ul>${items}</ul></nav>`;
}

/** Longer lists are cut; the page then says that the JSON has the rest. */
const LISTED = 500;
/** How many rows of a list are on paper. The style hides the others. */
const PRINTED = 100;
/** How many rows stand before the fold. */
const SHOWN = 10;

/** A table of which only the first rows are shown until it is unfolded. */
export interface LongTable {
  /** What a row is, in the plural: `inputs`. */
  readonly rowsAre: string;
  readonly head: Html;
  readonly rows: readonly Html[];
  /** Shows none of its rows before it is unfolded. @default false: the first ten */
  readonly folded?: boolean | undefined;
  /** The table's class. @default none */
  readonly className?: string | undefined;
}

/**
 * The table, with all rows but the first in a fold that says how many it has. At most 500 rows are in the page and at most 100 on paper,
 * and it says so.
 */
export function longTable({ rowsAre, head, rows, folded = false, className }: LongTable): Html {
  const tableOf = (part: readonly Html[]): Html =>
    html`<div class="scroll">${className === undefined ? trusted('<table>') : html`<table class="${className}">`}<thead>${head}</thead><tbody>${part}</tbody></table></div>`;
  const listed = rows.slice(0, LISTED);
  // A fold of two rows would only hide them.
  const first = folded ? [] : listed.length <= SHOWN + 2 ? listed : listed.slice(0, SHOWN);
  const rest = listed.slice(first.length);
  const left = rows.length - listed.length;
  const label = `${grouped(rest.length)} ${folded ? '' : 'more '}${rowsAre}`;
  const fold = html`<details class="${folded ? 'fold all' : 'fold'}" aria-label="${label}"><summary>${label}</summary>${tableOf(rest)}</details>`;
  return html`${first.length === 0 ? null : tableOf(first)}${rest.length === 0 ? null : fold}${
    left > 0 ? html`<p class="soft">${grouped(left)} more ${rowsAre} in the JSON of this report.</p>` : null
  }${
    listed.length > PRINTED
      ? html`<p class="soft onpaper">On paper: the first ${PRINTED} of ${grouped(rows.length)} ${rowsAre}.</p>`
      : null
  }`;
}
