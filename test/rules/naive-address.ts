/** IP addresses and networks for the naive matcher: whole numbers of 32 or 128 bits, read character by character. */

/** An address as a number, and how many bits its family has. */
interface Address {
  readonly value: bigint;
  readonly bits: 32 | 128;
}

/**
 * Whether a text is an address inside a network. The network's base may have host bits set.
 *
 * Texts that are no address are in no network, and the families do not mix.
 *
 * @throws if the network is not one
 */
export function inNetwork(text: string, network: string): boolean {
  const [base = '', mask = '', ...more] = network.split('/');
  const start = addressOf(base);
  if (start === undefined || !isDecimal(mask) || more.length > 0 || Number(mask) > start.bits)
    throw new Error(`not a network: ${network}`);
  const address = addressOf(text);
  const hostBits = BigInt(start.bits - Number(mask));
  return address?.bits === start.bits && address.value >> hostBits === start.value >> hostBits;
}

function addressOf(text: string): Address | undefined {
  const value = text.includes(':') ? ipv6(text) : ipv4(text);
  if (value === undefined) return undefined;
  return { value, bits: text.includes(':') ? 128 : 32 };
}

/** Four decimal numbers up to 255. A leading zero is refused, since some readers take it for octal. */
function ipv4(text: string): bigint | undefined {
  const parts = text.split('.');
  const plain = (part: string): boolean => isDecimal(part) && String(Number(part)) === part && Number(part) < 256;
  if (parts.length !== 4 || !parts.every(plain)) return undefined;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

/** Eight groups of up to four hexadecimal digits. `::` stands for one or more zero groups, once. AWS's engine knows no dots here. */
function ipv6(text: string): bigint | undefined {
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], tail] = halves;
  if (halves.length > 2) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])];
  if (!groups.every(isGroup)) return undefined;
  return groups.reduce((value, group) => value * 65536n + BigInt(`0x${group}`), 0n);
}

function isGroup(text: string): boolean {
  return text.length >= 1 && text.length <= 4 && [...text].every((digit) => '0123456789abcdefABCDEF'.includes(digit));
}

function isDecimal(text: string): boolean {
  return text.length >= 1 && text.length <= 3 && [...text].every((digit) => '0123456789'.includes(digit));
}
