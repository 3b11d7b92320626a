/** The page's elements: made and found. Text goes in as text nodes only, so nothing in a finding becomes markup. */

import { linePieces } from '../line-pieces.ts';

/** A new element. Empty and absent children are left out, and no line ends at a hyphen in a text (`linePieces`). */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string | null)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) {
    if (typeof child === 'string') addText(element, child);
    else if (child !== null) element.append(child);
  }
  return element;
}

function addText(element: HTMLElement, text: string): void {
  for (const { as, text: part } of linePieces(text)) {
    if (as === 'plain') {
      element.append(part);
      continue;
    }
    const mark = document.createElement(as === 'joined' ? 'span' : 'wbr');
    if (as === 'joined') {
      mark.className = 'whole';
      mark.textContent = part;
    }
    element.append(mark);
  }
}

/** The page's element of this id. Throws an Error when there is none, or one of another kind. */
export function byId<E extends HTMLElement>(id: string, kind: { readonly prototype: E; new (): E }): E {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the page has no ${kind.name} with the id ${id}`);
}

/** The nearest element around an event's target that matches; null when there is none. */
export function closest(event: Event, selector: string): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>(selector) : null;
}
