/** Knows every access key the local organization has issued, and whose it is. */
import { randomBytes } from "node:crypto";
import { fromArn } from "./arn";
import type { AuthorizeRequest, Decision } from "./authorize";
import type { Policies } from "./policies";
import { ApiError } from "./protocol";

export type Origin = "cordon" | "deployer" | "seed" | "workload" | "service";

export interface Caller {
  readonly accessKeyId: string;
  readonly account: string;
  /** ARN of the user or of the assumed-role session. */
  readonly arn: string;
  readonly roleArn?: string;
  readonly sessionName?: string;
  readonly sessionPolicy?: object;
  /** Condition keys that belong to the session, for example ec2:SourceInstanceARN. */
  readonly context: Readonly<Record<string, string>>;
  readonly origin: Origin;
  readonly externalId?: string;
  /** The access key that opened this session, where another session did. */
  readonly openedBy?: string;
}

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface Callers {
  /** Admits a trusted caller (the deployer, the seeds): recorded, not evaluated. */
  trusted(account: string, name: string, origin: "deployer" | "seed"): Credentials;
  /**
   * Makes a session of an existing role as an AWS service would (Lambda, EC2). Throws AccessDenied
   * when the role does not exist or its trust policy does not name the service principal.
   */
  serviceSession(
    service: string,
    roleArn: string,
    sessionName: string,
    origin: "cordon" | "workload",
    context?: Record<string, string>,
  ): Promise<Credentials>;
  find(accessKeyId: string): Caller | undefined;
}

export interface SessionRequest {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly origin: Origin;
  readonly context?: Readonly<Record<string, string>>;
  readonly sessionPolicy?: object;
  readonly externalId?: string;
  readonly openedBy?: string;
}

export class Registry implements Callers {
  readonly #callers = new Map<string, Caller>();
  readonly #tokens = new Map<string, string>();

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
    return { accessKeyId, secretAccessKey: newSecret() };
  }

  async serviceSession(
    service: string,
    roleArn: string,
    sessionName: string,
    origin: "cordon" | "workload",
    context: Record<string, string> = {},
  ): Promise<Credentials> {
    const principal = service.includes(".") ? service : `${service}.amazonaws.com`;
    const { account } = fromArn(roleArn);
    const decision = await this.authorize({
      principal: { service: principal },
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
    return this.open({ roleArn, sessionName, origin, context });
  }

  /** Registers a session of an existing role; deciding whether it may exist is the caller's part. */
  async open(request: SessionRequest): Promise<Required<Credentials>> {
    const { roleArn, sessionName, origin, sessionPolicy, externalId, openedBy } = request;
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
        "aws:TokenIssueTime": new Date().toISOString(),
      },
      ...(sessionPolicy && { sessionPolicy }),
      ...(externalId && { externalId }),
      ...(openedBy && { openedBy }),
    });
    return { accessKeyId, secretAccessKey: newSecret(), sessionToken };
  }

  find(accessKeyId: string): Caller | undefined {
    return this.#callers.get(accessKeyId);
  }

  /** Finds the caller of a request; a temporary key counts only together with its own token. */
  admit(accessKeyId: string | undefined, sessionToken: string | undefined): Caller | undefined {
    if (!accessKeyId || this.#tokens.get(accessKeyId) !== sessionToken) return undefined;
    return this.#callers.get(accessKeyId);
  }
}

// Access key ids are 20 characters of A-Z and 2-7; the prefix tells long-term from temporary.
function newKey(prefix: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return prefix + [...randomBytes(16)].map((byte) => alphabet[byte % 32]).join("");
}

function newSecret(): string {
  return randomBytes(30).toString("base64");
}
