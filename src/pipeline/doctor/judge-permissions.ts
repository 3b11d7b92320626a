/** What dry runs and harmless reads say of the permissions in an account and region. */

import { listed, plural } from '../../collections.ts';
import { fail, type Judged, notChecked, ok, warn } from './line.ts';
import type { Tried } from './reads.ts';
import { allow, grantCaller, noRole } from './statements.ts';

/** Reads without which only some findings or causes are missing. */
const HELPFUL: ReadonlySet<string> = new Set(['ec2:DescribeSecurityGroupRules', 'ecs:DescribeTasks']);

/** Codes with which every service of a region refuses keys that another region accepts. */
const KEYS_REFUSED: ReadonlySet<string> = new Set([
  'AuthFailure',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
]);

/** Every read that judging an account takes. `untried` are those that AWS offers no way to try. */
export function judgeReads(tried: readonly Tried[], untried: readonly string[] = []): readonly Judged[] {
  const roleless = tried.find(({ withoutRole }) => withoutRole === true);
  if (roleless !== undefined) return [notChecked(noRole(roleless.awsCode ?? ''))];
  const refused = tried.find(({ result, awsCode = '' }) => result !== 'allowed' && KEYS_REFUSED.has(awsCode));
  if (refused !== undefined)
    return [
      fail(
        `This region refuses the credentials themselves (${refused.awsCode}): it is not enabled for the account, or they are a session of STS's global endpoint.`,
        'Enable the region, or set AWS_STS_REGIONAL_ENDPOINTS=regional and sign in again.',
      ),
    ];
  const [denied, unclear] = [ofResult(tried, 'denied'), ofResult(tried, 'unclear')];
  const allowed = tried.length - denied.length - unclear.length;
  const lines: Judged[] = [];
  const needed = denied.filter(({ action }) => !HELPFUL.has(action));
  const helpful = denied.filter(({ action }) => HELPFUL.has(action));
  if (needed.length > 0) lines.push(fail(`Denied: ${namesOf(needed)}.`, grantCaller(actionsOf(needed))));
  if (helpful.length > 0)
    lines.push(
      warn(`Denied: ${namesOf(helpful)}. Some sources or causes will be unknown.`, grantCaller(actionsOf(helpful))),
    );
  if (unclear.length > 0)
    lines.push(notChecked(`No clear answer about ${unclear.map(withCode).join(', ')}.`, 'Run doctor again.'));
  const left = untried.length === 0 ? '' : ` Not tried, as it takes an existing resource: ${listed(untried)}.`;
  if (lines.length === 0) lines.push(ok(`All ${plural(allowed, 'read')} that were tried are allowed.${left}`));
  return lines;
}

/** A change that was tried with DryRun. In mode `plan` nobody makes it, so that it is denied is only worth knowing. */
export function judgeChange(tried: Tried, mode: 'plan' | 'apply'): readonly Judged[] {
  const { action, result, withoutRole, awsCode = '' } = tried;
  if (withoutRole === true) return [notChecked(noRole(awsCode))];
  switch (result) {
    case 'allowed':
      return [ok(`${action} would be allowed (dry run).`)];
    case 'denied': {
      const fix = grantCaller(action !== 'ec2:DeleteTrafficMirrorSession' ? [action, 'ec2:CreateTags'] : [action]);
      return mode === 'apply'
        ? [fail(`${action} is denied (dry run), and mode "apply" needs it.`, fix)]
        : [warn(`${action} is denied (dry run). Mode "plan" does not need it; "apply" would.`, fix)];
    }
    case 'unclear':
      return [notChecked(`${withCode(tried)}: ${tried.message ?? 'AWS gave no word on the permission'}`)];
  }
}

/** The statement with all permissions that `doctor` itself uses. */
export function statementForDoctor(actions: Iterable<string>): string {
  return allow([...new Set(actions)].toSorted());
}

function ofResult(tried: readonly Tried[], wanted: Tried['result']): readonly Tried[] {
  return tried.filter(({ result }) => result === wanted);
}

function actionsOf(tried: readonly Tried[]): readonly string[] {
  return tried.map(({ action }) => action);
}

function namesOf(tried: readonly Tried[]): string {
  return actionsOf(tried).join(', ');
}

function withCode({ action, awsCode }: Tried): string {
  return awsCode === undefined || awsCode === '' ? action : `${action} (${awsCode})`;
}
