/** The rule `mirror-orphan`: does every session have something to mirror? */

import type { SessionFinding } from '../../mirror/coverage.ts';
import { fixBy, fixInWords } from '../fixes/command.ts';
import { sessionDeletion } from '../fixes/sessions.ts';
import { idInWords } from '../fixes/shell.ts';
import type { Rule } from '../rule.ts';
import type { RuleAnswer } from '../rule-answer.ts';

export const mirrorOrphan = {
  title: 'Mirror session with nothing to mirror',
  phrase: 'with nothing to mirror',
  when: 'A session is billed although its source is stopped, detached, excluded or gone.',
  severity: 'low',
  appliesTo: ['AWS::EC2::TrafficMirrorSession'],
  judges: 'session',
  judge,
  repairedBy: ['delete-session'],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: true,
  countedIn: null,
} as const satisfies Rule;

/** Undefined for a session that is not an orphan. */
function judge(session: SessionFinding, { region }: { readonly region: string }): RuleAnswer | undefined {
  const { kind, trafficMirrorSessionId, networkInterfaceId, trafficMirrorTargetId, reason, managed } = session;
  if (kind !== 'orphan') return undefined;
  return {
    result: 'fail',
    reason: `${trafficMirrorSessionId} is billed for nothing: ${reason}.`,
    detail: { networkInterfaceId, trafficMirrorTargetId, managed },
    evidence: [],
    fix: fixOf(session, region),
  };
}

/** Without its source, a session is of no use to anybody. Otherwise its maker may still need it: the source may come back. */
function fixOf(
  { trafficMirrorSessionId, networkInterfaceId, managed, sourceIsGone = false }: SessionFinding,
  region: string,
): string {
  const deletion = sessionDeletion(trafficMirrorSessionId, region);
  if (managed || sourceIsGone) return fixBy([deletion]);
  const words = `No command should delete a session of others. If ${idInWords(networkInterfaceId)} needs no mirroring any more, its maker can delete it`;
  return fixInWords(words, [deletion]);
}
