/** Knows every access key the local organization has issued, and whose it is. */
import { randomBytes } from "node:crypto";
import { fromArn } from "../wire/arn";
import { ApiError } from "../wire/protocol";
import type { Caller, Credentials, Origin } from "./caller";
import type { AuthorizeRequest, Decision } from "./decision";
import { federationRefused } from "./federation";
import type { Policies } from "./policies";

export interface Callers {
  /** Admits a trusted caller: a seed, or who assumes the deployment's role. Recorded, not evaluated. */
  trusted(account: string, name: string, origin: "deployer" | "seed"): Credentials;
  /**
   * Makes a session of an existing role as an AWS service would (Lambda, EC2, Step Functions).
   * Throws AccessDenied when the role does not exist or its trust policy does not name the service
   * principal. `source`: the resource on whose behalf the service asks, where it says so.
   */
  serviceSession(
    service: string,
    roleArn: string,
    sessionName: string,
    origin: "cordon" | "workload" | "service",
    context?: Record<string, string>,
    source?: { readonly sourceArn: string; readonly sourceAccount: string },
  ): Promise<Credentials>;
  /**
   * Makes a session of an existing role as an identity provider's user would. Throws AccessDenied
   * when the role does not exist or its trust policy does not admit the provider for the action.
   */
  federatedSession(request: FederatedSessionRequest): Promise<Credentials>;
  find(accessKeyId: string): Caller | undefined;
  /**
   * Finds the caller of a request as the gateway does: undefined for a key that is not accepted or
   * whose session has ended.
   */
  admit(accessKeyId: string | undefined, sessionToken?: string): Promise<Caller | undefined>;
  /**
   * Has every later call with a key, and with the sessions it opens, come from an address, as a
   * drill's attacker does.
   */
  sourceAddress(accessKeyId: string, address: string): void;
  /** The time at which sessions are issued and end; a drill may set it ahead. @default the real time */
  clock: () => Date;
}

export interface FederatedSessionRequest {
  readonly roleArn: string;
  /** ARN of the SAML or OpenID Connect provider that the trust policy names. */
  readonly provider: string;
  readonly sessionName: string;
  /** @default "sts:AssumeRoleWithSAML" */
  readonly action?: "sts:AssumeRoleWithSAML" | "sts:AssumeRoleWithWebIdentity";
  /** What the assertion says, as condition keys of the trust policy, for example "SAML:aud". */
  readonly claims?: Readonly<Record<string, string>>;
}

export interface SessionRequest {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly origin: Origin;
  readonly context?: Readonly<Record<string, string>>;
  readonly sessionPolicy?: object;
  readonly externalId?: string;
  readonly openedBy?: string;
  /** @default 3600, as AssumeRole's */
  readonly seconds?: number;
}

/**
 * A session that a service opens for its own use or for a workload. Credentials of instance profiles
 * are valid up to six hours, whatever the role's MaxSessionDuration; AWS names no time for others.
 */
const serviceSeconds = 6 * 3600;

export class Registry implements Callers {
  readonly #callers = new Map<string, Caller>();
  readonly #tokens = new Map<string, string>();
  readonly #secrets = new Map<string, string>();
  readonly #addresses = new Map<string, string>();
  clock = () => new Date();

  constructor(
    private readonly policies: Policies,
    private readonly authorize: (request: AuthorizeRequest) => Promise<Decision>,
  ) {}

  trusted(account: string, name: string, origin: "deployer" | "seed"): Credentials {
    const accessKeyId = newKey("AKIA");
    this.#callers.set(accessKeyId, {
      accessKeyId,
      account,
      arn: `arn:aws:iam::${account}:user/${name}`,
      context: { "aws:PrincipalType": "User", "aws:username": name, "aws:userid": newKey("AIDA") },
      origin,
    });
    return { accessKeyId, secretAccessKey: this.#newSecret(accessKeyId) };
  }

  /** Finds the secret that was given with a key; undefined for keys that others made up. */
  secretOf(accessKeyId: string): string | undefined {
    return this.#secrets.get(accessKeyId);
  }

  #newSecret(accessKeyId: string): string {
    const secret = randomBytes(30).toString("base64");
    this.#secrets.set(accessKeyId, secret);
    return secret;
  }

  async serviceSession(
    service: string,
    roleArn: string,
    sessionName: string,
    origin: "cordon" | "workload" | "service",
    context: Record<string, string> = {},
    source: { readonly sourceArn?: string; readonly sourceAccount?: string } = {},
  ): Promise<Credentials> {
    const principal = service.includes(".") ? service : `${service}.amazonaws.com`;
    // The name identifies whose credentials they are: no caller chooses it.
    if (principal === "ec2.amazonaws.com" && !/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(sessionName)) {
      throw new Error(`EC2 names a session after its instance, not "${sessionName}"`);
    }
    if (principal === "ecs-tasks.amazonaws.com" && !/^[0-9a-f]{32}$/.test(sessionName)) {
      throw new Error(`ECS names a session after its task, not "${sessionName}"`);
    }
    const { account } = fromArn(roleArn);
    const decision = await this.authorize({
      principal: { service: principal, ...source },
      action: "sts:AssumeRole",
      resource: roleArn,
      resourceAccount: account,
      region: "us-east-1",
      context: { "sts:RoleSessionName": sessionName },
    });
    if (!decision.allowed) {
      throw new ApiError(
        "AccessDenied",
        `${principal} cannot assume ${roleArn}: ${decision.why}`,
        403,
      );
    }
    return this.open({ roleArn, sessionName, origin, context, seconds: serviceSeconds });
  }

  /** Registers a session of an existing role; deciding whether it may exist is the caller's part. */
  async open(request: SessionRequest): Promise<Required<Credentials>> {
    const { roleArn, sessionName, origin, sessionPolicy, externalId, openedBy } = request;
    const { seconds = 3600 } = request;
    const role = await this.policies.role(roleArn);
    if (!role) throw new ApiError("AccessDenied", `The role ${roleArn} does not exist`, 403);
    const { account, resource } = fromArn(roleArn);
    const accessKeyId = newKey("ASIA");
    const sessionToken = randomBytes(96).toString("base64");
    this.#tokens.set(accessKeyId, sessionToken);
    this.#callers.set(accessKeyId, {
      accessKeyId,
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${resource.split("/").at(-1)}/${sessionName}`,
      roleArn,
      sessionName,
      origin,
      context: {
        ...request.context,
        "aws:PrincipalType": "AssumedRole",
        "aws:userid": `${role.id}:${sessionName}`,
        "aws:TokenIssueTime": this.clock().toISOString(),
      },
      expiresAt: this.clock().getTime() + seconds * 1000,
      ...(sessionPolicy && { sessionPolicy }),
      ...(externalId && { externalId }),
      ...(openedBy && { openedBy }),
    });
    return { accessKeyId, secretAccessKey: this.#newSecret(accessKeyId), sessionToken };
  }

  async federatedSession(request: FederatedSessionRequest): Promise<Credentials> {
    const { roleArn, provider, sessionName, action = "sts:AssumeRoleWithSAML", claims } = request;
    const role = await this.policies.role(roleArn);
    const why = role ? federationRefused(role.trust, action, provider, claims ?? {}) : "no role";
    if (why) {
      throw new ApiError("AccessDenied", `${provider} cannot assume ${roleArn}: ${why}`, 403);
    }
    return this.open({
      roleArn,
      sessionName,
      origin: "workload",
      context: { "aws:FederatedProvider": provider },
    });
  }

  /** Takes in a long-term key that IAM has issued to a user. */
  async issued(
    accessKeyId: string,
    secret: string,
    account: string,
    userName: string,
  ): Promise<void> {
    this.#secrets.set(accessKeyId, secret);
    this.#callers.set(accessKeyId, {
      accessKeyId,
      ...(await this.#actingAs(account, userName)),
      origin: "workload",
    });
  }

  /** Follows a user to a new name: keys and sessions stay the user's. */
  async renamed(account: string, before: string, after: string): Promise<void> {
    const user = await this.#actingAs(account, after);
    for (const [accessKeyId, caller] of this.#callers) {
      if (caller.account !== account || caller.userName !== before) continue;
      const context = { ...caller.context, ...user.context };
      this.#callers.set(accessKeyId, { ...caller, ...user, context });
    }
  }

  /** Opens a GetSessionToken session: temporary credentials that act as the user itself. */
  async openForUser(caller: Caller, seconds: number): Promise<Required<Credentials>> {
    const accessKeyId = newKey("ASIA");
    const sessionToken = randomBytes(96).toString("base64");
    const user = await this.#actingAs(caller.account, caller.userName ?? "");
    this.#tokens.set(accessKeyId, sessionToken);
    this.#callers.set(accessKeyId, {
      accessKeyId,
      ...user,
      context: {
        ...user.context,
        "aws:TokenIssueTime": this.clock().toISOString(),
        "aws:MultiFactorAuthPresent": "false",
      },
      origin: caller.origin,
      openedBy: caller.accessKeyId,
      expiresAt: this.clock().getTime() + seconds * 1000,
    });
    return { accessKeyId, secretAccessKey: this.#newSecret(accessKeyId), sessionToken };
  }

  async #actingAs(account: string, userName: string) {
    const user = await this.policies.user(account, userName);
    if (!user)
      throw new ApiError("NoSuchEntity", `There is no user ${userName} in ${account}`, 404);
    return {
      account,
      arn: user.arn,
      userName,
      context: {
        "aws:PrincipalType": "User",
        "aws:username": userName,
        "aws:userid": user.id,
      },
    };
  }

  find(accessKeyId: string): Caller | undefined {
    return this.#callers.get(accessKeyId);
  }

  sourceAddress(accessKeyId: string, address: string): void {
    this.#addresses.set(accessKeyId, address);
  }

  #addressOf(accessKeyId: string): string | undefined {
    const own = this.#addresses.get(accessKeyId);
    const { openedBy } = this.#callers.get(accessKeyId) ?? {};
    return own ?? (openedBy === undefined ? undefined : this.#addressOf(openedBy));
  }

  /**
   * Finds the caller of a request, one whose session has ended included. A temporary key counts only together with its own token, a
   * user's long-term key only while it is active, either only while the user exists. A session that
   * GetSessionToken gave goes on when the key that asked for it is disabled, as on AWS.
   */
  async holder(accessKeyId?: string, sessionToken?: string): Promise<Caller | undefined> {
    if (!accessKeyId || this.#tokens.get(accessKeyId) !== sessionToken) return undefined;
    const caller = this.#callers.get(accessKeyId);
    if (caller?.userName !== undefined) {
      const user = await this.policies.user(caller.account, caller.userName);
      // A user of the same name that was made anew is another user.
      if (!user || user.id !== caller.context["aws:userid"]) return undefined;
      const key = user.keys.find(({ id }) => id === accessKeyId);
      if (!sessionToken && !key?.active) return undefined;
    }
    const address = this.#addressOf(accessKeyId);
    return caller && address ? { ...caller, sourceAddress: address } : caller;
  }

  hasExpired({ expiresAt }: Caller): boolean {
    return expiresAt !== undefined && expiresAt <= this.clock().getTime();
  }

  async admit(accessKeyId?: string, sessionToken?: string): Promise<Caller | undefined> {
    const holder = await this.holder(accessKeyId, sessionToken);
    return holder && !this.hasExpired(holder) ? holder : undefined;
  }
}

// Access key ids are 20 characters of A-Z and 2-7; the prefix distinguishes long-term from temporary.
function newKey(prefix: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return prefix + [...randomBytes(16)].map((byte) => alphabet[byte % 32]).join("");
}
