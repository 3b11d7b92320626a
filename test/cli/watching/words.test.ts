import { describe, expect, it } from 'vitest';
import { notGivenBack } from '../../../src/cli/watching/words.ts';

describe('what is said of messages that could not be given back', () => {
  it.each([
    ['queue', '3 messages could not be given back: available again in two minutes'],
    ['folder', '3 messages could not be given back: the next run takes them up'],
  ] as const)('says when they are taken up again from a %s', (watched, words) =>
    expect(notGivenBack(3, watched)).toBe(words),
  );
});
