/** Small charts as inline SVG. They use no script and no fonts; colours come from classes, so charts print and follow dark mode. */

import { SEVERITIES, type Severity } from '../../audit/finding.ts';
import { grouped, plural } from '../../collections.ts';
import { type CoveragePoint, ratioOf } from '../coverage.ts';
import { type Html, html } from '../escape.ts';
import type { TrendPoint } from '../trend.ts';
import { percent, shareWords } from '../words.ts';

const WIDTH = 600;
const HEIGHT = 160;

interface Series {
  readonly name: string;
  readonly className: string;
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

/** Coverage over time as lines, from a floor below the lowest value to 100 %. Null for fewer than two points. */
export function coverageChart(tags: readonly CoveragePoint[], mirroring: readonly CoveragePoint[]): Html | null {
  const both: Series[] = [
    { name: 'Tagged', className: 'tags', points: shares(tags) },
    { name: 'Mirrored', className: 'mirroring', points: shares(mirroring) },
  ];
  const all: Readonly<Record<string, readonly CoveragePoint[]>> = { tags, mirroring };
  const series = both.filter(({ points }) => points.length > 1);
  if (series.length === 0) return null;
  const lowest = Math.min(...series.flatMap(({ points }) => points.map(({ value }) => value)));
  const floor = Math.min(0.9, Math.max(0, Math.floor(lowest * 10 - 0.2) / 10));
  // The line is the lowest that it may be; in words, what could not be judged makes it a range.
  const wordsAt = (className: string, place: 0 | -1): string => {
    const point = all[className]?.filter((each) => ratioOf(each) !== null).at(place);
    return point === undefined ? percent(null) : shareWords(point);
  };
  const words = series.map(
    ({ name, className }) => `${name} from ${wordsAt(className, 0)} to ${wordsAt(className, -1)}`,
  );
  return figure({
    title: 'Coverage',
    label: `Coverage over time: ${words.join('; ')}.`,
    legend: series.map(
      ({ name, className }) => html`<li class="${className}">${name} <b>${wordsAt(className, -1)}</b></li>`,
    ),
    top: '100 %',
    bottom: percent(floor),
    ...spanOf(series),
    body: html`${series.map((one) => polyline(one, series, floor, 1))}`,
  });
}

/** Open findings per day as an area, with the opened and resolved ones in words. Null for fewer than two days. */
export function trendChart(trend: readonly TrendPoint[]): Html | null {
  const first = trend[0];
  const last = trend.at(-1);
  if (first === undefined || last === undefined || trend.length < 2) return null;
  const points = trend.map(({ day, open }) => ({ at: Date.parse(day), value: open }));
  const series: Series = { name: 'Open', className: 'open', points };
  const most = Math.max(1, ...points.map(({ value }) => value));
  const opened = trend.reduce((sum, day) => sum + day.opened, 0);
  const resolved = trend.reduce((sum, day) => sum + day.resolved, 0);
  const closed = trend.reduce((sum, day) => sum + day.closedByTime, 0);
  const byTime = closed === 0 ? [] : [`${grouped(closed)} closed by time alone`];
  return figure({
    title: 'Open findings',
    label: `Open findings over time: from ${first.open} to ${last.open}; ${[plural(opened, 'opening'), plural(resolved, 'resolution'), ...byTime].join(', ')}, at most ${most} open.`,
    legend: [
      html`<li class="open">Open <b>${grouped(last.open)}</b></li>`,
      html`<li>${plural(opened, 'opening')}</li>`,
      html`<li>${plural(resolved, 'resolution')}</li>`,
      ...byTime.map((words) => html`<li>${words}</li>`),
    ],
    top: grouped(most),
    bottom: '0',
    ...spanOf([series]),
    body: html`${area(series, most)}${polyline(series, [series], 0, most)}`,
  });
}

/** A bar of open findings by severity, the most severe first. `label` is read out by screen readers. */
export function severityBar(bySeverity: Readonly<Record<Severity, number>>, most: number, label: string): Html {
  let x = 0;
  const parts = SEVERITIES.toReversed().map((severity) => {
    const width = (bySeverity[severity] / Math.max(1, most)) * 100;
    const rect = html`<rect class="${severity}" x="${round(x)}" y="0" width="${round(width)}" height="10"/>`;
    x += width;
    return width === 0 ? null : rect;
  });
  return html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${label}">${parts}</svg>`;
}

/** A bar that shows how full a sensor is. Above 100 % it is drawn full. */
export function loadBar(utilization: number, label: string): Html {
  const state = utilization >= 1 ? 'critical' : utilization >= 0.8 ? 'high' : 'mirroring';
  const width = round(Math.min(1, utilization) * 100);
  return html`<svg class="bar load" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${label}"><rect class="track" width="100" height="10"/><rect class="${state}" width="${width}" height="10"/></svg>`;
}

/** A line without axes, for a tile. It decorates a figure, so screen readers skip it. Null for fewer than two points. */
export function sparkline(points: readonly CoveragePoint[], className: string): Html | null {
  const series: Series = { name: '', className, points: shares(points) };
  if (series.points.length < 2) return null;
  const values = series.points.map(({ value }) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const line = polyline(series, [series], low === high ? low - 1 : low, high);
  return html`<svg class="spark" viewBox="0 -6 ${WIDTH} ${HEIGHT + 12}" preserveAspectRatio="none" aria-hidden="true">${line}</svg>`;
}

function shares(points: readonly CoveragePoint[]): Series['points'] {
  return points.flatMap((point) => {
    const value = ratioOf(point);
    return value === null ? [] : [{ at: Date.parse(point.at), value }];
  });
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function spanOf(series: readonly Series[]): Span {
  const times = series.flatMap(({ points }) => [points[0]?.at ?? 0, points.at(-1)?.at ?? 0]);
  return { from: Math.min(...times), to: Math.max(...times) };
}

function coordinates(series: Series, { from, to }: Span, low: number, high: number): string[] {
  return series.points.map(({ at, value }) => {
    const x = ((at - from) / Math.max(1, to - from)) * WIDTH;
    const y = HEIGHT - ((value - low) / (high - low)) * HEIGHT;
    return `${round(x)},${round(y)}`;
  });
}

function polyline(series: Series, all: readonly Series[], low: number, high: number): Html {
  return html`<polyline class="line ${series.className}" points="${coordinates(series, spanOf(all), low, high).join(' ')}"/>`;
}

function area(series: Series, high: number): Html {
  const line = coordinates(series, spanOf([series]), 0, high).join(' ');
  return html`<polygon class="area ${series.className}" points="0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}"/>`;
}

interface Figure extends Span {
  readonly title: string;
  readonly label: string;
  readonly legend: readonly Html[];
  readonly top: string;
  readonly bottom: string;
  readonly body: Html;
}

function figure({ title, label, legend, top, bottom, from, to, body }: Figure): Html {
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
  const grid = [0, 0.5, 1].map(
    (y) => html`<line class="grid" x1="0" x2="${WIDTH}" y1="${y * HEIGHT}" y2="${y * HEIGHT}"/>`,
  );
  return html`<figure class="chart"><figcaption><h3>${title}</h3><ul class="legend">${legend}</ul></figcaption>
<div class="plot"><div class="axis" aria-hidden="true"><span>${top}</span><span>${bottom}</span></div>
<svg viewBox="0 -2 ${WIDTH} ${HEIGHT + 4}" preserveAspectRatio="none" role="img" aria-label="${label}">${grid}${body}</svg></div>
<div class="days" aria-hidden="true"><time>${day(from)}</time><time>${day(to)}</time></div></figure>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
