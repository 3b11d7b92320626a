/** Whether output has colours, and how wide it is. */

/** What decides besides the stream. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * True if text for this stream may have colours. `FORCE_COLOR` decides if it is set (`0` and `false` turn them off), then `NO_COLOR`; otherwise
 * a terminal has colours unless it is a dumb one.
 *
 * @see https://no-color.org
 * @see https://nodejs.org/docs/latest-v20.x/api/cli.html#force_color1-2-3
 */
export function hasColours(stream: { readonly isTTY?: boolean }, environment: Environment = process.env): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = environment;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return !NO_COLOR && stream.isTTY === true && TERM !== 'dumb';
}
