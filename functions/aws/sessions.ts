/** Sessions in member accounts: one AssumeRole each, for what the statements it is given allow. */
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { MemberAccount } from "../model/member-account";
import { merge, policyDocument } from "../model/policy-document";
import type { Place } from "../model/resource";
import type { Statement } from "../model/statement";
import { type Credentials, clientConfig } from "./client";
import { deferred, once } from "./deferred";

export interface Assumable {
  /** Region of the STS endpoint: a regional one, so that no other region's outage stops us. */
  readonly region: string;
  readonly role: string;
  /** IAM path of the role, "/" or "/one/or/more/". */
  readonly rolePath: string;
  readonly externalId: string;
}

/** Session policies longer than this are refused by STS. */
const sessionPolicyLimit = 2_048;
const sessionSeconds = 900;

/**
 * Opens sessions of one member role. Each is narrowed to the statements it is asked for, so that a
 * defect in one of the steps that share it cannot reach beyond what these steps are about.
 *
 * @param connect makes what the session is used through.
 * @returns a function whose third argument names the session; with `reuse`, a session for the same
 *   statements is cached for later invocations until two minutes before it ends.
 */
export function sessionsOf<A>(
  { region, role, rolePath, externalId }: Assumable,
  connect: (region: string, credentials: Credentials, account: string) => A,
) {
  const sts = new STSClient(clientConfig(region));
  const cached = new Map<string, { account: Promise<A>; until: number }>();

  const open = async (
    place: Place,
    statements: readonly Statement[],
    name: string,
    SourceIdentity?: string,
  ): Promise<A> => {
    const policy = JSON.stringify(policyDocument(merge(statements)));
    if (policy.length > sessionPolicyLimit) {
      throw new Error(
        `The session policy for ${name} has ${policy.length} characters; STS allows ${sessionPolicyLimit}`,
      );
    }
    const { Credentials: issued } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${place.account}:role${rolePath}${role}`,
        RoleSessionName: `cordon-${name}`,
        ExternalId: externalId,
        DurationSeconds: sessionSeconds,
        Policy: policy,
        // CloudTrail shows it with every call of the session, and nothing can change it.
        ...(SourceIdentity !== undefined && { SourceIdentity }),
      }),
    );
    if (!issued?.AccessKeyId || !issued.SecretAccessKey || !issued.SessionToken) {
      throw new Error(`STS gave no credentials for ${role} in ${place.account}`);
    }
    const credentials = {
      accessKeyId: issued.AccessKeyId,
      secretAccessKey: issued.SecretAccessKey,
      sessionToken: issued.SessionToken,
    };
    return connect(place.region, credentials, place.account);
  };

  return {
    open,
    async reuse(place: Place, statements: readonly Statement[], name: string) {
      const key = JSON.stringify([place, statements]);
      const known = cached.get(key);
      if (known !== undefined && known.until > Date.now()) return known.account;
      const account = open(place, statements, name);
      cached.set(key, { account, until: Date.now() + (sessionSeconds - 120) * 1_000 });
      account.catch(() => cached.delete(key));
      return account;
    },
  };
}

// Loaded once: importing a loaded module again would still cost every session a search for it.
const clients = {
  ec2: once(() => import("./ec2")),
  iam: once(() => import("./iam")),
  autoScaling: once(() => import("./auto-scaling")),
  loadBalancing: once(() => import("./load-balancing")),
  settings: once(() => import("./settings")),
  addresses: once(() => import("./blocked-addresses")),
};

/** Opens a member account for containing or releasing. */
export function memberAccount(
  region: string,
  credentials: Credentials,
  account: string,
): MemberAccount {
  const ec2 = once(async () => (await clients.ec2()).ec2(region, credentials, account));
  return {
    compute: deferred(async () => (await ec2()).compute),
    network: deferred(async () => (await ec2()).network),
    identity: deferred(async () => (await clients.iam()).iam(region, credentials)),
    scaling: deferred(async () => (await clients.autoScaling()).autoScaling(region, credentials)),
    balancing: deferred(async () =>
      (await clients.loadBalancing()).loadBalancing(region, credentials),
    ),
    settings: deferred(async () =>
      (await clients.settings()).settings(region, credentials, account),
    ),
    addresses: deferred(async () =>
      (await clients.addresses()).blockedAddresses(region, credentials),
    ),
  };
}
