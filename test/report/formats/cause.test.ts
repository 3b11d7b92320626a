/** Who is named in each format: the proven cause, the launcher and the owner, each as what they are, and nobody who was only near. */

import { describe, expect, it } from 'vitest';
import type { Cause } from '../../../src/audit/cause.ts';
import { render } from '../../../src/report/format.ts';
import { asff } from '../../../src/report/formats/asff.ts';
import { csv } from '../../../src/report/formats/csv.ts';
import { jsonl } from '../../../src/report/formats/jsonl.ts';
import { junit } from '../../../src/report/formats/junit.ts';
import { markdown } from '../../../src/report/formats/markdown.ts';
import { ocsf } from '../../../src/report/formats/ocsf.ts';
import { table } from '../../../src/report/formats/table.ts';
import { renderHtml } from '../../../src/report/html/page.ts';
import type { Report } from '../../../src/report/report.ts';
import { aCall, callBy, calls, possible, unknown } from '../../support/causes.ts';
import { aFinding, anEvidence, aReport } from '../../support/findings.ts';
import { withoutLineMarks } from '../../support/line-marks.ts';

const MADE = { eventName: 'CreateTrafficMirrorSession', eventTime: '2026-11-20T11:02:00Z', eventID: 'made' };
const NEAR = anEvidence({ eventID: 'near', actor: 'bystander', eventTime: '2026-11-20T11:59:00Z' });

function reportWith(cause: Cause): Report {
  const evidence = [NEAR, anEvidence({ role: 'cause', ...MADE, actor: 'shop-web', logFile: 'made.json.gz' })];
  const people = { launchedBy: 'dana', owner: 'team-web', seenBecause: 'a sweep of the account' };
  return aReport({ findings: [aFinding({ cause, evidence, ...people })] });
}

const PROVEN = aCall('shop-web', MADE);
const WORDS = 'shop-web (CreateTrafficMirrorSession, 2026-11-20 11:02 UTC)';

/** The output of each format for people, on one line. */
const FOR_PEOPLE: Readonly<Record<string, (report: Report) => string>> = {
  'a wide terminal': (report) => render(table, report, { columns: 200 }),
  'a narrow terminal': (report) => render(table, report, { columns: 40 }).replace(/\n {4}/g, ' '),
  markdown: (report) => render(markdown, report, {}).replaceAll('\\', ''),
  junit: (report) => render(junit, report, {}),
};

describe.each(Object.entries(FOR_PEOPLE))('on %s', (_, show) => {
  it('the four are told apart', () => {
    const text = show(reportWith(PROVEN)).toLowerCase().replaceAll('`', '');
    for (const fact of [
      `caused by: ${WORDS.toLowerCase()}`,
      'launched by: dana',
      'owner: team-web',
      'seen because: a sweep',
    ])
      expect(text).toContain(fact);
  });

  it.each([
    ['proven', PROVEN],
    ['possible', possible('erin', 'the tag may not have been there')],
    ['unknown', unknown()],
  ])('nobody is named who only made a call nearby, when the cause is %s', (__, cause) => {
    expect(show(reportWith(cause))).not.toContain('bystander');
  });

  it('a possible cause is never said with "by"', () => {
    const text = show(reportWith(possible('erin', 'the tag may not have been there')));
    expect(text).toContain('possibly erin');
    expect(text).not.toMatch(/by:? `?erin/);
  });
});

describe('csv', () => {
  const rowOf = (cause: Cause): Record<string, string> => {
    const [names = '', row = ''] = render(csv, reportWith(cause), {}).split('\r\n');
    const cells = [...row.matchAll(/"((?:[^"]|"")*)"(?:,|$)|([^,]*)(?:,|$)/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    );
    return Object.fromEntries(names.split(',').map((name, index) => [name, cells[index] ?? '']));
  };

  it('has a column for each of the four, and for what kind of cause it is', () => {
    expect(rowOf(PROVEN)).toMatchObject({
      who: 'shop-web',
      cause: `Caused by ${WORDS}`,
      cause_kind: 'call',
      launched_by: 'dana',
      owner: 'team-web',
      seen_because: 'a sweep of the account',
      event_ids: 'near; made',
      event_roles: 'context; cause',
    });
  });

  it('has nobody in who unless it is proven', () => {
    expect(rowOf(possible('erin', 'r'))).toMatchObject({ who: '', cause_kind: 'possible', owner: 'team-web' });
    expect(rowOf(unknown('r'))).toMatchObject({ who: '', cause: 'unknown: r', cause_kind: 'unknown' });
  });
});

describe('JSON lines', () => {
  it('carry the cause with its calls, and each record with its role', () => {
    const finding = JSON.parse(render(jsonl, reportWith(PROVEN), {}));
    expect(finding).toMatchObject({
      cause: PROVEN,
      launchedBy: 'dana',
      owner: 'team-web',
      seenBecause: 'a sweep of the account',
      evidence: [
        { eventID: 'near', role: 'context' },
        { eventID: 'made', role: 'cause' },
      ],
    });
  });
});

describe('OCSF', () => {
  const recordOf = (cause: Cause): Record<string, unknown> => JSON.parse(render(ocsf, reportWith(cause), {}));

  it('has the proven call and actor in its own fields, and the rest unmapped', () => {
    expect(recordOf(PROVEN)).toMatchObject({
      api: { operation: 'CreateTrafficMirrorSession' },
      observables: [{ type_id: 10 }, { name: 'evidences[].actor.user.name', type_id: 4, value: 'shop-web' }],
      resources: [{ owner: { name: 'team-web' } }],
      unmapped: { cause: PROVEN, launchedBy: 'dana', owner: 'team-web', seenBecause: 'a sweep of the account' },
      evidences: [{ data: { role: 'context' } }, { data: { role: 'cause' } }],
    });
  });

  it('lists each actor of several calls as an observable, and names no one call', () => {
    const { api, observables } = recordOf(calls(callBy('erin'), callBy('dana')));
    expect(api).toBeUndefined();
    expect(observables).toMatchObject([{ type_id: 10 }, { value: 'erin' }, { value: 'dana' }]);
  });

  it.each([possible('erin'), unknown()])('lists nobody as an observable when the cause is $kind', (cause) => {
    const { api, observables } = recordOf(cause);
    expect(api).toBeUndefined();
    expect(observables).toMatchObject({ length: 1 });
  });
});

describe('ASFF', () => {
  const fieldsOf = (cause: Cause): unknown => JSON.parse(render(asff, reportWith(cause), {}))[0].ProductFields;

  it('has a product field for each of the four, and points to the record that is the cause', () => {
    expect(fieldsOf(PROVEN)).toMatchObject({
      'mirrorwatch/who': 'shop-web',
      'mirrorwatch/cause': `by ${WORDS}`,
      'mirrorwatch/causeKind': 'call',
      'mirrorwatch/launchedBy': 'dana',
      'mirrorwatch/owner': 'team-web',
      'mirrorwatch/seenBecause': 'a sweep of the account',
      'mirrorwatch/eventID': 'made',
      'mirrorwatch/eventRole': 'cause',
      'mirrorwatch/logFile': 'made.json.gz',
    });
  });

  it('names nobody unless it is proven', () => {
    expect(fieldsOf(unknown('r'))).not.toHaveProperty('mirrorwatch/who');
    expect(JSON.stringify(fieldsOf(unknown('r')))).not.toContain('bystander');
  });
});

describe('HTML', () => {
  it('names nobody outside the list of records unless it is proven', () => {
    const [visible = ''] = withoutLineMarks(renderHtml(reportWith(unknown('r')), {})).split(
      '<script type="application/json"',
    );
    expect(visible).toContain('<td class="who">unknown</td>');
    expect(visible).not.toMatch(/bystander|shop-web/);
    const [proven = ''] = withoutLineMarks(renderHtml(reportWith(PROVEN), {})).split('<script type="application/json"');
    expect(proven).toContain('<td class="who">shop-web</td>');
    expect(proven).not.toContain('bystander');
  });
});
