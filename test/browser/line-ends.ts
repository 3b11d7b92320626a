/** Finds the lines of a page that end at a hyphen. */

import type { Page } from 'playwright-core';

/** The words that a line parts at a hyphen, as the reader sees them: `tmt-|0a1`. */
export function brokenAtHyphens(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(String.raw`(() => {
    const places = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement.closest('script,style,noscript,select') || !node.parentElement.checkVisibility()) continue;
      const block = [...ancestors(node)].find((one) => !getComputedStyle(one).display.startsWith('inline'));
      for (let at = 0; at < node.data.length; at += 1) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const box = range.getClientRects()[0];
        if (box && box.width > 0) places.push({ char: node.data[at], top: box.top, bottom: box.bottom, block });
      }
    }
    function* ancestors(node) { for (let at = node.parentElement; at; at = at.parentElement) yield at; }
    const broken = [];
    places.forEach(({ char, bottom, block }, n) => {
      const next = places[n + 1];
      if (char !== '-' || !next || next.block !== block || /\s/.test(next.char) || next.top < bottom - 1) return;
      broken.push(places.slice(Math.max(0, n - 8), n + 1).map((one) => one.char).join('') + '|' + next.char);
    });
    return broken;
  })()`);
}
