/** Releases that are refused: whoever can write to our queue can ask for one, so the configuration decides what is done. */

import { DEFAULT_HOOKS, type HookPolicy } from '../../config/mirroring-config.ts';
import type { LaunchHold } from '../../sighting/events.ts';
import type { RefusedDelivery } from '../message-content.ts';
import type { HoldRelease, OwnRequest } from '../own-messages.ts';
import { isOurHook, resultOfFailure } from './launch-hooks.ts';

/**
 * The release that the configuration allows; undefined for a hook that is not ours. An instance is abandoned only if the configuration asks
 * for that, and let into service otherwise.
 */
export function allowedRelease(release: HoldRelease, hooks: HookPolicy = DEFAULT_HOOKS): HoldRelease | undefined {
  if (!isOurHook(release.hold, hooks)) return undefined;
  return mayHaveResult(release, hooks) ? release : { ...release, result: 'CONTINUE', reason: NOT_ABANDONED };
}

/** What is refused of a message of our own that came in by the door `source`. */
export function refusedHooks(
  { release, holds = [] }: Pick<OwnRequest, 'release' | 'holds'>,
  hooks: HookPolicy = DEFAULT_HOOKS,
  source: string,
): readonly RefusedDelivery[] {
  const asked = release === undefined ? holds : [...holds, release.hold];
  const foreign = asked.filter((hold) => !isOurHook(hold, hooks)).map((hold) => refusalOf(hold, source, NOT_OURS));
  if (release === undefined || foreign.length > 0 || mayHaveResult(release, hooks)) return foreign;
  return [refusalOf(release.hold, source, NOT_ABANDONED)];
}

const NOT_OURS =
  'neither mirroring.lifecycleHooks names this hook nor does its NotificationMetadata say that it is ours, so it was not completed';
const NOT_ABANDONED =
  'mirroring.onHookFailure does not say "abandon", so the instance was not abandoned but let into service';

const mayHaveResult = ({ result }: HoldRelease, hooks: HookPolicy): boolean =>
  result === 'CONTINUE' || resultOfFailure(hooks) === 'ABANDON';

function refusalOf({ instanceId, lifecycleHookName }: LaunchHold, source: string, why: string): RefusedDelivery {
  const path = `${lifecycleHookName} ${instanceId}`;
  const reason = `a message of our own asks to release ${instanceId} from the lifecycle hook ${JSON.stringify(lifecycleHookName)}: ${why}`;
  return { kind: 'own-message', source, path, reason };
}
