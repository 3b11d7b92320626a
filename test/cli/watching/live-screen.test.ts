import { describe, expect, it } from 'vitest';
import { openLiveScreen, type ScreenSize } from '../../../src/cli/watching/live-screen.ts';
import { drawsLive } from '../../../src/cli/watching/live-view.ts';
import { aTinyTerminal } from '../../support/tiny-terminal.ts';

describe('a view that is redrawn', () => {
  it('stays in its place while it grows and shrinks', () => {
    const terminal = aTinyTerminal(20, 8);
    let lines = ['one', 'two'];
    const screen = openLiveScreen(terminal, () => lines);
    for (lines of [['one'], ['one', 'two', 'three'], ['1', '2']]) screen.draw();
    expect(terminal.lines()).toEqual(['1', '2']);
  });

  it('lets lines of any length be written above, and keeps them when they scroll', () => {
    const terminal = aTinyTerminal(20, 6);
    let drawn = 0;
    const screen = openLiveScreen(terminal, () => [`view ${drawn}`, 'end']);
    for (drawn = 1; drawn < 9; drawn += 1) {
      screen.above(`note ${drawn} ${'x'.repeat(20)}\n`);
      screen.draw();
    }
    const notes = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((at) => [`note ${at} ${'x'.repeat(13)}`, 'x'.repeat(7)]);
    expect(terminal.lines()).toEqual([...notes, 'view 8', 'end']);
  });

  it('is gone when it is closed, and what follows is plain', () => {
    const terminal = aTinyTerminal(20, 6);
    const screen = openLiveScreen(terminal, () => ['view', 'end']);
    screen.draw();
    screen.above('note\n');
    screen.close();
    screen.draw();
    screen.above('last\n');
    expect(terminal.lines()).toEqual(['note', 'last']);
  });

  it('finds its beginning when the terminal became narrower and wrapped its lines', () => {
    const wide = { columns: 30, rows: 8 };
    const narrow = aTinyTerminal(10, 8);
    const stream = { ...wide, write: (text: string) => narrow.write(text) };
    const screen = openLiveScreen(stream, ({ columns }: ScreenSize) => ['x'.repeat(columns - 5)]);
    screen.draw();
    stream.columns = 10;
    screen.draw();
    expect(narrow.lines()).toEqual(['xxxxx']);
  });

  it('writes nothing where nothing has changed', () => {
    const written: string[] = [];
    const screen = openLiveScreen({ write: (text: string) => written.push(text) }, () => ['same']);
    screen.draw();
    screen.draw();
    expect(written).toHaveLength(1);
  });

  it.each([
    ['on a terminal', { isTTY: true }, {}, { TERM: 'xterm' }, true],
    ['not in a pipe', { isTTY: false }, {}, { TERM: 'xterm' }, false],
    ['not where the stream is no terminal at all', {}, {}, {}, false],
    ['not with --json-logs', { isTTY: true }, { jsonLogs: true }, {}, false],
    ['not with --quiet', { isTTY: true }, { quiet: true }, {}, false],
    ['not on a terminal that cannot move', { isTTY: true }, {}, { TERM: 'dumb' }, false],
  ])('is drawn %s', (_, stream, options, env, is) => {
    expect(drawsLive(stream, options, env)).toBe(is);
  });
});
