/** The SDK clients of the check: one of each service in a region, made when it is first used. */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { ConfigServiceClient } from "@aws-sdk/client-config-service";
import { EC2Client } from "@aws-sdk/client-ec2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GuardDutyClient } from "@aws-sdk/client-guardduty";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { SecurityHubClient } from "@aws-sdk/client-securityhub";
import { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { SNSClient } from "@aws-sdk/client-sns";
import { STSClient } from "@aws-sdk/client-sts";
import { SupportClient } from "@aws-sdk/client-support";
import { NodeHttpHandler } from "@smithy/node-http-handler";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Options of every client. */
export interface ClientOptions {
  readonly credentials?: Credentials;
  /** Sends the requests. @default one pool of connections for all clients */
  readonly requestHandler?: NodeHttpHandler;
}

const makers = {
  cloudFormation: CloudFormationClient,
  cloudTrail: CloudTrailClient,
  config: ConfigServiceClient,
  ec2: EC2Client,
  events: EventBridgeClient,
  guardDuty: GuardDutyClient,
  iam: IAMClient,
  lambda: LambdaClient,
  organizations: OrganizationsClient,
  quotas: ServiceQuotasClient,
  securityHub: SecurityHubClient,
  sns: SNSClient,
  sts: STSClient,
  support: SupportClient,
} as const;

type Makers = typeof makers;

/** The clients of one region. */
export type Clients = { readonly [Name in keyof Makers]: InstanceType<Makers[Name]> };

/** Gives the clients of a region; the same ones each time. */
export type ClientsOf = (region: string) => Clients;

const pool = { keepAlive: true, maxSockets: 50 };
const sharedHandler = new NodeHttpHandler({
  httpsAgent: new HttpsAgent(pool),
  httpAgent: new HttpAgent(pool),
  connectionTimeout: 5_000,
  requestTimeout: 30_000,
});

/** Without credentials, the clients use those of the environment, as every AWS tool does. */
export function clientsOf(options: ClientOptions = {}): ClientsOf {
  const made = new Map<string, Clients>();
  return (region) => {
    const known = made.get(region) ?? clientsIn(region, options);
    made.set(region, known);
    return known;
  };
}

function clientsIn(region: string, { credentials, requestHandler }: ClientOptions): Clients {
  const configuration = {
    region,
    requestHandler: requestHandler ?? sharedHandler,
    // The reads of many accounts share Organizations' and Support's low limits: the SDK waits
    // longer after each refusal, and gives up after the sixth.
    maxAttempts: 6,
    retryMode: "standard",
    ...(credentials !== undefined && { credentials }),
  };
  const made: Partial<Record<keyof Makers, unknown>> = {};
  return new Proxy(made, {
    get: (_target, name: keyof Makers) => {
      made[name] ??= new makers[name](configuration);
      return made[name];
    },
  }) as Clients;
}
