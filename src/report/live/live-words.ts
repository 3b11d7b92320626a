/** The state of a process that watches in words: the same on a terminal and on its page. */

import { SEVERITIES, type Severity } from '../../audit/finding.ts';
import { grouped, plural } from '../../collections.ts';
import { durationWords } from '../words.ts';
import { type Health, healthOf } from './health.ts';
import { type LiveState, totalOf } from './state.ts';

/** One figure: what it is, its value, and a remark. */
export interface LiveFact {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

/** An action or a failure in words. `time` is `HH:MM:SS` (UTC) today, else with its date. */
export interface LiveLine {
  readonly time: string;
  readonly what: string;
  readonly severity?: Severity | undefined;
  readonly text: string;
}

/** Everything that is shown, in words. Texts may still contain characters that act on a terminal or in HTML. */
export interface LiveWords {
  /** What matters most, in a sentence. */
  readonly headline: string;
  readonly health: { readonly tone: 'good' | 'bad' | 'neutral'; readonly text: string };
  /** What is watched, and for how long. */
  readonly subject: string;
  /** `3 s ago`, or that there was none. */
  readonly newestDelivery: string;
  readonly newestRecord: string;
  readonly processed: LiveFact;
  /** `isKnown` is false until the ledger was read. */
  readonly open: LiveFact & {
    readonly isKnown: boolean;
    readonly bySeverity: readonly (readonly [severity: Severity, count: string])[];
  };
  readonly done: LiveFact;
  readonly failed: LiveFact;
  readonly actions: readonly LiveLine[];
  readonly failures: readonly LiveLine[];
}

/** The state in words at this time. */
export function liveWords(state: LiveState, now: Date): LiveWords {
  const { counts, watched, startedAt, work, isStopping } = state;
  const { messages, retried, files, records, sessions, mails, failedRepairs, failedBatches, rejected, readFaults } =
    counts;
  const bad = [
    [rejected, `${plural(rejected, 'input')} not read`],
    [failedRepairs, `${plural(failedRepairs, 'repair')} failed`],
    [failedBatches, `${plural(failedBatches, 'batch', 'batches')} failed`],
    [readFaults, `${watched.kind} not read ${readFaults === 1 ? 'once' : `${grouped(readFaults)} times`}`],
  ] as const;
  const badWords = bad.filter(([count]) => count > 0).map(([, words]) => words);
  const busy =
    work === undefined
      ? 'waiting for deliveries'
      : `${plural(work.messages, 'message')} in work for ${ago(work.since, now, '')}`;
  return {
    headline: headlineOf(state),
    health: healthWords(healthOf(state, now)),
    subject: `watching ${watched.kind === 'queue' ? 'queue' : 'folder'} ${watched.name} for ${ago(startedAt, now, '')}, ${isStopping ? 'stopping' : busy}`,
    newestDelivery: state.newestDelivery === undefined ? 'none yet' : ago(state.newestDelivery, now),
    newestRecord: state.newestRecord === undefined ? 'none yet' : ago(state.newestRecord, now),
    processed: {
      label: 'Deliveries',
      value: plural(messages, 'message'),
      note: [`${grouped(retried)} to retry`, plural(files, 'file'), plural(records, 'record')].join(', '),
    },
    open: openFact(state, now),
    done: {
      label: 'Done',
      value: plural(sessions, 'session'),
      note: [`${plural(mails, 'mail')} sent`, `${plural(counts.resolved, 'finding')} resolved`].join(', '),
    },
    failed: {
      label: 'Failures',
      value: badWords.length === 0 ? 'none' : (badWords[0] ?? ''),
      note: badWords.slice(1).join(', '),
    },
    actions: state.actions.map((action) => ({
      time: timeOf(action.at, now),
      what: action.what,
      severity: action.severity,
      text: action.text,
    })),
    failures: state.failures.map(({ at, text }) => ({ time: timeOf(at, now), what: '', text })),
  };
}

function healthWords(health: Health): LiveWords['health'] {
  if (health.ok) return { tone: 'good', text: 'healthy' };
  switch (health.kind) {
    case 'starting':
      return { tone: 'neutral', text: `starting: ${health.reason}` };
    case 'stopping':
      return { tone: 'neutral', text: 'stopping' };
    case 'failing':
      return { tone: 'bad', text: `not healthy: ${health.reason}` };
  }
}

function headlineOf({ open, hasLedger, counts }: LiveState): string {
  if (open !== undefined) {
    const total = totalOf(open.bySeverity);
    const { critical } = open.bySeverity;
    if (total === 0) return 'The ledger has no open findings.';
    return `${plural(total, 'finding is', 'findings are')} open${critical === 0 ? '' : `, ${grouped(critical)} critical`}.`;
  }
  if (hasLedger) return 'Reading what is open.';
  const found = totalOf(counts.opened);
  return found === 0 ? 'Nothing found since the start.' : `${plural(found, 'finding')} since the start.`;
}

function openFact({ open, hasLedger, counts }: LiveState, now: Date): LiveWords['open'] {
  const shown = hasLedger ? open?.bySeverity : counts.opened;
  const bySeverity = SEVERITIES.toReversed().map(
    (severity) => [severity, shown === undefined ? '–' : grouped(shown[severity])] as const,
  );
  if (!hasLedger)
    return {
      label: 'Found',
      value: grouped(totalOf(counts.opened)),
      note: 'repeats included; --ledger shows what is open',
      isKnown: true,
      bySeverity,
    };
  return {
    label: 'Open',
    value: open === undefined ? '–' : grouped(totalOf(open.bySeverity)),
    note: open === undefined ? 'the ledger has not been read yet' : `ledger read ${ago(open.readAt, now)}`,
    isKnown: open !== undefined,
    bySeverity,
  };
}

/** `3 s ago`. The clocks of others may be ahead of ours. */
function ago(time: Date, now: Date, suffix = ' ago'): string {
  return `${durationWords((now.getTime() - time.getTime()) / 1000)}${suffix}`;
}

function timeOf(at: Date, now: Date): string {
  const iso = at.toISOString();
  const isToday = iso.slice(0, 10) === now.toISOString().slice(0, 10);
  return isToday ? iso.slice(11, 19) : `${iso.slice(5, 10)} ${iso.slice(11, 16)}`;
}
