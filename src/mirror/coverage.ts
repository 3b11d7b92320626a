/** What the sessions that exist are worth: the verdict of an interface, and the sessions that are billed for nothing or not ours to trust. */

import { PipelineError } from '../errors.ts';
import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { Survey } from './survey.ts';
import type { Verdict } from './verdict.ts';

/** A session that should not be as it is. */
export interface SessionFinding {
  readonly kind: 'rogue' | 'duplicate' | 'orphan';
  readonly trafficMirrorSessionId: string;
  readonly trafficMirrorTargetId: string;
  readonly networkInterfaceId: string;
  /** True when the session carries our tag: only those may be changed or deleted. */
  readonly managed: boolean;
  readonly reason: string;
  /** For a duplicate, the session of the interface that stays. */
  readonly keep?: string;
}

/** The verdict of an interface, given the sessions that exist. */
export function verdictOf(_networkInterface: NetworkInterface, _survey: Survey): Verdict {
  throw new PipelineError('internal', 'not built yet');
}

/** Every rogue, duplicate and orphan session, by session id; one session may be both rogue and orphan. */
export function sessionFindings(_survey: Survey): readonly SessionFinding[] {
  throw new PipelineError('internal', 'not built yet');
}

/** True for a session that carries our tag, the only ones we change. */
export function isManaged(session: TrafficMirrorSession): boolean {
  return session.tags.some(({ key, value }) => key === 'mirrorwatch:managed' && value === 'true');
}
