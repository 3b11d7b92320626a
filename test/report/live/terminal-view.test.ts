import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { visible } from '../../../src/report/escape.ts';
import { renderLiveView } from '../../../src/report/live/terminal-view.ts';
import { widthOf } from '../../../src/report/terminal/terminal-text.ts';
import { HOSTILE } from '../../support/hostile.ts';
import { aBatch, aBusyState, aLiveState, secondsIn } from '../../support/live-states.ts';

const plain = { columns: 80, rows: 30, paint: pc.createColors(false) };

describe('the view on a terminal', () => {
  it('says what is done, how old it is, and what is open', () => {
    expect(`\n${renderLiveView(aBusyState(), secondsIn(30), plain).join('\n')}\n`).toBe(`
Mirrorwatch is watching queue deliveries for 30 s, waiting for deliveries
State       healthy
Deliveries  2 messages, 1 to retry, 2 files, 3,400 records
Newest      delivery 25 s ago, judged record 3 min 50 s ago
Open        7: 1 critical, 2 high, 4 low (ledger read 23 s ago)
Done        1 session created, 1 mail sent, 1 finding resolved
Failures    1 input not read, 1 repair failed
Last actions
  10:00:08  mailed    [mirrorwatch] CRITICAL 2 findings
  10:00:08  done      create-session i-2 (target tmt-a)
  10:00:08  failed    create-session i-4: the target is full
  10:00:08  resolved  instance-untagged: i-3 has its tags
  10:00:08  opened    critical mirror-rogue: i-1 is mirrored to an unknown
                      target
  10:00:08  opened    high instance-unmirrored: i-2 is not mirrored: no session
Last failures
  10:00:08  s3://trail/a.json.gz: cut off
`);
  });

  it('says that nothing is known yet', () => {
    const text = renderLiveView(aLiveState(), secondsIn(1), plain).join('\n');
    expect(text).toContain('State       starting: the queue has not been read yet');
    expect(text).toContain('Open        – (the ledger has not been read yet)');
    expect(text).toContain('delivery none yet, judged record none yet');
  });

  it('does not call open what a process without a ledger found', () => {
    const found = aLiveState([{ kind: 'processed', at: secondsIn(1), batch: aBatch({ opened: { high: 3 } }) }], {
      hasLedger: false,
    });
    const text = renderLiveView(found, secondsIn(2), plain).join('\n');
    expect(text).toContain('Found       3: 3 high (repeats included; --ledger shows what is open)');
    expect(text).not.toMatch(/^Open/m);
  });

  it.each([20, 33, 40, 60, 80, 120, 200])('is never wider than %i columns, nor higher than the terminal', (columns) => {
    const hostile = aLiveState([
      ...HOSTILE.map(([, text]) => ({
        kind: 'processed' as const,
        at: secondsIn(1),
        batch: aBatch({ actions: [{ what: 'opened', severity: 'high', text }], failures: [text] }),
      })),
      { kind: 'read-fault' as const, at: secondsIn(2), text: '漢字'.repeat(300), reason: '漢字'.repeat(300) },
    ]);
    for (const rows of [2, 6, 10, 24, 60])
      for (const state of [hostile, aBusyState()]) {
        const lines = renderLiveView(state, secondsIn(400), { columns, rows, paint: pc.createColors(true) });
        expect(lines.length).toBeLessThan(Math.max(2, rows));
        for (const line of lines)
          expect(widthOf(stripVTControlCharacters(line)), line).toBeLessThanOrEqual(Math.max(32, columns - 1));
      }
  });

  it('shows control characters as escapes', () => {
    const text = 'a\u001b[2Jb\rc\u202ed';
    const state = aLiveState([{ kind: 'rejected', at: secondsIn(1), text }], {
      watched: { kind: 'folder', name: 'in\u001b[31m' },
    });
    const lines = renderLiveView(state, secondsIn(1), plain);
    expect(lines.map(visible)).toEqual(lines);
    expect(lines.join('\n')).toContain('a\\u001b[2Jb\\rc\\u202ed');
  });

  it('is plain without colours', () => {
    const coloured = renderLiveView(aBusyState(), secondsIn(30), { ...plain, paint: pc.createColors(true) });
    expect(coloured.join('\n')).toContain('\u001b[');
    expect(coloured.map(stripVTControlCharacters)).toEqual(renderLiveView(aBusyState(), secondsIn(30), plain));
  });
});
