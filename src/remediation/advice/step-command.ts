/** A plan's steps as AWS commands, for a person to carry out. */

import { commandLine } from '../../audit/fixes/shell.ts';
import type { PlanStep } from '../plan.ts';
import { isPlaceholder } from '../sensors/sensor-launcher.ts';

/** The steps as one command line, in their order. Undefined if one of them is not a session's, or its target does not exist yet. */
export function stepCommands(steps: readonly PlanStep[]): string | undefined {
  const commands = steps.map(stepCommand);
  return commands.some((command) => command === undefined) ? undefined : commands.join(' && ');
}

function stepCommand(step: PlanStep): string | undefined {
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
      const tags = JSON.stringify([{ ResourceType: 'traffic-mirror-session', Tags }]);
      return commandLine('aws ec2 create-traffic-mirror-session', [
        ['--region', region],
        ['--network-interface-id', networkInterfaceId],
        ...session,
        ['--tag-specifications', tags],
      ]);
    }
    case 'modify-session':
      return commandLine('aws ec2 modify-traffic-mirror-session', [
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
