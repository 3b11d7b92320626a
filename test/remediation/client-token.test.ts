import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientToken } from '../../src/remediation/client-token.ts';

const REQUEST = { networkInterfaceId: 'eni-1', trafficMirrorTargetId: 'tmt-a', sessionNumber: 1 };

describe('clientToken', () => {
  it('has at most 64 ASCII characters, whatever the request contains', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string({ unit: 'binary' }), (request, generation) => {
        expect(clientToken('CreateTrafficMirrorSession', request, generation)).toMatch(/^[\x21-\x7e]{1,64}$/);
      }),
    );
  });

  it('is the same for the same request, whatever the order of its properties', () => {
    const { sessionNumber, ...rest } = REQUEST;
    expect(clientToken('Create', { sessionNumber, ...rest }, 'g')).toBe(clientToken('Create', REQUEST, 'g'));
  });

  it.each([
    ['operation', clientToken('CreateTrafficMirrorTarget', REQUEST, 'g')],
    ['generation', clientToken('Create', REQUEST, 'g2')],
    ['interface', clientToken('Create', { ...REQUEST, networkInterfaceId: 'eni-2' }, 'g')],
    ['number', clientToken('Create', { ...REQUEST, sessionNumber: 2 }, 'g')],
  ])('differs for a different %s', (_, token) => {
    expect(token).not.toBe(clientToken('Create', REQUEST, 'g'));
  });
});
