/** A plan's steps as AWS commands, for a person to carry out. */

import { type Command, command, fixBy } from '../../audit/fixes/command.ts';
import { inertJson } from '../../audit/fixes/shell.ts';
import type { PlanStep } from '../plan.ts';
import { isPlaceholder } from '../sensors/sensor-launcher.ts';

/** The steps as a fix by commands, in their order. Undefined if one of them is not a session's, or its target does not exist yet. */
export function stepCommands(steps: readonly PlanStep[]): string | undefined {
  const commands = steps.map(stepCommand);
  const possible = commands.filter((one) => one !== undefined);
  return possible.length < commands.length ? undefined : fixBy(possible);
}

function stepCommand(step: PlanStep): Command | undefined {
  const { region, networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = step;
  if (isPlaceholder(trafficMirrorTargetId)) return undefined;
  const session = [
    ['--traffic-mirror-target-id', trafficMirrorTargetId],
    ['--traffic-mirror-filter-id', trafficMirrorFilterId],
    ['--session-number', String(sessionNumber)],
  ] as const;
  switch (step.kind) {
    case 'create-session': {
      const Tags = step.tags.map(({ key, value }) => ({ Key: key, Value: value }));
      const tags = inertJson([{ ResourceType: 'traffic-mirror-session', Tags }]);
      return command('aws ec2 create-traffic-mirror-session', [
        ['--region', region],
        ['--network-interface-id', networkInterfaceId],
        ...session,
        ['--tag-specifications', tags],
      ]);
    }
    case 'modify-session':
      return command('aws ec2 modify-traffic-mirror-session', [
        ['--region', region],
        ['--traffic-mirror-session-id', step.trafficMirrorSessionId],
        ...session,
      ]);
    case 'delete-session':
    case 'create-target':
    case 'terminate-sensor':
      return undefined;
  }
}
