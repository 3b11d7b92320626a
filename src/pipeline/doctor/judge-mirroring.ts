/** What AWS's answers say of filters, targets and limits in an account and region. */

import { setUpFix } from '../../audit/fixes/set-up.ts';
import { grouped, listed } from '../../collections.ts';
import type { TrafficMirrorFilter, TrafficMirrorSession, TrafficMirrorTarget } from '../../inventory/mirror.ts';
import { SESSIONS_PER_ACCOUNT } from '../../mirror/account-index.ts';
import { sourcesAllowed } from '../../mirror/instance-types.ts';
import type { MirrorPolicy } from '../../mirror/policy.ts';
import { type Answer, fail, type Judged, notChecked, ok, warn } from './line.ts';
import type { InterfaceSeen } from './reads.ts';
import { unanswered } from './statements.ts';

/** From this part of a limit on it is worth a warning. */
const NEARLY_FULL = 0.9;

const LIST_FILTERS = 'aws ec2 describe-traffic-mirror-filters';
const LIST_TARGETS = 'aws ec2 describe-traffic-mirror-targets';

/** Every filter that a policy names. */
export function filterIdsIn({ filterId, rules, onSuspicion }: MirrorPolicy): readonly string[] {
  const all = [...(rules?.tags ?? []), ...(rules?.subnets ?? []), ...(rules?.vpcs ?? [])].map((rule) => rule.filterId);
  const ids = [filterId, ...all, ...(onSuspicion === undefined ? [] : [onSuspicion.filterId])];
  return [...new Set(ids)].filter((id) => id !== '');
}

/** Whether the configured filters exist and let anything through. */
export function judgeFilters(
  ids: readonly string[],
  region: string,
  answer: Answer<readonly TrafficMirrorFilter[]>,
): readonly Judged[] {
  if ('fault' in answer) return [unanswered(answer.fault, 'ec2:DescribeTrafficMirrorFilters')];
  const byId = new Map(answer.value.map((filter) => [filter.trafficMirrorFilterId, filter]));
  return ids.map((id) => {
    const filter = byId.get(id);
    if (filter === undefined)
      return fail(
        `There is no such filter in ${region}. Filters cannot be shared with other accounts or regions.`,
        fixByListing('filters', region, 'mirroring.filterId'),
        id,
      );
    const silent = (['ingress', 'egress'] as const).filter(
      (direction) => !filter[`${direction}FilterRules`].some(({ ruleAction }) => ruleAction === 'accept'),
    );
    const [first] = silent;
    if (first === undefined) return ok('It accepts packets in both directions.', id);
    const fix = setUpFix('aws ec2 create-traffic-mirror-filter-rule', [
      ['--traffic-mirror-filter-id', id],
      ['--traffic-direction', first],
      ['--rule-number', '100'],
      ['--rule-action', 'accept'],
      ['--source-cidr-block', '0.0.0.0/0'],
      ['--destination-cidr-block', '0.0.0.0/0'],
      ['--region', region],
    ]);
    return silent.length === 2
      ? fail('It accepts nothing: no packet would be mirrored.', fix, id)
      : warn(`It has no rule that accepts ${first} packets, so these are not mirrored.`, fix, id);
  });
}

/** What is known of targets and what is behind them. */
export interface TargetAnswers {
  readonly targets: Answer<readonly TrafficMirrorTarget[]>;
  readonly interfaces: Answer<readonly InterfaceSeen[]>;
}

/** Whether the configured targets exist, belong to a trusted account, and have a sensor behind them. */
export function judgeTargets(
  ids: readonly string[],
  {
    accountId,
    region,
    trusted,
  }: { readonly accountId: string; readonly region: string; readonly trusted: readonly string[] },
  { targets, interfaces }: TargetAnswers,
): readonly Judged[] {
  if ('fault' in targets) return [unanswered(targets.fault, 'ec2:DescribeTrafficMirrorTargets')];
  const byId = new Map(targets.value.map((target) => [target.trafficMirrorTargetId, target]));
  return ids.map((id) => {
    const target = byId.get(id);
    if (target === undefined)
      return fail(
        `There is no such target in ${region}, and none is shared with this account under this id.`,
        fixByListing('targets', region, 'mirroring.targets'),
        id,
      );
    const { ownerId } = target;
    const isOwn = ownerId === accountId;
    if (ownerId !== undefined && !isOwn && !trusted.includes(ownerId))
      return fail(
        `It belongs to account ${ownerId}, which is neither watched nor trusted.`,
        'List that account in mirroring.trustedOwners, if it is meant.',
        id,
      );
    if (!isOwn) return ok(`It is shared by account ${ownerId ?? 'unknown'}, which alone sees what is behind it.`, id);
    return behind(id, target, region, interfaces);
  });
}

function behind(
  id: string,
  target: TrafficMirrorTarget,
  region: string,
  interfaces: Answer<readonly InterfaceSeen[]>,
): Judged {
  switch (target.type) {
    case 'network-load-balancer':
    case 'gateway-load-balancer-endpoint':
      return ok(`It is a ${target.type}; "mirrorwatch mirror explain" judges what is behind it.`, id);
    case 'unknown':
      return notChecked(`It is a target of type ${target.awsType}, which we do not know.`, undefined, id);
    case 'network-interface':
      break;
  }
  if ('fault' in interfaces) return unanswered(interfaces.fault, 'ec2:DescribeNetworkInterfaces', id);
  const sensor = interfaces.value.find(({ networkInterfaceId }) => networkInterfaceId === target.networkInterfaceId);
  if (sensor === undefined)
    return fail(
      `Its interface ${target.networkInterfaceId} is gone.`,
      'Remove it from the configuration, or make a target anew.',
      id,
    );
  if (sensor.instanceId === undefined)
    return fail(
      `Its interface ${sensor.networkInterfaceId} is ${sensor.status} and on no instance.`,
      'Attach it to a sensor.',
      id,
    );
  const { instanceState: state, instanceId } = sensor;
  if (state === undefined) return notChecked(`The state of its sensor ${instanceId} is not known.`, undefined, id);
  if (state !== 'running' && state !== 'pending') {
    const start = setUpFix('aws ec2 start-instances', [
      ['--instance-ids', instanceId],
      ['--region', region],
    ]);
    return fail(`Its sensor ${instanceId} is ${state}.`, start, id);
  }
  return ok(`Its sensor ${instanceId} is ${state}.`, id);
}

/** How many sessions and sources are left of AWS's published limits, and of `maxSources`. */
export function judgeLimits(
  { targets }: Pick<MirrorPolicy, 'targets'>,
  accountId: string,
  { sessions, ...seen }: TargetAnswers & { readonly sessions: Answer<readonly TrafficMirrorSession[]> },
): readonly Judged[] {
  if ('fault' in sessions) return [unanswered(sessions.fault, 'ec2:DescribeTrafficMirrorSessions')];
  const own = sessions.value.filter(({ ownerId }) => ownerId === undefined || ownerId === accountId);
  const all = room('sessions in the account', own.length, SESSIONS_PER_ACCOUNT, undefined);
  const known = 'value' in seen.targets ? seen.targets.value : [];
  const sensors = 'value' in seen.interfaces ? seen.interfaces.value : [];
  const perTarget = targets.flatMap(({ id, maxSources }): readonly Judged[] => {
    const target = known.find(({ trafficMirrorTargetId }) => trafficMirrorTargetId === id);
    if (target?.type !== 'network-interface' && maxSources === undefined) return [];
    const on = sessions.value.filter(({ trafficMirrorTargetId }) => trafficMirrorTargetId === id);
    const sources = new Set(on.map(({ networkInterfaceId }) => networkInterfaceId)).size;
    if (maxSources !== undefined) return [room('sources (maxSources)', sources, maxSources, id)];
    const sensor = sensors.find(
      (each) => target?.type === 'network-interface' && each.networkInterfaceId === target.networkInterfaceId,
    );
    if (sensor?.instanceType === undefined || target?.ownerId !== accountId)
      return [
        notChecked('The type of its sensor is not known, so neither is its limit (10 or 100 sources).', undefined, id),
      ];
    return [room(`sources (AWS's limit for ${sensor.instanceType})`, sources, sourcesAllowed(sensor.instanceType), id)];
  });
  return [all, ...perTarget];
}

function room(what: string, used: number, limit: number, subject: string | undefined): Judged {
  const reason = `${grouped(used)} of ${grouped(limit)} ${what}, ${grouped(Math.max(0, limit - used))} left.`;
  if (used >= limit)
    return fail(
      reason,
      subject === undefined
        ? 'Ask AWS for a higher quota, or delete sessions.'
        : 'Add a target, or delete sessions to it.',
      subject,
    );
  return used >= limit * NEARLY_FULL
    ? warn(reason, 'Add a target, or ask AWS for a higher quota, before it is full.', subject)
    : ok(reason, subject);
}

function fixByListing(what: 'filters' | 'targets', region: string, key: string): string {
  const program = what === 'filters' ? LIST_FILTERS : LIST_TARGETS;
  const list = setUpFix(program, [['--region', region]]);
  return `Correct ${listed([key, 'mirroring.overrides'])}, by what this lists: ${list}`;
}
