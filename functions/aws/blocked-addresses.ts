/** The addresses that an account blocks in a region: the IP sets of AWS WAF that the baseline declares. */
import {
  GetIPSetCommand,
  ListIPSetsCommand,
  UpdateIPSetCommand,
  WAFV2Client,
} from "@aws-sdk/client-wafv2";
import { addressOf, blockingSetOf, versionOf } from "../model/internet-address";
import type { BlockedAddresses } from "../model/member-account";
import { type Credentials, memberConfig } from "./client";

/** What load balancers and API gateways of a region are matched against; CloudFront has sets of its own. */
const Scope = "REGIONAL";

/** Reads and writes them with a session's credentials. */
export function blockedAddresses(region: string, credentials: Credentials): BlockedAddresses {
  const client = new WAFV2Client(memberConfig(region, credentials));

  const find = async (Name: string) => {
    let NextMarker: string | undefined;
    do {
      const page = await client.send(new ListIPSetsCommand({ Scope, NextMarker, Limit: 100 }));
      const found = page.IPSets?.find((each) => each.Name === Name);
      if (found !== undefined) return found.Id;
      NextMarker = page.NextMarker;
    } while (NextMarker);
    return undefined;
  };
  const read = async (address: string) => {
    const Name = blockingSetOf(address);
    const Id = await find(Name);
    if (Id === undefined) return undefined;
    const { IPSet, LockToken } = await client.send(new GetIPSetCommand({ Name, Scope, Id }));
    const { Addresses = [], Description } = IPSet ?? {};
    return { set: { Name, Scope, Id, Description, LockToken }, Addresses } as const;
  };

  return {
    async of(address) {
      const found = await read(address);
      return (
        found && { blocked: found.Addresses.some(is(address)), number: found.Addresses.length }
      );
    },
    async change(address, blocked) {
      const found = await read(address);
      if (found === undefined) throw new Error(`${blockingSetOf(address)} does not exist`);
      const others = found.Addresses.filter((each) => !is(address)(each));
      if (others.length < found.Addresses.length === blocked) return;
      const Addresses = blocked ? [...others, cidrOf(address)] : others;
      // It replaces the whole list, unless somebody has changed it since: then WAF refuses the token.
      await client.send(new UpdateIPSetCommand({ ...found.set, Addresses }));
    },
  };
}

function is(address: string): (cidr: string) => boolean {
  return (cidr) => addressOf(cidr) === address;
}

function cidrOf(address: string): string {
  return `${address}/${versionOf(address) === "ipv4" ? 32 : 128}`;
}
