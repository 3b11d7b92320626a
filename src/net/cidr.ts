/** Addresses and CIDR blocks of both families as plain number ranges: parsed once by `ip-address`, compared by integer. */

import { Address4, Address6 } from 'ip-address';
import { messageOf, PipelineError } from '../errors.ts';

/** One address; IPv4 as an unsigned 32-bit number. */
export type Address = { readonly family: 4; readonly value: number } | { readonly family: 6; readonly value: bigint };

/** A CIDR block as the range of its addresses, both ends inclusive. Host bits in the text it came from are cleared. */
export type Cidr = Cidr4 | Cidr6;

export interface Cidr4 {
  readonly family: 4;
  readonly prefixLength: number;
  readonly first: number;
  readonly last: number;
}

export interface Cidr6 {
  readonly family: 6;
  readonly prefixLength: number;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * The block that a text such as `10.0.2.0/24` or `2001:db8::/32` means; `10.0.2.7/24` means `10.0.2.0/24`, and an address without
 * a length means itself alone.
 *
 * @throws PipelineError `address-invalid` for anything else: leading zeros, a length beyond the family's, a zone index.
 */
export function parseCidr(text: string): Cidr {
  const parsed = parse(text);
  if (parsed instanceof Address4) {
    const size = 2 ** (32 - parsed.subnetMask);
    const first = Math.floor(Number(parsed.bigInt()) / size) * size;
    return { family: 4, prefixLength: parsed.subnetMask, first, last: first + size - 1 };
  }
  const hostBits = BigInt(128 - parsed.subnetMask);
  const first = (parsed.bigInt() >> hostBits) << hostBits;
  return { family: 6, prefixLength: parsed.subnetMask, first, last: first + (1n << hostBits) - 1n };
}

/**
 * The address that a text means.
 *
 * @throws PipelineError `address-invalid` for anything that is not exactly one address; a CIDR block is not.
 */
export function parseAddress(text: string): Address {
  if (text.includes('/')) throw invalid(text, 'a CIDR block is not an address');
  const parsed = parse(text);
  return parsed instanceof Address4
    ? { family: 4, value: Number(parsed.bigInt()) }
    : { family: 6, value: parsed.bigInt() };
}

/** An IPv4 address as an unsigned 32-bit number; undefined for anything else, absent text included. */
export function ipv4Of(text: string | undefined): number | undefined {
  return text !== undefined && Address4.isValid(text) && !text.includes('/')
    ? Number(new Address4(text).bigInt())
    : undefined;
}

/** True when the block holds the address. Blocks and addresses of different families never match, IPv4-mapped ones neither. */
export function containsAddress(cidr: Cidr, address: Address): boolean {
  if (cidr.family === 4) return address.family === 4 && cidr.first <= address.value && address.value <= cidr.last;
  return address.family === 6 && cidr.first <= address.value && address.value <= cidr.last;
}

function parse(text: string): Address4 | Address6 {
  if (text.includes('%')) throw invalid(text, 'a zone index has no meaning in a VPC');
  try {
    return text.includes(':') ? new Address6(text) : new Address4(text);
  } catch (cause) {
    throw invalid(text, messageOf(cause), cause);
  }
}

/** The text may be anybody's: it is cut to what an address can be long. */
function invalid(text: string, why: string, cause?: unknown): PipelineError {
  return new PipelineError(
    'address-invalid',
    `${JSON.stringify(text.slice(0, 50))} is not an address or block: ${why}`,
    {
      cause,
    },
  );
}
