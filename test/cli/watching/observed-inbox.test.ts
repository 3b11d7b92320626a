import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderProbe, observedInbox } from '../../../src/cli/watching/observed-inbox.ts';
import type { Inbox } from '../../../src/pipeline/watch.ts';
import type { LiveEvent } from '../../../src/report/live/events.ts';

const signal = new AbortController().signal;

/** An inbox that gives these answers, and what was told of it. */
function observed(answers: readonly (number | Error)[], probe?: () => Promise<void>) {
  const left = [...answers];
  const nothing = async (): Promise<void> => undefined;
  const inbox: Inbox = {
    done: nothing,
    left: nothing,
    keep: nothing,
    later: nothing,
    next: async () => {
      const answer = left.shift() ?? 0;
      if (answer instanceof Error) throw answer;
      return Array.from({ length: answer }, () => ({ body: '' }));
    },
  };
  const told: LiveEvent[] = [];
  return { inbox: observedInbox(inbox, (event) => void told.push(event), probe), told };
}

describe('an observed inbox', () => {
  it('tells when it is asked and what it answers', async () => {
    const { inbox, told } = observed([2, 0]);
    expect(await inbox.next(signal)).toHaveLength(2);
    await inbox.next(signal);
    expect(told.map((event) => [event.kind, 'messages' in event ? event.messages : undefined])).toEqual([
      ['asking', undefined],
      ['answered', 2],
      ['asking', undefined],
      ['answered', 0],
    ]);
  });

  it('tells of no answer if there was none', async () => {
    const { inbox, told } = observed([new Error('AccessDenied')]);
    await expect(inbox.next(signal)).rejects.toThrow('AccessDenied');
    expect(told.map(({ kind }) => kind)).toEqual(['asking']);
  });

  it('does not take a folder that is gone for an empty one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'observed-'));
    const { inbox, told } = observed([0, 0], folderProbe(folder));
    await inbox.next(signal);
    expect(told.at(-1)?.kind).toBe('answered');
    rmSync(folder, { recursive: true });
    await inbox.next(signal);
    expect(told.at(-1)).toMatchObject({ kind: 'read-fault', reason: expect.stringContaining('ENOENT') });
  });
});
