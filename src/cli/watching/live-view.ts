/** The live view of `watch`: its state, drawn below the log on a terminal. */

import pc from 'picocolors';
import type { LiveEvent } from '../../report/live/events.ts';
import { afterEvent, type LiveState, liveStart } from '../../report/live/state.ts';
import { renderLiveView } from '../../report/live/terminal-view.ts';
import { type Log, openLog } from '../log.ts';
import { hasColours } from '../terminal/colours.ts';
import { type LiveScreen, openLiveScreen } from './live-screen.ts';

/** The state, and how it is shown. */
export interface LiveView {
  /** Writes above the view while it is drawn. */
  readonly log: Log;
  /** True where the view is drawn once it has begun; elsewhere the log says all. */
  readonly isDrawn: boolean;
  tell(event: LiveEvent): void;
  state(): LiveState;
  /** Begins to draw. */
  begin(): void;
  /** Erases the view. The log goes on as plain lines. */
  close(): void;
}

/** How `watch` was asked to log. */
interface LogOptions {
  readonly quiet?: boolean | undefined;
  readonly jsonLogs?: boolean | undefined;
}

const REDRAW_MS = 250;

/** True for a terminal on which lines can be redrawn, unless machines read the log or nobody wants to see it. */
export function drawsLive(
  { isTTY }: { readonly isTTY?: boolean | undefined },
  { quiet = false, jsonLogs = false }: LogOptions,
  { TERM }: { readonly TERM?: string | undefined },
): boolean {
  return isTTY === true && !quiet && !jsonLogs && TERM !== 'dumb';
}

/** Opens the view of a process that has just started. */
export function openLiveView(options: LogOptions, begun: Parameters<typeof liveStart>[0]): LiveView {
  let state = liveStart(begun);
  let screen: LiveScreen | undefined;
  let redraw: NodeJS.Timeout | undefined;
  const { stderr, env } = process;
  const isDrawn = drawsLive(stderr, options, env);
  const paint = pc.createColors(isDrawn && hasColours(stderr));
  const close = (): void => {
    clearInterval(redraw);
    screen?.close();
  };
  return {
    log: openLog(options, {
      writeTo: (line) => (screen === undefined ? void stderr.write(line) : screen.above(line)),
    }),
    isDrawn,
    state: () => state,
    tell: (event) => {
      state = afterEvent(state, event);
    },
    begin() {
      if (!isDrawn) return;
      screen = openLiveScreen(stderr, (size) => renderLiveView(state, new Date(), { ...size, paint }));
      screen.draw();
      redraw = setInterval(screen.draw, REDRAW_MS);
      redraw.unref();
      // However the process ends, what it says last begins where the view was.
      process.once('exit', close);
    },
    close,
  };
}
