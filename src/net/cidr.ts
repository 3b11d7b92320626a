/** CIDR blocks and addresses of both families as plain number ranges: parsed once by `ip-address`, then compared as integers. */

import { Address4, Address6 } from 'ip-address';
import { messageOf, PipelineError } from '../errors.ts';

/** A CIDR block as the range of its addresses, both ends inclusive. Host bits in the original text are cleared. */
export type Cidr = Cidr4 | Cidr6;

/** An IPv4 block; addresses are unsigned 32-bit numbers. */
export interface Cidr4 {
  readonly family: 4;
  readonly prefixLength: number;
  readonly first: number;
  readonly last: number;
}

/** An IPv6 block. */
export interface Cidr6 {
  readonly family: 6;
  readonly prefixLength: number;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Parses a CIDR block such as `10.0.2.0/24` or `2001:db8::/32`. `10.0.2.7/24` is read as `10.0.2.0/24`, and an address without a
 * prefix length as a block of one.
 *
 * @throws PipelineError `address-invalid` for anything else: leading zeros, a prefix longer than the address, a zone index.
 */
export function parseCidr(text: string): Cidr {
  const parsed = parse(text);
  if (parsed instanceof Address4) {
    const size = 2 ** (32 - parsed.subnetMask);
    const first = Math.floor(numberOf(parsed) / size) * size;
    return { family: 4, prefixLength: parsed.subnetMask, first, last: first + size - 1 };
  }
  const hostBits = BigInt(128 - parsed.subnetMask);
  const first = (parsed.bigInt() >> hostBits) << hostBits;
  return { family: 6, prefixLength: parsed.subnetMask, first, last: first + (1n << hostBits) - 1n };
}

/**
 * A CIDR block as EC2 stores it: host bits cleared, IPv6 in its shortest form, an address without a prefix length as a block of one.
 * Text that is no block stays as it is.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
 */
export function canonicalCidr(text: string): string {
  try {
    const parsed = parse(text);
    return `${parsed.startAddress().correctForm()}/${parsed.subnetMask}`;
  } catch {
    return text;
  }
}

/** An IPv4 address as an unsigned 32-bit number; undefined for anything else, including undefined and a CIDR block. */
export function ipv4Of(text: string | undefined): number | undefined {
  if (text === undefined || text.includes('/')) return undefined;
  try {
    return numberOf(new Address4(text));
  } catch {
    return undefined;
  }
}

/** The address as an unsigned 32-bit number. `bigInt()` gives the same through hexadecimal text, which takes longer than parsing. */
function numberOf({ parsedAddress }: Address4): number {
  return parsedAddress.reduce((number, octet) => number * 256 + Number(octet), 0);
}

/** The range of a block; undefined for text that is no block. */
export function cidrOf(text: string): Cidr | undefined {
  try {
    return parseCidr(text);
  } catch {
    return undefined;
  }
}

function parse(text: string): Address4 | Address6 {
  if (text.includes('%')) throw invalid(text, 'a zone index has no meaning in a VPC');
  try {
    return text.includes(':') ? new Address6(text) : new Address4(text);
  } catch (cause) {
    throw invalid(text, messageOf(cause), cause);
  }
}

/** Anyone may have written the text, so the message quotes at most the length of an address. */
function invalid(text: string, why: string, cause?: unknown): PipelineError {
  const quoted = JSON.stringify(text.slice(0, 50));
  return new PipelineError('address-invalid', `${quoted} is not an address or block: ${why}`, { cause });
}
