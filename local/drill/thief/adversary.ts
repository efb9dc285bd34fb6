/**
 * A thief who polls, and fights as soon as the stolen user changes: strips every deny, comes back by
 * new keys, and makes users and roles to come back by. All calls of a round go out side by side.
 */
import { adminArn, type Credential, denyArn, type RacingAccount, roleArn } from "./account";
import type { VirtualClock } from "./clock";
import type { Answer, HeldUser } from "./effects";

export const pollMs = 500;
const bridgeLimit = 3;

export class Thief {
  /** When a credential last worked: of the stolen user, and of anything it holds or made. */
  lastOwn = 0;
  lastAny = 0;
  #own: Credential[];
  #made: Credential[] = [];
  #fighting = false;
  #rounds = 0;
  /** Of the user as it was first seen. */
  #first: string | undefined;

  constructor(
    private readonly clock: VirtualClock,
    private readonly iam: RacingAccount,
    private readonly user: { readonly id: string; readonly key: string },
  ) {
    this.#own = [{ kind: "key", id: user.key }];
  }

  /** Polls until the race is over. */
  async play(offsetMs: number): Promise<void> {
    await this.clock.wait(offsetMs);
    for (;;) {
      // A round that is still under way does not hold up the next.
      void this.#round();
      await this.clock.wait(pollMs);
    }
  }

  async #round(): Promise<void> {
    const works = async (credential: Credential, own: boolean) => {
      if ((await this.#try(credential, "s3:ListAllMyBuckets")) === undefined) return undefined;
      if (own) this.lastOwn = this.clock.now;
      this.lastAny = this.clock.now;
      return credential;
    };
    const working = await Promise.all([
      ...this.#own.map((each) => works(each, true)),
      ...this.#made.map((each) => works(each, false)),
    ]);
    const by = working.filter((each) => each !== undefined);
    const user = this.#present();
    this.#first ??= JSON.stringify(user);
    // A refused call is a sign as good as any.
    this.#fighting ||= by.length === 0 || JSON.stringify(user) !== this.#first;
    if (!this.#fighting || user === undefined) return;
    // What works least long, its own key, goes first; a bridge fights for the user as well.
    for (const credential of by.slice(0, 2)) await this.#fight(credential, user);
  }

  /** The stolen user as IAM's reads show it: to look is allowed as long as anything is. */
  #present(): HeldUser | undefined {
    return this.iam.newest.users.find(({ id }) => id === this.user.id);
  }

  async #fight(by: Credential, user: HeldUser): Promise<void> {
    const round = ++this.#rounds;
    const UserName = user.name;
    const go = (operation: string, parameters: Record<string, unknown>) =>
      this.#try(by, operation, parameters);
    await Promise.all([
      go("iam:DetachUserPolicy", { UserName, PolicyArn: denyArn }),
      ...Object.keys(user.inline).flatMap((PolicyName) => [
        go("iam:PutUserPolicy", { UserName, PolicyName, PolicyDocument: allowAll }),
        go("iam:DeleteUserPolicy", { UserName, PolicyName }),
      ]),
      ...(user.boundary === denyArn
        ? [
            go("iam:PutUserPermissionsBoundary", { UserName, PermissionsBoundary: adminArn }),
            go("iam:DeleteUserPermissionsBoundary", { UserName }),
          ]
        : []),
      go("iam:UntagUser", { UserName, TagKeys: ["SecurityStatus"] }),
      go("iam:TagUser", { UserName, Tags: [{ Key: "securitystatus", Value: "Restored" }] }),
      go("iam:AttachUserPolicy", { UserName, PolicyArn: adminArn }),
      go("iam:CreatePolicyVersion", {
        PolicyArn: `${roleArn("x").replace(/role\/x$/, "policy/team")}`,
      }),
      this.#keys(by, user),
      this.#bridges(by, round),
    ]);
    if (round === 1) await go("iam:UpdateUser", { UserName, NewUserName: `${UserName}-2` });
  }

  async #keys(by: Credential, { name: UserName, keys, id }: HeldUser): Promise<void> {
    for (const key of keys.filter(({ active }) => !active)) {
      await this.#try(by, "iam:UpdateAccessKey", {
        UserName,
        AccessKeyId: key.id,
        Status: "Active",
      });
    }
    const foreign = keys.find((key) => !this.#own.some((own) => "id" in own && own.id === key.id));
    if (foreign && keys.length === 2) {
      await this.#try(by, "iam:DeleteAccessKey", { UserName, AccessKeyId: foreign.id });
    }
    const made = await this.#try(by, "iam:CreateAccessKey", { UserName });
    if (made) this.#own.push({ kind: "key", id: String(made.id) });
    const signedIn = this.#own.some(({ kind }) => kind === "console");
    const profile = await this.#try(by, "iam:CreateLoginProfile", { UserName, Password: "!" });
    if (profile && !signedIn) this.#own.push({ kind: "console", userId: id });
  }

  async #bridges(by: Credential, round: number): Promise<void> {
    if (this.#made.length >= bridgeLimit) return;
    const make = async (
      credential: () => Credential,
      ...calls: [string, Record<string, unknown>][]
    ) => {
      let last: Answer | undefined;
      for (const [operation, parameters] of calls) {
        last = await this.#try(by, operation, parameters);
        if (last === undefined) return;
      }
      const made = credential();
      this.#made.push(made.kind === "key" ? { kind: "key", id: String(last?.id) } : made);
    };
    const UserName = `bridge-${round}`;
    const RoleName = `bridge-${round}`;
    const session = (role: string) => (): Credential => ({ kind: "session", role, name: "t" });
    const key = (): Credential => ({ kind: "key", id: "" });
    await Promise.all([
      make(
        key,
        ["iam:CreateUser", { UserName }],
        ["iam:AttachUserPolicy", { UserName, PolicyArn: adminArn }],
        ["iam:CreateAccessKey", { UserName }],
      ),
      make(key, ["iam:CreateAccessKey", { UserName: "colleague" }]),
      make(
        session(RoleName),
        ["iam:CreateRole", { RoleName, AssumeRolePolicyDocument: anybody }],
        ["iam:AttachRolePolicy", { RoleName, PolicyArn: adminArn }],
      ),
      make(session("application"), [
        "iam:UpdateAssumeRolePolicy",
        { RoleName: "application", PolicyDocument: anybody },
      ]),
    ]);
  }

  async #try(
    by: Credential,
    operation: string,
    parameters: Record<string, unknown> = {},
  ): Promise<Answer | undefined> {
    try {
      return await this.iam.call(by, operation, parameters);
    } catch (error) {
      if (error instanceof Error && refusals.has(error.name)) return undefined;
      throw error;
    }
  }
}

const refusals = new Set([
  "AccessDenied",
  "EntityAlreadyExists",
  "InvalidClientTokenId",
  "LimitExceeded",
  "NoSuchEntity",
]);

const allowAll = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};
/** From an account of the thief's: whoever made the role, a session of it needs nothing else. */
const anybody = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
};
