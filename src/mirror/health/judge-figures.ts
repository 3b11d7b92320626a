/** Whether a session carries packets, by what CloudWatch counted. What the figures do not prove is unknown. */

import type { InstanceMetrics } from '../../inventory/metrics/instance-metrics.ts';
import { type Figures, figuresOf, type Period, periodsOf, type Taken } from './figures.ts';

/** What a session does, by AWS's figures. */
export interface TrafficHealth {
  /**
   * - `carrying`: packets are mirrored
   * - `dropping`: so are they, but too many that the filter takes are left out
   * - `silent`: there were packets that the filter takes, and for half an hour none was mirrored
   * - `idle`: the instance neither received nor sent a packet
   * - `unknown`: the figures prove none of these
   */
  readonly kind: 'carrying' | 'dropping' | 'silent' | 'idle' | 'unknown';
  /** Completes "eni-1 to tmt-1: …". */
  readonly reason: string;
  /** What the answer rests on; absent if there are no figures. */
  readonly figures?: Figures | undefined;
}

/** What is known of the session besides the figures. */
export interface Measured {
  /** The directions in which its filter takes every packet. */
  readonly taken: Taken;
  /** The share of packets, 0 to 1, that may be skipped. */
  readonly droppedShare: number;
  /** When the session was made, if that is known. Figures of earlier periods say nothing about it. */
  readonly since?: Date | undefined;
  /** True if CloudWatch has figures also of instances without sessions: then a zero does not show that there was a session. */
  readonly zerosProveNothing: boolean;
}

/** How long nothing may be mirrored before that is a fault: six periods, as short ones may hold only what is never mirrored. */
const SILENT_MS = 30 * 60_000;
/** How far back figures say what happens now. */
const RECENT_MS = 75 * 60_000;
/**
 * Packets a second above which an interface carries more than what is never mirrored: ARP, DHCP, NTP and the instance's own metadata.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-limitations.html
 */
const BACKGROUND_RATE = 1;
/** Skipped packets that are too few to tell anything. */
const FEW_SKIPPED = 100;

/** Judges the only session on the only interface of an instance by the instance's figures. */
export function judgeFigures(metrics: InstanceMetrics, measured: Measured): TrafficHealth {
  const periods = periodsOf(metrics, measured.taken);
  const asked = metrics.endTime.getTime();
  const recent = periods.filter(({ end }) => end > asked - RECENT_MS);
  const figures = figuresOf(recent.filter(({ start }) => start < asked));
  const answer = (kind: TrafficHealth['kind'], reason: string): TrafficHealth => ({ kind, reason, figures });
  const ofSession = measured.since === undefined ? periods : periods.filter(isAfter(measured.since));
  const tried = ofSession.findLast(isTried);
  const quiet = ofSession.filter((each) => each.start >= (tried?.end ?? 0) && isSilent(each));
  if (lengthOf(quiet) >= SILENT_MS && isRecent(quiet.at(-1), asked)) {
    if (!measured.zerosProveNothing || measured.since !== undefined || tried !== undefined)
      return answer(
        'silent',
        `none of ${inWords(sum(quiet, 'wanted'))} packets was mirrored in ${lengthOf(quiet) / 60_000} min since ${startOf(quiet[0])}`,
      );
    return answer('unknown', 'nothing was mirrored, but when the session was made is not known');
  }
  if (tried !== undefined && isRecent(tried, asked)) return judgeTried(ofSession, tried, quiet, measured, answer);
  const known = recent.filter(({ isSettled, packets }) => isSettled && packets !== null);
  if (lengthOf(known) >= SILENT_MS && sum(known, 'packets') === 0)
    return answer('idle', `the instance had no packet since ${startOf(known[0])}`);
  return answer('unknown', whyUnknown(ofSession, recent, measured));
}

/** The answer where packets were mirrored, or skipped, a short while ago. */
function judgeTried(
  periods: readonly Period[],
  tried: Period,
  quiet: readonly Period[],
  { droppedShare }: Measured,
  answer: (kind: TrafficHealth['kind'], reason: string) => TrafficHealth,
): TrafficHealth {
  const last = periods.filter(
    ({ end, skipped, mirrored }) => end > tried.end - RECENT_MS && skipped !== null && mirrored !== null,
  );
  const [mirrored, skipped] = [sum(last, 'mirrored'), sum(last, 'skipped')];
  const share = skipped / Math.max(1, mirrored + skipped);
  if (skipped >= FEW_SKIPPED && share >= droppedShare)
    return answer(
      'dropping',
      `${percent(share)} of the packets that its filter takes were left out: ${inWords(skipped)} of ${inWords(mirrored + skipped)} since ${startOf(last[0])}`,
    );
  if (lengthOf(quiet) * 2 >= SILENT_MS)
    return answer(
      'unknown',
      `packets were mirrored until ${startOf(quiet[0])} and none since: too short a time to call it silent`,
    );
  const mirroredUntil = `packets were mirrored until ${minuteOf(tried.end)}`;
  if (periods.every((each) => each.skipped === null))
    return answer('carrying', `${mirroredUntil}; of skipped ones CloudWatch has no figures`);
  if (lengthOf(last) < SILENT_MS)
    return answer('unknown', `${mirroredUntil}, but there are too few figures to tell how many were skipped`);
  return answer('carrying', mirroredUntil);
}

function whyUnknown(ofSession: readonly Period[], recent: readonly Period[], { taken }: Measured): string {
  if (recent.every(({ packets, mirrored }) => packets === null && mirrored === null))
    return 'CloudWatch has no figures of the last hour';
  const settled = ofSession.filter(({ isSettled }) => isSettled);
  if (settled.every(({ mirrored }) => mirrored === null))
    return 'CloudWatch counted packets of the instance, and says nothing of mirrored ones';
  if (!taken.inbound && !taken.outbound) return 'nothing was mirrored, which may be what its filter wants';
  if (lengthOf(settled) < SILENT_MS) return 'the session is too new to tell';
  return 'nothing was mirrored, but too few packets that its filter takes were counted to tell why';
}

/** True for a period in which packets of the session were mirrored or skipped. */
function isTried({ mirrored, skipped }: Period): boolean {
  return (mirrored ?? 0) > 0 || (skipped ?? 0) > 0;
}

/** True for a complete period with packets that should have been mirrored and were not. */
function isSilent({ isSettled, start, end, wanted, mirrored }: Period): boolean {
  return isSettled && mirrored === 0 && wanted !== null && wanted >= (BACKGROUND_RATE * (end - start)) / 1000;
}

function isAfter(since: Date): (period: Period) => boolean {
  return ({ start }) => start >= since.getTime();
}

function isRecent(period: Period | undefined, asked: number): boolean {
  return period !== undefined && period.end > asked - RECENT_MS;
}

function lengthOf(periods: readonly Period[]): number {
  return periods.reduce((length, { start, end }) => length + end - start, 0);
}

function sum(periods: readonly Period[], name: 'packets' | 'wanted' | 'mirrored' | 'skipped'): number {
  return periods.reduce((total, period) => total + (period[name] ?? 0), 0);
}

function inWords(packets: number): string {
  return packets.toLocaleString('en');
}

function startOf(period: Period | undefined): string {
  return minuteOf(period?.start ?? 0);
}

/** ISO 8601 UTC to the minute: no period begins within one. */
function minuteOf(at: number): string {
  return new Date(at).toISOString().replace(/:\d\d\.\d{3}Z$/, 'Z');
}

/** A share as people write it; a small one is not rounded to nothing. */
function percent(share: number): string {
  return share < 0.001 ? 'less than 0.1 %' : `${(share * 100).toFixed(1)} %`;
}
