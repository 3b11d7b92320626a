/** The one packet that all checks are about: the VXLAN copy that AWS sends for each mirrored packet. */

/**
 * The destination port of the copy. It is UDP, its outer source address is the source interface's primary private IPv4, its source
 * port can be any, and nothing is ever sent back.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-packet-formats.html
 */
export const VXLAN_PORT = 4789;

/** The flow in words, as reasons name it. */
export const VXLAN_FLOW = `udp ${VXLAN_PORT}`;

/** A range of ports as EC2 writes it; both ends inclusive. */
export interface PortRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * True when a rule for this protocol and these ports covers the copy. `-1` is every protocol, and AWS ignores the ports then; UDP is
 * `udp` or `17`, case ignored, with the ports absent (or both -1) where all are meant. A range with one end only is that port.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html
 */
export function coversVxlan(protocol: string, ports: PortRange = {}): boolean {
  if (protocol === '-1') return true;
  if (protocol !== '17' && protocol.toLowerCase() !== 'udp') return false;
  const from = ports.from ?? ports.to;
  const to = ports.to ?? ports.from;
  if (from === undefined || to === undefined) return true;
  if (from === -1 && to === -1) return true;
  return from <= VXLAN_PORT && VXLAN_PORT <= to;
}

/** A protocol and its ports in words: `udp 4789`, `udp 4000-5000`, `all udp`, `all traffic`. */
export function protocolInWords(protocol: string, ports: PortRange = {}): string {
  if (protocol === '-1') return 'all traffic';
  const name = protocol === '17' ? 'udp' : protocol.toLowerCase();
  const { from, to } = ports;
  if (from === undefined || to === undefined || from === -1 || (from === 0 && to === 65_535)) return `all ${name}`;
  return from === to ? `${name} ${from}` : `${name} ${from}-${to}`;
}
