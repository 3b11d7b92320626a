/** The page's elements: made and found. Text goes in as text nodes only, so nothing in a finding becomes markup. */

/** A new element. Empty and absent children are left out. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string | null)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.flatMap((child) => (child === null || child === '' ? [] : [child])));
  return element;
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
