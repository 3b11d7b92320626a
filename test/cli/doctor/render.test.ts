import { describe, expect, it } from 'vitest';
import { renderDoctor } from '../../../src/cli/doctor/render.ts';
import { visible } from '../../../src/report/escape.ts';

/** The lines below one failed check with this fix, without their indent. */
function fixOf(fix: string, columns: number): readonly string[] {
  const line = { check: 'trail', status: 'fail', region: 'eu-west-1', reason: 'No trail.', fix } as const;
  const text = renderDoctor({ lines: [line], leftOut: [] }, { columns });
  const all = text.split('\n').map((each) => each.trim());
  return all.slice(
    all.findIndex((each) => each.startsWith('fix:')),
    all.indexOf('', 1),
  );
}

describe('a fix', () => {
  const WORDS =
    'Deploy template.json, which makes a trail, or make one into a bucket of yours, named in trail.buckets.';
  const COMMAND =
    'aws ec2 describe-traffic-mirror-targets --region eu-west-1 --filters Name=owner-id,Values=111122223333';
  const STATEMENT = '{"Effect":"Allow","Action":["ec2:CreateTrafficMirrorSession","ec2:CreateTags"],"Resource":"*"}';

  it.each([60, 80])('in words wraps at %i columns', (columns) => {
    const lines = fixOf(WORDS, columns);
    expect(lines.join(' ')).toBe(`fix: ${WORDS}`);
    expect(lines.filter((line) => line.length > columns - 15)).toEqual([]);
  });

  it.each([COMMAND, STATEMENT])('has what is copied on a line of its own, in one piece: %s', (piece) => {
    const words = 'Correct mirroring.targets and mirroring.overrides, by what this lists or allows:';
    const lines = fixOf(`${words} ${piece}`, 60);
    expect(lines.at(-1)).toBe(piece);
    expect(lines.slice(0, -1).join(' ')).toBe(`fix: ${words}`);
    expect(fixOf(`Do this: ${piece}`, 200)).toEqual([`fix: Do this: ${piece}`]);
    expect(fixOf(COMMAND, 60)).toEqual([`fix: ${COMMAND}`]);
  });

  it('shows no character that acts on a terminal', () => {
    const acting = `\u001b[2J\u202e${'word '.repeat(30)}`;
    expect(fixOf(acting, 60)[0]).toContain(visible('\u001b[2J\u202e'));
    expect(fixOf(`x: {"a":"${acting}"}`, 60).join('')).not.toMatch(/[^\x20-\x7e]/);
  });
});
