/** The command that deletes a session, for fixes. */

import { commandLine } from './shell.ts';

/** Deletes a traffic mirror session. */
export function sessionDeletion(trafficMirrorSessionId: string, region: string): string {
  return commandLine('aws ec2 delete-traffic-mirror-session', [
    ['--region', region],
    ['--traffic-mirror-session-id', trafficMirrorSessionId],
  ]);
}
