/** The program's version from package.json, which the build inserts here. */

declare const MIRRORWATCH_VERSION: string | undefined;

/** For example `0.1.0`; `development` when running unbuilt sources. */
export function toolVersion(): string {
  return typeof MIRRORWATCH_VERSION === 'undefined' ? 'development' : MIRRORWATCH_VERSION;
}
