/** The version of the program, as package.json says it; the build writes it in. */

declare const MIRRORWATCH_VERSION: string | undefined;

/** For example `0.1.0`; `development` when the sources run unbuilt. */
export function toolVersion(): string {
  return typeof MIRRORWATCH_VERSION === 'undefined' ? 'development' : MIRRORWATCH_VERSION;
}
