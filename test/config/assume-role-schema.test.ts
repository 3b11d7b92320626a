import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';

const read = (assumeRole: unknown) => parseConfig(JSON.stringify({ assumeRole }), 'config.json');

describe('assumeRole', () => {
  it.each([
    [{ roleName: 'member' }],
    [{ roleName: 'member', externalId: 'a-secret' }],
    [
      {
        roleName: '/team/member',
        writeRoleName: '/team/member-write',
        externalIdParameter: '/mirrorwatch/external-id',
      },
    ],
  ])('takes one role or two, and the external id or where it is kept: %j', (assumeRole) => {
    expect(read(assumeRole).assumeRole).toMatchObject(assumeRole);
  });

  it('leaves the hash of a configuration with one role as it was before there could be two', () => {
    expect(read({ roleName: 'member', externalId: 'x' }).hash).toBe('81d595cc00c1');
  });

  it.each<[unknown, string, RegExp]>([
    [{ externalId: 'a-secret' }, 'assumeRole.roleName', /./],
    [{ roleName: 'r', writeRole: 'w' }, 'assumeRole.writeRole', /not a known key/],
    [{ roleName: 'r', externalIdParameter: 'external-id' }, 'assumeRole.externalIdParameter', /such as \/mirrorwatch/],
    [{ roleName: 'r', externalId: 'a', externalIdParameter: '/b' }, 'assumeRole', /exclude each other: keep one/],
  ])('refuses %j at its path', (assumeRole, path, message) => {
    expect(() => read(assumeRole)).toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ path, message: expect.stringMatching(message) })],
      }),
    );
  });
});
