import { describe, expect, it } from 'vitest';
import { hasColours } from '../../../src/cli/terminal/colours.ts';

describe('hasColours', () => {
  it.each([
    ['a terminal', true, {}, true],
    ['a pipe', false, {}, false],
    ['a dumb terminal', true, { TERM: 'dumb' }, false],
    ['NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR, which does not count', true, { NO_COLOR: '' }, true],
    ['FORCE_COLOR on a pipe', false, { FORCE_COLOR: '1' }, true],
    ['an empty FORCE_COLOR on a pipe', false, { FORCE_COLOR: '' }, true],
    ['FORCE_COLOR=0 on a terminal', true, { FORCE_COLOR: '0' }, false],
    ['FORCE_COLOR=false on a terminal', true, { FORCE_COLOR: 'false' }, false],
    ['FORCE_COLOR and NO_COLOR', false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ])('with %s', (_, isTTY, environment, expected) => {
    expect(hasColours({ isTTY }, environment)).toBe(expected);
  });
});
