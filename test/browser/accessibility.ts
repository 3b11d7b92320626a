/** A compact accessibility check: names from Chromium's own accessibility tree, the contrast of every text, the focus. */

import type { Page } from 'playwright-core';

const NAMED = new Set([
  'button',
  'link',
  'searchbox',
  'textbox',
  'combobox',
  'checkbox',
  'image',
  'img',
  'columnheader',
  'rowheader',
  'navigation',
  'search',
  'region',
  'group',
  'table',
  'heading',
  'figure',
]);
/** Roles that need no name. */
const MAY_BE_NAMELESS = new Set(['figure', 'table']);

/** The roles of nodes that a screen reader would announce without a name. */
export async function nameless(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  return nodes
    .filter(
      ({ ignored, role, name }) =>
        !ignored &&
        NAMED.has(String(role?.value)) &&
        !MAY_BE_NAMELESS.has(String(role?.value)) &&
        String(name?.value ?? '').trim() === '',
    )
    .map(({ role }) => String(role?.value));
}

/** Texts whose contrast with their background is below 4.5:1, as `ratio text`. Disabled controls are exempt, as in WCAG. */
export function lowContrast(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(String.raw`(() => {
    const parse = (colour) => { const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number); return { r, g, b, a }; };
    const linear = (c) => { const s = c / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; };
    const luminance = ({ r, g, b }) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const over = (top, below) => ({ r: top.r * top.a + below.r * (1 - top.a), g: top.g * top.a + below.g * (1 - top.a), b: top.b * top.a + below.b * (1 - top.a), a: 1 });
    const behind = (element) => {
      const layers = [];
      for (let at = element; at; at = at.parentElement) { const c = parse(getComputedStyle(at).backgroundColor); if (c.a > 0) { layers.push(c); if (c.a === 1) break; } }
      return layers.reverse().reduce((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
    };
    const bad = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || !element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) || element.closest('script,style,noscript,:disabled')) continue;
      const background = behind(element);
      const [a, b] = [luminance(over(parse(getComputedStyle(element).color), background)), luminance(background)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) bad.push(ratio.toFixed(2) + ' ' + node.data.trim().slice(0, 40));
    }
    return bad;
  })()`);
}

/** The element that has the focus: its place in the document, and whether it is on the screen and visibly focused. */
export function focused(
  page: Page,
): Promise<{ readonly index: number; readonly label: string; readonly shows: boolean }> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    const seen = element.matches('.pill input') ? element.nextElementSibling : element;
    const { outlineStyle, outlineWidth } = getComputedStyle(seen);
    const box = seen.getBoundingClientRect();
    return { index: [...document.querySelectorAll('*')].indexOf(element), label: (element.id || element.name || element.textContent || '').trim().slice(0, 40),
      shows: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && box.width > 0 && box.right > 0 };
  })()`);
}
