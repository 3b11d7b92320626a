import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardCell, visible } from '../../../src/report/escape.ts';
import { render } from '../../../src/report/format.ts';
import { csv } from '../../../src/report/formats/csv.ts';
import { aDetail, aFinding, anEvidence, aReport } from '../../support/findings.ts';
import { anyText, HOSTILE } from '../../support/hostile.ts';

/** Parses RFC 4180 by its grammar, character by character. Throws on anything the grammar does not allow. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
        if (at >= text.length) throw new Error('a quoted field does not end');
        if (text[at] === '"') at += 1;
        cell += text[at];
      }
      at += 1;
    } else {
      for (; at < text.length && !',\r\n'.includes(text[at] ?? ''); at += 1) {
        if (text[at] === '"') throw new Error('a quote in a field that is not quoted');
        cell += text[at];
      }
    }
    row.push(cell);
    if (text[at] === ',') at += 1;
    else if (text.startsWith('\r\n', at)) {
      rows.push(row);
      row = [];
      at += 2;
    } else throw new Error(`neither comma nor CRLF at ${at}`);
  }
  return rows;
}

const startsFormula = (cell: string): boolean => /^[\s\p{C}]*["]*[=+\-@＝＋－＠\t\r]/u.test(cell);

function cellsOf(text: string): Record<string, string>[] {
  const [names = [], ...rows] = parseCsv(text);
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? ''])));
}

describe('csv', () => {
  it('has a row of names in snake case, and as many cells in every row', () => {
    const [names, ...rows] = parseCsv(
      render(csv, aReport({ findings: [aFinding(), aFinding({ resourceId: 'i-2' })] }), {}),
    );
    expect(names?.[0]).toBe('schema_version');
    expect(names?.every((name) => /^[a-z_]+$/.test(name))).toBe(true);
    expect(rows.map((row) => row.length)).toEqual([names?.length, names?.length]);
  });

  it('has only the row of names without findings', () => {
    expect(parseCsv(render(csv, aReport(), {}))).toHaveLength(1);
  });

  it('joins lists with semicolons', () => {
    const finding = aFinding({
      detail: aDetail({ missingTags: ['A', 'B'] }),
      evidence: [anEvidence({ eventID: 'e1' }), anEvidence({ eventID: 'e2' })],
    });
    expect(cellsOf(render(csv, aReport({ findings: [finding] }), {}))[0]).toMatchObject({
      missing_tags: 'A; B',
      event_ids: 'e1; e2',
    });
  });

  it('starts with a byte order mark only for Excel', () => {
    expect(render(csv, aReport(), { excel: true }).startsWith('\ufeffschema_version')).toBe(true);
    expect(render(csv, aReport(), {}).startsWith('schema_version')).toBe(true);
  });

  it('reads back cell by cell, apart from the guard and escapes, and no cell starts a formula', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, (name, reason, owner, fix) => {
        const report = aReport({
          findings: [aFinding({ reason, fix, owner, detail: aDetail({ name, missingTags: [name, owner] }) })],
        });
        const [cells = {}, ...others] = cellsOf(render(csv, report, {}));
        expect(others).toEqual([]);
        expect(
          [cells.resource_name, cells.reason, cells.owner, cells.fix].map(
            (cell, i) => cell?.replace(/^'/, '') === visible([name, reason, owner, fix][i] ?? '').replace(/^'/, ''),
          ),
        ).toEqual([true, true, true, true]);
        expect(Object.values(cells).filter(startsFormula)).toEqual([]);
      }),
    );
  });
});

describe('guardCell', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['  =1', "'  =1"],
    ['\t', "'\t"],
    ['\rx', "'\rx"],
    ['\u200b=1', "'\u200b=1"],
    ['"=1', '\'"=1'],
    ['＝1', "'＝1"],
    ['a=1', 'a=1'],
    ['i-0abc', 'i-0abc'],
    ['', ''],
    ["'=1", "'=1"],
  ])('turns %j into %j', (text, guarded) => {
    expect(guardCell(text)).toBe(guarded);
  });

  it.each(HOSTILE)('leaves no formula in %s', (_, text) => {
    expect(startsFormula(guardCell(text))).toBe(false);
  });
});
