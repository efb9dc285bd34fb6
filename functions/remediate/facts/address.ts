import { whyUnblockable } from "../../catalogue/unblockable";
import { blockingSetOf } from "../../model/internet-address";
import { readingSets } from "../steps/block-address";
import type { FactsReader, TargetState } from "./reader";

/** What AWS WAF documents of an IP set. */
const mostInSet = 10_000;

export interface AddressFacts {
  /** Addresses in the set; undefined where the account has none in the region. */
  readonly number: number | undefined;
  /** Why the address is never blocked. */
  readonly unblockable?: string;
}

export const addressFacts: FactsReader<"address", AddressFacts> = {
  async read({ resource }, { addresses }, { policy }) {
    const { blocking } = policy;
    const unblockable = blocking
      ? whyUnblockable(resource.id, blocking.neverBlock)
      : "This deployment blocks no addresses: cordon:blockAddresses is empty";
    const number = (await addresses.of(resource.id))?.number;
    return { number, ...(unblockable !== undefined && { unblockable }) };
  },
  circumstances({ number, unblockable }, { place, resource }): TargetState {
    const set = blockingSetOf(resource.id);
    const limited = (why: string, ...manualSteps: readonly string[]) =>
      ({ limit: { tier: "notify", why, manualSteps } }) as const;
    return {
      state: "present",
      // Each incident of an address wants it blocked, whoever else does.
      quarantined: false,
      drift: `${resource.id} was taken out of IP set ${set}`,
      optedOut: false,
      // It has none: what a tag excepts is not this.
      tags: {},
      ...(unblockable !== undefined
        ? limited(`Not blocked: ${unblockable}`)
        : number === undefined
          ? limited(
              `Account ${place.account} has no IP set ${set} in ${place.region}`,
              "Deploy Cordon with cordon:blockAddresses to the account and region.",
            )
          : number >= mostInSet
            ? limited(`IP set ${set} is full: it has ${number} addresses, and WAF takes no more`)
            : {}),
    };
  },
  permissions: ({ place } = { place: { account: "*", region: "*" } }) => readingSets(place),
};
