/** What the live page shows, as plain values: the page is made of it, and its script puts each later one into the page. */

import { visible } from '../escape.ts';
import { type LiveLine, liveWords } from './live-words.ts';
import type { LiveState } from './state.ts';

/** A cell of a table: a badge of this severity, text, or both. */
export interface LiveCell {
  readonly badge?: string | undefined;
  readonly text: string;
}

/** The values of the page. Every text is safe to show as text: what would act is an escape. */
export interface LivePageUpdate {
  /** Of its health. */
  readonly tone: 'good' | 'bad' | 'neutral';
  /** By the `id` of the element that shows it. */
  readonly texts: Readonly<Record<string, string>>;
  /** Rows of tables, by the `id` of the table's body. */
  readonly rows: Readonly<Record<string, readonly (readonly LiveCell[])[]>>;
}

/** The values of the page at this time. */
export function livePageUpdate(state: LiveState, now: Date): LivePageUpdate {
  const { headline, health, subject, newestDelivery, newestRecord, processed, open, done, failed, actions, failures } =
    liveWords(state, now);
  const texts = {
    title: `${headline} Mirrorwatch`,
    headline,
    health: `${health.text.charAt(0).toUpperCase()}${health.text.slice(1)}`,
    subject: `Mirrorwatch is ${subject}.`,
    'open-label': open.label,
    open: open.value,
    'open-note': open.note,
    delivery: newestDelivery,
    record: newestRecord,
    messages: processed.value,
    'messages-note': processed.note,
    done: done.value,
    'done-note': `created, ${done.note}`,
    failed: failed.value,
    'failed-note': failed.note,
    at: `${now.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
  };
  return {
    tone: health.tone,
    texts: Object.fromEntries(Object.entries(texts).map(([id, text]) => [id, visible(text)])),
    rows: {
      severities: open.bySeverity.map(([severity, count]) => [{ badge: severity, text: '' }, { text: count }]),
      actions: orNone(actions.map(actionCells), 3, 'Nothing yet.'),
      failures: orNone(
        failures.map(({ time, text }) => [{ text: time }, { text: visible(text) }]),
        2,
        'None.',
      ),
    },
  };
}

function actionCells({ time, what, severity, text }: LiveLine): readonly LiveCell[] {
  return [{ text: time }, { text: what, badge: severity }, { text: visible(text) }];
}

/** The rows, or one that says that there are none. */
function orNone(
  rows: readonly (readonly LiveCell[])[],
  columns: number,
  words: string,
): readonly (readonly LiveCell[])[] {
  if (rows.length > 0) return rows;
  return [Array.from({ length: columns }, (_, at) => ({ text: at === columns - 1 ? words : '–' }))];
}
