/** The script of the live page: it puts each update from the server into the page. Texts are set as text, never as markup. */

/** A word with a hyphen of at most so many characters is not broken. */
export const MOST_WHOLE = 36;

/** The complete script. The page's policy allows only this one, by its hash. */
export const LIVE_SCRIPT = `
(() => {
  'use strict';
  const byId = (id) => document.getElementById(id);
  const say = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };
  const shown = new Map();
  const spanOf = (kind, text) => {
    const span = document.createElement('span');
    span.className = kind;
    span.textContent = text;
    return span;
  };
  const cellOf = ({ badge, text }) => {
    const cell = document.createElement('td');
    text.split(' ').forEach((word, at) => {
      if (at > 0) cell.append(' ');
      cell.append(word.includes('-') && word.length <= ${MOST_WHOLE} ? spanOf('whole', word) : word);
    });
    if (text !== '' && badge) cell.append(' ');
    if (badge) cell.append(spanOf('badge ' + badge, badge));
    return cell;
  };
  const rowOf = (cells) => {
    const row = document.createElement('tr');
    row.append(...cells.map(cellOf));
    return row;
  };
  const put = ({ tone, texts, rows }) => {
    for (const [id, text] of Object.entries(texts)) say(id === 'title' ? document.querySelector('title') : byId(id), text);
    byId('health').dataset.tone = tone;
    for (const [id, all] of Object.entries(rows)) {
      const key = JSON.stringify(all);
      if (shown.get(id) === key) continue;
      shown.set(id, key);
      byId(id).replaceChildren(...all.map(rowOf));
    }
  };
  const connected = (live, text) => {
    document.documentElement.dataset.live = String(live);
    say(byId('live'), text);
  };
  const source = new EventSource('events');
  source.addEventListener('message', ({ data }) => {
    put(JSON.parse(data));
    connected(true, 'Live.');
  });
  source.addEventListener('error', () => {
    const again = source.readyState === EventSource.CLOSED ? 'Reload the page to try again.' : 'The page tries again by itself.';
    connected(false, 'No connection. This page shows what was so at ' + byId('at').textContent + '. ' + again);
  });
})();
`;
