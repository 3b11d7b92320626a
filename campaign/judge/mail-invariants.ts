/** Each finding is told at least once and at most once per opening, truly, not too early and in time. */

import type { Mail } from '../aws/cloud.ts';
import { type Run, timeOf } from '../simulate.ts';
import type { Invariant } from './invariants.ts';
import { findingsTold, findingsUnnamed, type Told } from './mails.ts';
import { hasLost, isSilent, isSweepless, isUndisturbed, isUnheardOf } from './state-invariants.ts';
import { type Fact, isOpen, merged, type Span, wasViolated } from './truth.ts';

const MINUTE_MS = 60_000;
/** EC2's answers are up to three minutes old, a run takes up to five, and containers read their configuration every few minutes. */
const LATE_LOOK_MS = 9 * MINUTE_MS;
const OLD_CONFIGURATION_MS = 16 * MINUTE_MS;
/** Shorter than this, a pause between two violations may pass unseen. */
const UNSEEN_MS = 20 * MINUTE_MS;
/** Until the next sweep, a finding that nobody requires any more may stay open. */
const BETWEEN_SWEEPS_MS = 3 * 60 * MINUTE_MS;
/** The slowest log file and its batch. */
const DELIVERED_MS = 16 * MINUTE_MS;
/** How long a finding may wait for its repair, or for the end of a flood. */
const HELD_MS = 30 * MINUTE_MS;

export const MAIL_INVARIANTS: Readonly<Record<string, Invariant>> = {
  'a mail is true': (run) => {
    const all = [...run.truth.facts(), ...run.truth.lacks()];
    const facts = new Map(all.map((fact) => [`${fact.rule} ${fact.resourceId}`, fact]));
    const lateMs = isReconfigured(run) ? LATE_LOOK_MS + OLD_CONFIGURATION_MS : LATE_LOOK_MS;
    const skewMs = 2 * run.schedule.settings.skewMs + 1000;
    return newIn(run).flatMap(({ rule, resourceId, mail, lastSeen }) => {
      const fact = facts.get(`${rule} ${resourceId}`);
      // What a mail says was last seen an hour ago must have been so then, by the clock of whoever saw it.
      const of = lastSeen === undefined ? mail.at : Math.min(mail.at, lastSeen + skewMs);
      if (wasViolated(fact, of - lateMs, of)) return [];
      if (rule === 'instance-untagged' && wasOnceRequired(run, facts, resourceId, of)) return [];
      return [`the mail at ${timeOf(mail.at - run.startAt)} tells of ${rule} on ${resourceId}, which was not so`];
    });
  },

  'a finding is mailed once per opening': (run) => {
    const isUncertain = uncertaintyIn(run);
    const told = newIn(run);
    return run.truth.facts().flatMap((fact) => {
      const mails = told.filter((each) => isAbout(each, fact)).map(({ mail }) => mail);
      if (mails.filter((mail) => !isUncertain(mail)).length <= fact.spans.length) return [];
      const times = mails.map(({ at }) => timeOf(at - run.startAt)).join(', ');
      return [`${nameOf(fact)} opened ${fact.spans.length} times and was mailed ${mails.length} times: ${times}`];
    });
  },

  'an all-clear is mailed once': (run) => {
    const isUncertain = uncertaintyIn(run);
    const told = findingsTold(run.cloud.mails).filter(({ as }) => as === 'resolved');
    return run.truth.facts().flatMap((fact) => {
      const mails = told.filter((each) => isAbout(each, fact)).map(({ mail }) => mail);
      const ends = fact.spans.filter(({ until }) => until !== undefined).length;
      if (mails.filter((mail) => !isUncertain(mail)).length <= ends) return [];
      const times = mails.map(({ at }) => timeOf(at - run.startAt)).join(', ');
      return [`${nameOf(fact)} ended ${ends} times and its end was mailed ${mails.length} times: ${times}`];
    });
  },

  'what is still wrong was mailed': (run) => {
    if (isSweepless(run) && hasLost(run)) return [];
    const told = newIn(run);
    const earlierMs = isReconfigured(run) ? BETWEEN_SWEEPS_MS : 0;
    const untold = run.truth.facts().flatMap((fact) => {
      const last = merged(fact.spans, UNSEEN_MS).at(-1);
      if (last === undefined || !isOpen(fact) || isUnheardOf(fact, run)) return [];
      if (told.some((each) => isAbout(each, fact) && each.mail.at >= last.since - earlierMs)) return [];
      return [`${nameOf(fact)}, wrong since ${timeOf(last.since - run.startAt)}, was never mailed`];
    });
    return untold.length > findingsUnnamed(run.cloud.mails) ? untold : [];
  },

  /** Also when nobody repairs: a finding is held for its repair once, not again and again. */
  'what stays wrong is mailed in time': (run) => {
    if (run.hit.length > 0 || run.schedule.settings.late > 0 || isReconfigured(run)) return [];
    const told = newIn(run);
    const { graceSeconds, endsAfterMs } = run.schedule.settings;
    const boundMs = DELIVERED_MS + Math.max(1000 * graceSeconds, HELD_MS);
    const late = run.truth.facts().flatMap((fact) => {
      if (isSilent(fact, run)) return [];
      const openings = merged(fact.spans, UNSEEN_MS);
      // An end that is short enough to go unseen may be seen too. Then the time counts anew.
      return fact.spans.flatMap(({ since, until = run.startAt + endsAfterMs }) => {
        const from = openings.findLast((opening) => opening.since <= since)?.since ?? since;
        const isTold = told.some(
          ({ mail, ...each }) => isAbout({ mail, ...each }, fact) && mail.at >= from && mail.at <= since + boundMs,
        );
        if (isTold || until - since <= boundMs) return [];
        const began = timeOf(since - run.startAt);
        return [`${nameOf(fact)}, wrong since ${began}, was not mailed within ${boundMs / MINUTE_MS} minutes`];
      });
    });
    return late.length > findingsUnnamed(run.cloud.mails) ? late : [];
  },

  'nothing is mailed within its grace': (run) => {
    const { graceSeconds, skewMs } = run.schedule.settings;
    if (isReconfigured(run)) return [];
    const facts = run.truth.facts().filter(({ rule }) => rule === 'instance-untagged');
    return newIn(run).flatMap((told) => {
      const fact = facts.find((each) => isAbout(told, each));
      const span = fact === undefined ? undefined : spanAt(merged(fact.spans, UNSEEN_MS), told.mail.at);
      if (span === undefined || told.mail.at >= span.since + 1000 * graceSeconds - 2 * skewMs - 1500) return [];
      const after = Math.round((told.mail.at - span.since) / 1000);
      return [
        `${told.rule} on ${told.resourceId} was mailed at ${timeOf(told.mail.at - run.startAt)}, ${after} s after it began`,
      ];
    });
  },

  /** A flood is one mail in a quarter of an hour, however many deliveries bring it. */
  'a flood is few mails': (run) => {
    if (!isUndisturbed(run)) return [];
    const quarters = new Map<number, Mail[]>();
    for (const mail of run.cloud.mails) {
      const quarter = Math.floor(mail.at / (15 * MINUTE_MS));
      quarters.set(quarter, [...(quarters.get(quarter) ?? []), mail]);
    }
    return [...quarters.values()].flatMap((mails) => {
      const fresh = mails.filter(({ attributes }) => attributes.kind === 'findings' || attributes.kind === 'burst');
      return fresh.length > 8 ? [`${fresh.length} mails of new findings within a quarter of an hour`] : [];
    });
  },
};

const isAbout = ({ rule, resourceId }: Told, fact: Fact): boolean =>
  rule === fact.rule && resourceId === fact.resourceId;
const nameOf = ({ rule, resourceId }: Fact): string => `${rule} on ${resourceId}`;
const newIn = (run: Run): readonly Told[] => findingsTold(run.cloud.mails).filter(({ as }) => as === 'new');
const isReconfigured = (run: Run): boolean => run.schedule.events.some(({ kind }) => kind === 'require');

/** Whether a tag was missing that some configuration of the last minutes required: containers may still have an old one. */
function wasOnceRequired(run: Run, facts: ReadonlyMap<string, Fact>, resourceId: string, at: number): boolean {
  const changes = run.schedule.events.flatMap((event) =>
    event.kind === 'require' ? [{ at: run.startAt + event.atMs, tags: event.tags }] : [],
  );
  const configurations = [{ at: run.startAt, tags: ['CostCenter'] }, ...changes];
  const recent = configurations.filter(
    (each, index) => each.at <= at && (configurations[index + 1]?.at ?? at) >= at - OLD_CONFIGURATION_MS,
  );
  const lacked = (tag: string): boolean => wasViolated(facts.get(`lacks ${tag} ${resourceId}`), at - LATE_LOOK_MS, at);
  return recent.some(({ tags }) => tags.some(lacked));
}

function spanAt(spans: readonly Span[], at: number): Span | undefined {
  return spans.findLast(({ since, until = Number.POSITIVE_INFINITY }) => since <= at && until + LATE_LOOK_MS >= at);
}

/**
 * Tells the mails of which the function could not know or record that they were sent: the answer was lost, or a fault came right after.
 * SNS does not deduplicate mail, so the only way not to lose such a mail is to send it again.
 */
function uncertaintyIn({ hit, trace }: Run): (mail: Mail) => boolean {
  const writes = hit.filter(({ call }) => /Publish|Transact|PutItem|UpdateItem|BatchGet|Query/.test(call));
  const killed = trace.flatMap((line) => / end {3}(\S+) killed/.exec(line)?.[1] ?? []);
  const uncertain = new Set([...writes.map(({ call }) => call.split('/')[0] ?? ''), ...killed]);
  return ({ call }) => uncertain.has(call.split('/')[0] ?? '');
}
