/** The addresses that Cordon blocks in one account and region: empty sets, which responders fill. */
import { blockingSetOf } from "../../../functions/model/internet-address";
import type { BaselinePart } from "./resource";

/** Teams refer to the sets in rules of their own web ACLs: Cordon has none. */
export const blockingPart: BaselinePart = () =>
  (["0.0.0.0", "::"] as const).map((address) => {
    const version = address === "::" ? ("IPV6" as const) : ("IPV4" as const);
    return {
      id: `CordonBlocked${version === "IPV6" ? "Ipv6" : "Ipv4"}`,
      type: "AWS::WAFv2::IPSet" as const,
      properties: {
        Name: blockingSetOf(address),
        Description: "Addresses that Cordon blocks for some hours. Cordon alone changes them.",
        Scope: "REGIONAL" as const,
        IPAddressVersion: version,
        Addresses: [],
      },
    };
  });
