/** What must hold after every run, whatever went wrong on the way. */

import type { Item } from '../../test/support/fake-ec2/account.ts';
import type { Mail } from '../aws/cloud.ts';
import { type Run, timeOf } from '../simulate.ts';
import { sensorsOf } from '../world/settings.ts';
import { findingsTold } from './mails.ts';
import { type Fact, wasViolated } from './truth.ts';

/** A broken invariant. `invariant` is its name, which shrinking keeps. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

type Invariant = (run: Run) => readonly string[];

const MINUTE_MS = 60_000;
/** EC2's answers are up to three minutes old and a run takes up to five. */
const LATE_LOOK_MS = 9 * MINUTE_MS;

/** Findings of the last report, by rule and resource. */
export function reportedFindings({ cloud }: Run): readonly Item[] | undefined {
  const [name] = [...cloud.objects.keys()].filter((key) => key.endsWith('/report.json')).slice(-1);
  const content = name === undefined ? undefined : cloud.objects.get(name)?.content.toString();
  return content === undefined ? undefined : (JSON.parse(content).findings as Item[]);
}

export const INVARIANTS: Readonly<Record<string, Invariant>> = {
  /** After the last sweep, the ledger holds exactly what is wrong in the world. */
  'the ledger shows the world': (run) => {
    const findings = reportedFindings(run);
    if (findings === undefined) return ['there is no report'];
    const open = new Set(
      findings.filter(({ status }) => status === 'open').map(({ rule, resourceId }) => `${rule} ${resourceId}`),
    );
    const facts = run.truth.facts();
    const wrong = new Set(facts.filter(isOpen).map(({ rule, resourceId }) => `${rule} ${resourceId}`));
    return [
      ...[...wrong].filter((each) => !open.has(each)).map((each) => `${each} is true and not open in the ledger`),
      ...[...open]
        .filter((each) => /^(instance-un|mirror-rogue)/.test(each) && !wrong.has(each))
        .map((each) => `${each} is open in the ledger and not true`),
    ];
  },

  'two sessions of ours never share an interface': (run) =>
    overTime(run, ({ ours }) => {
      const sources: string[] = ours.map(({ NetworkInterfaceId }) => NetworkInterfaceId);
      return sources.filter((id, index) => sources.indexOf(id) < index).map((id) => `${id} has two sessions of ours`);
    }),

  "nobody else's session is touched": ({ cloud, startAt }) => {
    const made = new Set<string>();
    return cloud.sessionChanges.flatMap(({ by, action, session, at }) => {
      const id: string = session.TrafficMirrorSessionId;
      if (by === 'us' && action === 'created') made.add(id);
      return by === 'us' && !made.has(id) ? [`${id} was ${action} by us at ${timeOf(at - startAt)}`] : [];
    });
  },

  'targets keep to their capacity': (run) =>
    overTime(run, ({ ours, accountId }) =>
      sensorsOf(run.schedule.settings, accountId).flatMap(({ targetId, capacity }) => {
        const sources = new Set(
          ours.filter((each) => each.TrafficMirrorTargetId === targetId).map((each) => each.NetworkInterfaceId),
        );
        return sources.size > capacity ? [`${targetId} has ${sources.size} sources and room for ${capacity}`] : [];
      }),
    ),

  'a mail is true': (run) => {
    const facts = factsByName(run);
    return findingsTold(run.cloud.mails).flatMap(({ as, rule, resourceId, mail }) => {
      if (as !== 'new' || wasViolated(facts.get(`${rule} ${resourceId}`), mail.at - LATE_LOOK_MS, mail.at)) return [];
      return [`the mail at ${timeOf(mail.at - run.startAt)} tells of ${rule} on ${resourceId}, which was not so`];
    });
  },

  'a finding is mailed once per opening': (run) => {
    const told = findingsTold(run.cloud.mails).filter(({ as }) => as === 'new');
    return run.truth.facts().flatMap(({ rule, resourceId, spans }) => {
      const mails = told.filter((each) => each.rule === rule && each.resourceId === resourceId).map(({ mail }) => mail);
      const times = mails.map(({ at }) => at);
      if (mails.filter((mail) => !isUncertain(mail, run)).length <= spans.length) return [];
      const at = times.map((time) => timeOf(time - run.startAt)).join(', ');
      return [`${rule} on ${resourceId} opened ${spans.length} times and was mailed ${times.length} times: ${at}`];
    });
  },

  'what is still wrong was mailed': (run) => {
    const told = findingsTold(run.cloud.mails).filter(({ as }) => as === 'new');
    return run.truth.facts().flatMap(({ rule, resourceId, spans }) => {
      const last = spans.at(-1);
      if (last === undefined || last.until !== undefined) return [];
      const isTold = told.some(
        (each) => each.rule === rule && each.resourceId === resourceId && each.mail.at >= last.since,
      );
      return isTold
        ? []
        : [`${rule} on ${resourceId}, wrong since ${timeOf(last.since - run.startAt)}, was never mailed`];
    });
  },

  'work is bounded': ({ cloud, schedule, invocations }) => {
    const launches = schedule.events.filter(({ kind }) => kind === 'launch').length;
    const events = schedule.events.length;
    const most = 40 + 12 * events + 12 * launches;
    const total = [...invocations.values()].reduce((sum, count) => sum + count, 0);
    const sent = cloud.queues.get('deliveries')?.sent ?? 0;
    return total > most || sent > most
      ? [`${total} invocations and ${sent} messages for ${events} events, expected at most ${most}`]
      : [];
  },

  'without faults nothing fails': ({ schedule, cloud, lostEvents, trace, hit }) => {
    if (hit.length > 0 || schedule.settings.duplicates > 0 || schedule.settings.skewMs > 0) return [];
    const dead = [...cloud.queues.values()].flatMap(({ deadLetters }) =>
      deadLetters.map(({ body }) => `dead letter ${body.slice(0, 200)}`),
    );
    const failed = trace.filter((line) => / end .* (threw|killed)|"itemIdentifier"/.test(line));
    return [...dead, ...lostEvents.map(({ name }) => `an event for ${name} was lost`), ...failed];
  },

  'no defect shows in the logs': ({ trace }) =>
    trace.filter((line) =>
      /TypeError|ReferenceError|RangeError|is not a function|Unauthorized|ValidationException/.test(line),
    ),
};

/** Every invariant that a run broke. */
export function judge(run: Run): readonly Violation[] {
  return Object.entries(INVARIANTS).flatMap(([invariant, check]) =>
    check(run)
      .slice(0, 5)
      .map((what) => ({ invariant, what })),
  );
}

/**
 * True for a mail of which the function could not know or record that it was sent: the answer was lost, or a fault came right after. SNS
 * does not deduplicate mail, so the only way not to lose such a mail is to send it again.
 */
function isUncertain({ call }: Mail, { hit, trace }: Run): boolean {
  const [invocation = ''] = call.split('/');
  const isHit = hit.some(
    (each) =>
      each.call === call ||
      (each.call.startsWith(`${invocation}/`) && /Transact|PutItem|UpdateItem|BatchGet/.test(each.call)),
  );
  return isHit || trace.some((line) => line.includes(` end   ${invocation} killed`));
}

const isOpen = ({ spans }: Fact): boolean => spans.at(-1)?.until === undefined;

function factsByName(run: Run): ReadonlyMap<string, Fact> {
  return new Map(run.truth.facts().map((fact) => [`${fact.rule} ${fact.resourceId}`, fact]));
}

interface Moment {
  readonly accountId: string;
  /** Our sessions at that moment. */
  readonly ours: readonly Item[];
}

/** What a check says of the sessions after each change to one. */
function overTime(run: Run, check: (moment: Moment) => readonly string[]): readonly string[] {
  const ours = new Map<string, Map<string, Item>>();
  const made = new Set<string>();
  return run.cloud.sessionChanges.flatMap(({ at, by, accountId, action, session }) => {
    const id: string = session.TrafficMirrorSessionId;
    if (by === 'us' && action === 'created') made.add(id);
    const ofAccount = ours.get(accountId) ?? new Map<string, Item>();
    ours.set(accountId, ofAccount);
    if (action === 'deleted') ofAccount.delete(id);
    else if (made.has(id)) ofAccount.set(id, session);
    return check({ accountId, ours: [...ofAccount.values()] }).map((each) => `${each} at ${timeOf(at - run.startAt)}`);
  });
}
