/** The addresses that are never blocked, and the networks whose addresses many share. */
import { BlockList } from "node:net";
import { versionOf } from "../model/internet-address";

/** What `cordon:blockAddresses` says. */
export interface Blocking {
  /** For which an address is blocked. */
  readonly hours: number;
  /** Addresses and CIDR blocks that are never blocked. */
  readonly neverBlock: readonly string[];
}

/**
 * IANA's registries of special addresses, as of 2025: none of them is an outsider's. Of IPv6 only global
 * unicast (2000::/3) can be, without what holds an IPv4 address, which would be blocked under another name.
 */
const special: readonly (readonly [cidr: string, words: string])[] = [
  ["0.0.0.0/8", "an address of this network"],
  ["10.0.0.0/8", "a private address"],
  ["100.64.0.0/10", "an address behind a carrier's NAT"],
  ["127.0.0.0/8", "a loopback address"],
  ["169.254.0.0/16", "a link-local address, as AWS's metadata, DNS and time have"],
  ["172.16.0.0/12", "a private address"],
  ["192.0.0.0/24", "reserved for protocols"],
  ["192.0.2.0/24", "for documentation"],
  ["192.31.196.0/24", "reserved for protocols"],
  ["192.52.193.0/24", "reserved for protocols"],
  ["192.88.99.0/24", "reserved for protocols"],
  ["192.168.0.0/16", "a private address"],
  ["192.175.48.0/24", "reserved for protocols"],
  ["198.18.0.0/15", "for benchmarks"],
  ["198.51.100.0/24", "for documentation"],
  ["203.0.113.0/24", "for documentation"],
  ["224.0.0.0/4", "a multicast address"],
  ["240.0.0.0/4", "reserved"],
  ["::/3", "not a global unicast address"],
  ["2001::/23", "reserved for protocols"],
  ["2001:db8::/32", "for documentation"],
  ["2002::/16", "an IPv4 address in IPv6"],
  ["2620:4f:8000::/48", "reserved for protocols"],
  ["3fff::/20", "for documentation"],
  ["4000::/2", "not a global unicast address"],
  ["8000::/1", "not a global unicast address"],
];

/** Resolvers of the public: software has them as a fixed setting, and half the internet behind them. */
const resolvers: readonly string[] = [
  "1.0.0.1",
  "1.1.1.1",
  "8.8.4.4",
  "8.8.8.8",
  "9.9.9.9",
  "149.112.112.112",
  "208.67.220.220",
  "208.67.222.222",
  "2001:4860:4860::8844",
  "2001:4860:4860::8888",
  "2606:4700:4700::1001",
  "2606:4700:4700::1111",
  "2620:fe::9",
  "2620:fe::fe",
];

const ranges = special.map(([cidr, words]) => ({ ...rangesOf([cidr]), words }));

/**
 * Explains why an address is never blocked; undefined if nothing forbids it.
 *
 * @param address as `addressOf` writes it
 * @param neverBlock addresses and CIDR blocks of `cordon:blockAddresses`
 */
export function whyUnblockable(address: string, neverBlock: readonly string[]): string | undefined {
  const version = versionOf(address);
  const found = ranges.find((each) => each[version].check(address, version));
  if (found !== undefined) return `${address} is ${found.words}: no outsider comes from there`;
  if (resolvers.includes(address)) return `${address} is a public DNS resolver`;
  return rangesOf(neverBlock)[version].check(address, version)
    ? `${address} is in neverBlock of cordon:blockAddresses`
    : undefined;
}

/** Apart by version: Node.js takes an IPv4 address for an IPv6 one that holds it. */
function rangesOf(cidrs: readonly string[]): Readonly<Record<"ipv4" | "ipv6", BlockList>> {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const cidr of cidrs) {
    const version = versionOf(cidr);
    const [address = "", length = version === "ipv4" ? "32" : "128"] = cidr.split("/");
    lists[version].addSubnet(address, Number(length), version);
  }
  return lists;
}

/** Names, as GuardDuty has them of an address, of networks that carry many people's or AWS's own traffic. */
const shared =
  /akamai|amazon|azure|cloudflare|cloudfront|edgecast|facebook|fastly|github|google|icloud|imperva|incapsula|microsoft|mullvad|salesforce|zscaler|\b(apple|aws|ec2|edgio|meta|oracle|proton|tor)\b/i;

/** Checks whether a network is one whose addresses many share, by what GuardDuty says of it. */
export function isShared(network: string): boolean {
  return shared.test(network);
}
