/** The command that deletes a session, for fixes; and stored fixes that are not shown any more because they begin with it. */

import { type Command, command } from './command.ts';

const DELETION = 'aws ec2 delete-traffic-mirror-session';

/** Deletes a traffic mirror session. */
export function sessionDeletion(trafficMirrorSessionId: string, region: string): Command {
  return command(DELETION, [
    ['--region', region],
    ['--traffic-mirror-session-id', trafficMirrorSessionId],
  ]);
}

/**
 * The fix of a stored finding as it may be shown. Older versions stored the bare deletion of a rogue session.
 * The session may be evidence or another team's, so words take its place.
 */
export function storedFix({ rule, fix }: { readonly rule: string; readonly fix: string }): string {
  const isUnsafe = rule === 'mirror-rogue' && fix.startsWith(`${DELETION} `);
  return isUnsafe
    ? 'No command: an older version of mirrorwatch wrote one that deletes the session with no look at it first. "mirrorwatch audit" with this ledger gives a fix that says what to find out before.'
    : fix;
}
