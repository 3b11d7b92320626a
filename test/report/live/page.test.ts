import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { visible } from '../../../src/report/escape.ts';
import { LIVE_POLICY, renderLivePage } from '../../../src/report/live/page.ts';
import { livePageUpdate } from '../../../src/report/live/page-update.ts';
import { HOSTILE } from '../../support/hostile.ts';
import { aBatch, aBusyState, aLiveState, secondsIn } from '../../support/live-states.ts';

/** The page's text as a reader without a browser sees it. */
const textOf = (page: string): string =>
  page
    .replaceAll(/<(style|script)>[\s\S]*?<\/\1>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

describe('the live page', () => {
  it('says everything without a script', () => {
    const text = textOf(renderLivePage(aBusyState(), secondsIn(30)));
    for (const words of [
      '7 findings are open, 1 critical.',
      'Healthy',
      'watching queue deliveries for 30 s',
      'Newest delivery 25 s ago',
      'Newest judged record 3 min 50 s ago',
      '2 messages 1 to retry, 2 files, 3,400 records',
      '10:00:08 opened critical mirror-rogue: i-1 is mirrored to an unknown target',
      '10:00:08 s3://trail/a.json.gz: cut off',
      'As of 2026-03-17 10:00:30 UTC',
    ])
      expect(text).toContain(words);
  });

  it('loads itself again only where scripts are off', () => {
    const page = renderLivePage(aBusyState(), secondsIn(30));
    expect(page).toContain('<noscript><meta http-equiv="refresh" content="10"></noscript>');
    expect(page.replaceAll(/<noscript>.*?<\/noscript>/g, '')).not.toContain('http-equiv');
  });

  it('says why it is not healthy, and does not say that nothing is open before it knows', () => {
    const text = textOf(renderLivePage(aLiveState(), secondsIn(400)));
    expect(text).toContain('Not healthy: the queue has not been read since the start');
    expect(text).not.toContain('no open findings');
    expect(text).toContain('Reading what is open.');
  });

  it('has one style and one script, which the policy allows by their hashes, and nothing else', () => {
    const page = renderLivePage(aBusyState(), secondsIn(30));
    for (const tag of ['style', 'script']) {
      const bodies = [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, body = '']) => body);
      expect(bodies).toHaveLength(1);
      const hash = createHash('sha256')
        .update(bodies[0] ?? '')
        .digest('base64');
      expect(LIVE_POLICY).toContain(`${tag}-src 'sha256-${hash}'`);
    }
    expect(LIVE_POLICY).toMatch(/^default-src 'none';/);
    expect(LIVE_POLICY).not.toMatch(/unsafe|\*|data:/);
    expect(page).not.toMatch(/ (?:style|on\w+)=/);
    expect(page).not.toMatch(/https?:\/\//);
  });

  it.each(HOSTILE)('shows %s as text', (_, text) => {
    const state = aLiveState(
      [
        {
          kind: 'processed',
          at: secondsIn(1),
          batch: aBatch({ actions: [{ what: 'opened', severity: 'high', text }], failures: [text] }),
        },
        { kind: 'read-fault', at: secondsIn(2), text, reason: text },
      ],
      { watched: { kind: 'folder', name: text } },
    );
    const page = renderLivePage(state, secondsIn(3));
    expect(page.match(/<script|<img|<x\/|<!--/g)).toEqual(['<script']);
    expect(page.match(/<tr>/g)).toHaveLength(3 + 4 + 1 + 1);
    const update = livePageUpdate(state, secondsIn(3));
    for (const each of [
      ...Object.values(update.texts),
      ...Object.values(update.rows)
        .flat(2)
        .map((cell) => cell.text),
    ])
      expect(visible(each)).toBe(each);
  });

  it('stays small whatever is said', () => {
    const text = '漢'.repeat(50_000);
    const events = Array.from({ length: 100 }, (_, at) => ({
      kind: 'processed' as const,
      at: secondsIn(at),
      batch: aBatch({ actions: [{ what: 'opened', severity: 'high', text }], failures: [`${at} ${text}`] }),
    }));
    const page = renderLivePage(aLiveState(events, { watched: { kind: 'folder', name: text } }), secondsIn(100));
    expect(Buffer.byteLength(page)).toBeLessThan(250_000);
  });
});
