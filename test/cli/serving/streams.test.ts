import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStreams } from '../../../src/cli/serving/streams.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A page that reads what it is sent, or never does. */
function aPage({ reads = true } = {}): { readonly response: Writable; received(): string } {
  let received = '';
  const response = new Writable({
    write(piece: Buffer, _, done) {
      received += piece.toString();
      if (reads) done();
    },
  });
  return { response, received: () => received };
}

describe('the open pages', () => {
  it('get the state at once, and again only when it has changed', () => {
    let data = 'one';
    const streams = openStreams(() => data);
    const page = aPage();
    streams.add(page.response);
    expect(page.received()).toBe('retry: 2000\ndata: one\n\n');
    vi.advanceTimersByTime(5_000);
    data = 'two';
    vi.advanceTimersByTime(5_000);
    expect(
      page
        .received()
        .match(/data: \w+/g)
        ?.filter((each) => each === 'data: two'),
    ).toHaveLength(1);
  });

  it('get a sign of life when nothing changes', () => {
    const streams = openStreams(() => 'same');
    const page = aPage();
    streams.add(page.response);
    vi.advanceTimersByTime(40_000);
    expect(page.received()).toContain(': alive\n\n');
  });

  it('are dropped if they do not read, and the others go on', () => {
    const streams = openStreams(() => `${Date.now()} ${'x'.repeat(10_000)}`);
    const [stuck, reading] = [aPage({ reads: false }), aPage()];
    streams.add(stuck.response);
    streams.add(reading.response);
    vi.advanceTimersByTime(10_000);
    expect(stuck.response.destroyed).toBe(false);
    vi.advanceTimersByTime(5_000);
    expect(stuck.response.destroyed).toBe(true);
    expect(reading.response.destroyed).toBe(false);
    expect(stuck.response.writableLength).toBeLessThan(150_000);
  });

  it('cost nothing when none is open', async () => {
    const update = vi.fn(() => 'same');
    const streams = openStreams(update);
    const page = aPage();
    streams.add(page.response);
    page.response.destroy();
    await vi.advanceTimersByTimeAsync(1_000);
    const asked = update.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(update.mock.calls.length).toBe(asked);
    expect(vi.getTimerCount()).toBe(0);
  });
});
