import { describe, expect, it } from 'vitest';
import { hostsOf, readServeAddress, urlOf } from '../../../src/cli/serving/address.ts';

describe('an address to serve at', () => {
  it.each([
    ['9464', '127.0.0.1', 9464, 'http://127.0.0.1:9464/'],
    ['0', '127.0.0.1', 0, 'http://127.0.0.1:0/'],
    ['127.0.0.1:80', '127.0.0.1', 80, 'http://127.0.0.1:80/'],
    ['127.8.9.1:9464', '127.8.9.1', 9464, 'http://127.8.9.1:9464/'],
    ['localhost:9464', '127.0.0.1', 9464, 'http://127.0.0.1:9464/'],
    ['[::1]:9464', '::1', 9464, 'http://[::1]:9464/'],
  ])('%s is %s, port %i', (text, host, port, url) => {
    const address = readServeAddress(text, false);
    expect(address).toEqual({ host, port });
    expect(urlOf(address)).toBe(url);
  });

  it.each([
    '',
    'x',
    '-1',
    '65536',
    '127.0.0.1',
    '127.0.0.1:',
    '127.1:9464',
    '::1:9464',
    '[127.0.0.1]:9464',
    '[::1]',
    '[::g]:1',
    'example.com:9464',
    'localhost.evil.example:9464',
    'http://127.0.0.1:9464',
    '127.0.0.1:9464/',
    ' 9464',
    '9464\n',
    '２',
  ])('%j is none, whatever is allowed', (text) => {
    for (const anyHost of [false, true]) expect(() => readServeAddress(text, anyHost)).toThrow(/is no address/);
  });

  it.each(['0.0.0.0:9464', '[::]:9464', '10.0.0.5:9464', '[::ffff:127.0.0.1]:9464', '[fe80::1]:9464', '128.0.0.1:1'])(
    '%s is refused unless it is asked for, as others reach it',
    (text) => {
      expect(() => readServeAddress(text, false)).toThrow(/other machines reach .* no password/);
      expect(readServeAddress(text, true).port).toBeGreaterThan(0);
    },
  );

  it('is asked for by its own names alone', () => {
    expect([...hostsOf({ host: '127.0.0.1', port: 9464 })]).toEqual(['127.0.0.1:9464', 'localhost:9464']);
    expect([...hostsOf({ host: '::1', port: 9464 })]).toEqual(['[::1]:9464', 'localhost:9464']);
    expect([...hostsOf({ host: '127.0.0.1', port: 80 })]).toEqual([
      '127.0.0.1',
      '127.0.0.1:80',
      'localhost',
      'localhost:80',
    ]);
  });
});
