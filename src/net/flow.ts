/** The traffic that every check is about: the VXLAN packets in which AWS sends mirrored traffic to a target. */

/**
 * The destination port of mirrored packets. They are UDP. Their outer source address is the primary private IPv4 of the mirrored
 * interface, their source port can be any, and nothing is ever sent back.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-packet-formats.html
 */
export const VXLAN_PORT = 4789;

/** How reasons name this traffic. */
export const VXLAN_FLOW = `udp ${VXLAN_PORT}`;

/** A range of ports as EC2 writes it; both ends inclusive. */
export interface PortRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * True when a rule for this protocol and these ports covers mirrored packets. `-1` is every protocol, and AWS then ignores the ports.
 * UDP is `udp` or `17`, case ignored. Absent ports, or -1 for both, mean all ports; a range with only one end means that port.
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
