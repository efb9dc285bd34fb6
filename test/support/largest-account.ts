/** The account whose plans and policies are the longest. */
import * as builders from "./builders";
import type { AccountState } from "./memory-account";

/** The largest instance EC2 allows, with names as long as AWS allows them. */
export function largestAccount(): AccountState {
  const state = builders.standardAccount();
  const hex = (n: number) => n.toString(16).padStart(17, "0");
  const groups = Object.fromEntries(
    Array.from({ length: 75 }, (_, n) => [`sg-${hex(n)}`, state.groups["sg-web"]!]),
  );
  const name = "n".repeat(255);
  const roleName = "r".repeat(64);
  return {
    ...state,
    groups: { ...state.groups, ...groups },
    interfaces: Object.fromEntries(
      Array.from({ length: 15 }, (_, n) => [
        `eni-${hex(n)}`,
        {
          ...state.interfaces["eni-01"]!,
          tags: {},
          groups: Array.from({ length: 5 }, (_each, g) => `sg-${hex(5 * n + g)}`),
        },
      ]),
    ),
    instances: {
      [builders.instanceId]: {
        ...state.instances[builders.instanceId]!,
        volumes: Array.from({ length: 28 }, (_, n) => ({
          id: `vol-${hex(n)}`,
          device: `/dev/sd${n}`,
          deleteOnTermination: true,
        })),
      },
    },
    profiles: { web: roleName },
    roles: {
      [roleName]: {
        // A path takes up to 512 characters.
        arn: `arn:aws:iam::${builders.account}:role/${"p".repeat(510)}/${roleName}`,
        policies: {},
        tags: {},
        trust: builders.trustOf({ Service: "ec2.amazonaws.com" }),
      },
    },
    scalingGroups: {
      [name]: { instances: [builders.instanceId], detaching: [], desired: 1, max: 4 },
    },
  };
}
