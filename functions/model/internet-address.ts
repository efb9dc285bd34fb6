/** Reads addresses of the internet. */
import { isIP, SocketAddress } from "node:net";

/**
 * Writes an address as Node.js does, without a prefix of its own length: WAF writes IPv6 in full, and
 * detectors as they please. Undefined for what is no single address.
 */
export function addressOf(text: string): string | undefined {
  const [address = "", length] = text.split("/");
  const version = isIP(address);
  if (version === 0 || address.includes("%")) return undefined;
  if (length !== undefined && length !== (version === 4 ? "32" : "128")) return undefined;
  return new SocketAddress({ address, family: version === 4 ? "ipv4" : "ipv6" }).address;
}

export function versionOf(address: string): "ipv4" | "ipv6" {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/** Names the IP set of AWS WAF that holds the blocked addresses of a version. */
export function blockingSetOf(address: string): string {
  return `cordon-blocked-${versionOf(address)}`;
}
