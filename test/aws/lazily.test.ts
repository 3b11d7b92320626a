import { describe, expect, it } from 'vitest';
import { lazily } from '../../src/aws/lazily.ts';

interface Greeter {
  greet(name: string): Promise<string>;
  leave(): Promise<void>;
}

function aGreeter(): { readonly port: Greeter; readonly loads: () => number } {
  let loads = 0;
  const port = lazily<Greeter>({ greet: true, leave: true }, async () => {
    loads += 1;
    return { greet: async (name) => `hello ${name}`, leave: async () => undefined };
  });
  return { port, loads: () => loads };
}

describe('lazily', () => {
  it('loads the adapter on the first call, and only once', async () => {
    const { port, loads } = aGreeter();
    expect(loads()).toBe(0);
    expect(await port.greet('world')).toBe('hello world');
    await port.leave();
    expect(loads()).toBe(1);
  });

  it('rejects every call when the adapter cannot be loaded', async () => {
    const port = lazily<Greeter>({ greet: true, leave: true }, async () => {
      throw new Error('no such module');
    });
    await expect(port.greet('world')).rejects.toThrow('no such module');
    await expect(port.leave()).rejects.toThrow('no such module');
  });

  it('does not compile with a missing or misspelt method, or a port with a synchronous one', () => {
    const load = async (): Promise<never> => Promise.reject(new Error('not loaded'));
    // @ts-expect-error: `leave` is missing
    lazily<Greeter>({ greet: true }, load);
    // @ts-expect-error: `leaf` is not a method
    lazily<Greeter>({ greet: true, leave: true, leaf: true }, load);
    // @ts-expect-error: `now` is synchronous, and a method loaded later cannot be
    lazily<{ now(): Date }>({ now: true }, load);
  });
});
