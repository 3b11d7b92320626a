import { describe, expect, it } from 'vitest';
import { idsChangedBy, LOST_IDS } from '../../src/ledger/changed-ids.ts';

const opaque = (...resourceIds: readonly string[]) =>
  idsChangedBy({ kind: 'opaque', resourceIds, lacks: 'does not say what it was before' });

describe('a change that cannot be taken back', () => {
  it('is kept for the resources that it names', () => {
    expect(opaque('i-1', 'tmf-1')).toEqual(['i-1', 'tmf-1']);
  });

  it.each([
    ['nothing', []],
    ['a prefix list', ['pl-1']],
    ['a peering', ['pcx-1']],
    ['a listener', ['arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/net/sensors/50/60']],
  ])('is found for every resource if it names %s, which may be on any path', (_, ids) => {
    const kept = opaque(...ids);
    expect(kept.slice(0, -1)).toEqual(ids);
    expect(LOST_IDS).toContain(kept.at(-1));
  });
});
