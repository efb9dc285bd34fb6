import { blockingSetOf, versionOf } from "../../model/internet-address";
import type { Place } from "../../model/resource";
import type { Statement } from "../../model/statement";
import type { StepKind } from "../../model/step";

/** Puts an address into the IP set that web ACLs of the account and region block. */
export interface BlockAddress {
  readonly kind: "block-address";
  readonly address: string;
  readonly region: string;
  /** ISO 8601: when the watch has it released. */
  readonly until: string;
}

export const blockAddress: StepKind<BlockAddress> = {
  undonePart: "network",
  cuts: true,
  target: ({ address }) => address,
  describe: ({ address, until }) =>
    `block ${address} in IP set ${blockingSetOf(address)} of AWS WAF, until ${until}`,
  describeUndo: ({ address }) =>
    `take ${address} out of IP set ${blockingSetOf(address)} of AWS WAF`,
  sides: ({ until }) => ["not blocked", `blocked until ${until}`],
  async inspect({ address }, account) {
    const found = await account.addresses.of(address);
    if (found === undefined) return "gone";
    return found.blocked ? "after" : "before";
  },
  apply: ({ address }, account) => account.addresses.change(address, true),
  undo: ({ address }, account) => account.addresses.change(address, false),
  manual: ({ address }) =>
    `Take ${address} out of IP set ${blockingSetOf(address)} by hand, unless another open incident wants it blocked: WAF console, IP sets.`,
  permissions: changes,
  undoPermissions: changes,
  widest: [
    { kind: "block-address", address: "*", region: "*", until: "" },
    { kind: "block-address", address: "*:*", region: "*", until: "" },
  ],
};

function changes({ address }: BlockAddress, place: Place): readonly Statement[] {
  return [
    ...readingSets(place),
    { actions: ["wafv2:UpdateIPSet"], resources: [setArn(address, place)] },
  ];
}

/** Allows finding and reading the sets, and none but Cordon's. */
export function readingSets(place: Place): readonly Statement[] {
  return [
    // AWS knows no resource for it.
    { actions: ["wafv2:ListIPSets"], resources: ["*"] },
    {
      actions: ["wafv2:GetIPSet"],
      resources: ["*", "*:*"].map((address) => setArn(address, place)),
    },
  ];
}

/** The set's id, which only AWS knows, is at the end. */
function setArn(address: string, { account, region }: Place): string {
  return `arn:aws:wafv2:${region}:${account}:regional/ipset/cordon-blocked-${versionOf(address)}/*`;
}
