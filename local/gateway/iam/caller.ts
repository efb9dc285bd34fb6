/** Who calls: what the gateway knows of the holder of an access key. */

/** "service": an AWS service that acts with a role, as Step Functions does for a task. */
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
  /** Name of the IAM user this key or GetSessionToken session acts as; trusted callers have none. */
  readonly userName?: string;
  /** When the session ends, in milliseconds of the registry's clock; long-term keys never do. */
  readonly expiresAt?: number;
  /** The address the drill has this caller come from. @default the loopback address */
  readonly sourceAddress?: string;
}

/** The address of callers that no drill has given another one. */
export const loopback = "127.0.0.1";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}
