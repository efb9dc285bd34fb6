/**
 * IAM of one member account whose changes take time to be in effect. Reads and writes see the newest
 * state, as IAM's own service mostly does; what is allowed, and whose a key is, goes by the state of
 * some seconds ago. The gateway's table and authorization decide each call.
 */
import { members } from "../../gateway/accounts";
import { authorize } from "../../gateway/iam/authorize";
import type { Caller } from "../../gateway/iam/caller";
import { Membership } from "../../gateway/iam/membership";
import type { NamedPolicy } from "../../gateway/iam/policies";
import { identityOperations } from "../../gateway/resources/identity";
import type { Check } from "../../gateway/resources/operation";
import type { Parameters } from "../../gateway/wire/protocol";
import type { World } from "../../gateway/world";
import type { VirtualClock } from "./clock";
import { type Answer, effects, type HeldUser, type IamState, Refused } from "./effects";

export const account = (members[0] as { id: string }).id;
const region = "us-east-1";

/** What a caller calls with. */
export type Credential =
  | { readonly kind: "key"; readonly id: string }
  /** A console session of a user, which outlives the password. */
  | { readonly kind: "console"; readonly userId: string }
  | { readonly kind: "session"; readonly role: string; readonly name: string };

const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};
const nothing = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
};
export const adminArn = "arn:aws:iam::aws:policy/AdministratorAccess";
export const denyArn = "arn:aws:iam::aws:policy/AWSDenyAll";
/** The managed policies of this account: those that allow everything, and AWSDenyAll. */
const managed = (arn: string): NamedPolicy => ({
  name: arn,
  policy: arn === denyArn ? nothing : /:policy\/spare-\d$/.test(arn) ? spare : everything,
});
const spare = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }],
};

export const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`;
export const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;

export class RacingAccount {
  readonly #states: { readonly at: number; readonly state: IamState }[];

  constructor(
    private readonly clock: VirtualClock,
    private readonly delayMs: number,
    private readonly control: readonly object[],
    private readonly latency: () => number,
    seed: IamState,
  ) {
    this.#states = [{ at: Number.NEGATIVE_INFINITY, state: seed }];
  }

  /** Makes one call: it takes its time, is decided, and changes the newest state. */
  async call(by: Credential, operation: string, parameters: Parameters = {}): Promise<Answer> {
    await this.clock.wait(this.latency());
    return this.clock.hold(async () => {
      const inEffect = this.#inEffect();
      const caller = callerOf(inEffect, by);
      const policies = this.#policies(inEffect);
      for (const check of await checksOf(operation, parameters, policies, caller)) {
        const { action, resource, account: resourceAccount, context, lazy } = check;
        const decision = await authorize(policies, {
          principal: caller,
          action,
          resource,
          resourceAccount,
          region,
          ...(context && { context }),
          ...(lazy && { lazy }),
        });
        if (!decision.allowed) throw new Refused("AccessDenied", `${action} ${decision.why}`);
      }
      const effect = effects[operation];
      if (effect === undefined) throw new Error(`The race does not know ${operation}`);
      const state = copy(this.newest);
      const answer = effect(state, parameters, caller);
      if (!/:(Get|List)/.test(operation)) this.#states.push({ at: this.clock.now, state });
      return answer;
    });
  }

  get newest(): IamState {
    return (this.#states.at(-1) as { state: IamState }).state;
  }

  #inEffect(): IamState {
    const until = this.clock.now - this.delayMs;
    return (this.#states.findLast(({ at }) => at <= until) as { state: IamState }).state;
  }

  #policies(state: IamState) {
    const user = (name: string) => {
      const found = state.users.find((each) => each.name === name);
      if (found === undefined) return undefined;
      const own = held(found);
      return {
        id: found.id,
        arn: userArn(name),
        keys: found.keys,
        groups: [],
        own,
        policies: own,
        tags: found.tags,
        ...(found.boundary && { boundary: managed(found.boundary) }),
      };
    };
    const role = (arn: string) => {
      const found = state.roles.find(({ name }) => roleArn(name) === arn);
      return found && { trust: found.trust, policies: held(found), tags: {} };
    };
    const levels = [
      {
        orgIdentifier: "r-cord",
        policies: [everything, ...this.control].map((policy, index) => ({
          name: `service control policy ${index}`,
          policy,
        })),
      },
    ];
    return {
      membership,
      identity: async ({ userName, roleArn: arn = "" }: Caller) => {
        const found = userName === undefined ? role(arn) : user(userName);
        if (found === undefined) throw new Refused("AccessDenied", "the principal is gone");
        return found;
      },
      ofResource: async (action: string, arn: string) =>
        action === "sts:AssumeRole" ? role(arn)?.trust : undefined,
      serviceControl: () => levels,
      user: async (_account: string, name: string) => user(name),
      role: async (arn: string) => role(arn),
      roleArn: async (_account: string, name: string) => roleArn(name),
    };
  }
}

function held({ attached, inline }: Pick<HeldUser, "attached" | "inline">): NamedPolicy[] {
  return [
    ...Object.entries(inline).map(([name, policy]) => ({ name, policy })),
    ...attached.map(managed),
  ];
}

function callerOf(state: IamState, by: Credential): Caller {
  const common = { account, accessKeyId: "", origin: "workload" as const };
  if (by.kind === "session") {
    return {
      ...common,
      arn: `arn:aws:sts::${account}:assumed-role/${by.role}/${by.name}`,
      roleArn: roleArn(by.role),
      context: { "aws:PrincipalType": "AssumedRole" },
    };
  }
  const user = state.users.find(({ id, keys }) =>
    by.kind === "key" ? keys.some((key) => key.id === by.id && key.active) : id === by.userId,
  );
  if (user === undefined) throw new Refused("InvalidClientTokenId", "the key is not valid");
  return {
    ...common,
    arn: userArn(user.name),
    userName: user.name,
    context: {
      "aws:PrincipalType": "User",
      "aws:username": user.name,
      "aws:userid": user.id,
    },
  };
}

/** The checks of a call by the gateway's own table; three operations that it lacks go by a like one. */
const alike: Readonly<Record<string, string>> = {
  "iam:UpdateUser": "iam:DeleteUser",
  "iam:DeleteLoginProfile": "iam:CreateLoginProfile",
};

async function checksOf(
  operation: string,
  parameters: Parameters,
  policies: object,
  caller: Caller,
): Promise<readonly Check[]> {
  const action = operation;
  if (operation === "s3:ListAllMyBuckets") return [{ action, resource: "*", account }];
  if (operation === "iam:CreatePolicyVersion") {
    const resource = String(parameters.PolicyArn);
    return [{ action, resource, account, lazy: noTags }];
  }
  // The gateway's table finds the key's user in the emulator; the responder may ask of every user.
  if (operation === "iam:GetAccessKeyLastUsed") {
    return [{ action, resource: userArn("any"), account }];
  }
  const entry = identityOperations[alike[operation] ?? operation];
  if (entry === undefined) throw new Error(`The gateway's table lacks ${operation}`);
  // Of the gateway's world the table's entries for IAM read the policies alone.
  const world = { policies } as unknown as World;
  const checks = await entry({ account, region, parameters, world, caller });
  return checks.map((check) => ({ ...check, action }));
}

const membership = new Membership();
const noTags = { keys: [], absent: ["aws:ResourceTag/"], load: async () => ({}) };

/** Copies what calls change; documents are never changed in place. */
function copy({ users, roles }: IamState): IamState {
  return {
    users: users.map((user) => ({
      ...user,
      keys: user.keys.map((key) => ({ ...key })),
      attached: [...user.attached],
      inline: { ...user.inline },
      tags: { ...user.tags },
    })),
    roles: roles.map((role) => ({
      ...role,
      attached: [...role.attached],
      inline: { ...role.inline },
    })),
  };
}
