/** What is judged: templates, state machines, patterns and policies of several deployments. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { readStack } from "../../cli/check/configuration";
import { deploy } from "../../deploy";
import type { Settings } from "../../settings";
import { type Calls, providerError, type Recording, record } from "../support/recorder";

export const root = join(__dirname, "../..");

/** One text to judge. Equal texts of several deployments are judged once, under the first name. */
export interface Subject {
  readonly name: string;
  readonly text: string;
}

/** Where a policy is attached decides what it must have. */
export interface Policy extends Subject {
  readonly kind: "identity" | "trust" | "resource" | "control";
}

export interface Subjects {
  readonly templates: readonly Subject[];
  readonly machines: readonly Subject[];
  readonly patterns: readonly Subject[];
  readonly policies: readonly Policy[];
}

const everything = (): Settings => ({
  ...readStack(root, "local"),
  rolePath: "/security/responders/",
  permissionsBoundary: "boundaries/edge",
  governManagementAccount: true,
  guardDutyFeatures: ["RUNTIME_MONITORING", "EC2_AGENT_MANAGEMENT"],
  breakGlassRoles: ["break-glass/*", "rescue-1"],
  breakGlassUsers: ["rescue-1", "rescue-2"],
  securityHubRegions: "all",
});

/** The stacks as they are, and every part of the program under its widest settings. */
const shapes: Readonly<Record<string, () => Settings>> = {
  local: () => readStack(root, "local"),
  staging: () => readStack(root, "staging"),
  prod: () => readStack(root, "prod"),
  "all by StackSets": everything,
  "all directly": () => ({ ...everything(), memberDeployment: "direct", organizationalUnits: [] }),
};

/** Answers what the program asks AWS, as in an organization that has nothing yet. */
const answersTo = (settings: Settings): Calls => {
  const { securityAccount: account, deployers, organizationId, organizationalUnits } = settings;
  const caller = `arn:aws:iam::${account}:${deployers[0] ?? "role/deployment"}`;
  const entityPath = [organizationId, ...organizationalUnits, account, ""].join("/");
  return ({ token }) => answer(token, { account, caller, entityPath });
};

function answer(
  token: string,
  { account, caller, entityPath }: Readonly<Record<"account" | "caller" | "entityPath", string>>,
) {
  switch (token) {
    case "aws:ec2/getVpcs:getVpcs":
      return { ids: ["vpc-0a1b2c3d4e5f60718"] };
    case "aws:ec2/getSecurityGroups:getSecurityGroups":
      return { ids: [], vpcIds: [] };
    case "aws:guardduty/getDetector:getDetector":
      throw providerError("reading this account's single GuardDuty Detector: empty result");
    case "aws:iam/getRoles:getRoles":
      return { arns: [], names: [] };
    case "aws:iam/getSessionContext:getSessionContext":
      return { issuerArn: caller };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: account, arn: caller };
    case "aws:index/getPartition:getPartition":
      return { partition: "aws" };
    case "aws:organizations/getEntityPath:getEntityPath":
      return { entityPath };
    case "aws:ssm/getParametersByPath:getParametersByPath":
      return { names: [], values: [] };
    default:
      throw new Error(`unexpected invoke ${token}`);
  }
}

/** Writes ARNs in AWS's form, since referees read them. */
const outputsIn =
  (security: string) =>
  ({ type, inputs, provider, name }: Recording<unknown>["resources"][number]) => {
    const account = /(?<account>\d{12})/.exec(provider ?? "")?.groups?.account ?? security;
    const place = `${inputs.region ?? "us-east-1"}:${account}`;
    const called = inputs.name ?? name;
    const arns: Readonly<Record<string, string>> = {
      "aws:cloudwatch/eventBus:EventBus": `arn:aws:events:${place}:event-bus/${called}`,
      "aws:cloudwatch/eventRule:EventRule": `arn:aws:events:${place}:rule/${called}`,
      "aws:cloudwatch/logGroup:LogGroup": `arn:aws:logs:${place}:log-group:${called}`,
      "aws:cloudwatch/metricAlarm:MetricAlarm": `arn:aws:cloudwatch:${place}:alarm:${called}`,
      "aws:dynamodb/table:Table": `arn:aws:dynamodb:${place}:table/${called}`,
      "aws:iam/role:Role": `arn:aws:iam::${account}:role${inputs.path ?? "/"}${called}`,
      "aws:kms/key:Key": `arn:aws:kms:${place}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
      "aws:lambda/function:Function": `arn:aws:lambda:${place}:function:${called}`,
      "aws:s3/bucket:Bucket": `arn:aws:s3:::${inputs.bucket}`,
      "aws:securityhub/actionTarget:ActionTarget": `arn:aws:securityhub:${place}:action/custom/${inputs.identifier}`,
      "aws:sfn/stateMachine:StateMachine": `arn:aws:states:${place}:stateMachine:${called}`,
      "aws:sns/topic:Topic": `arn:aws:sns:${place}:${called}`,
      "aws:sqs/queue:Queue": `arn:aws:sqs:${place}:${called}`,
    };
    return type in arns ? { arn: arns[type] } : {};
  };

/** Deploys every shape under mocks, and takes from them what referees judge. */
export async function subjects(): Promise<Subjects> {
  const found = {
    templates: new Map<string, Subject>(),
    machines: new Map<string, Subject>(),
    patterns: new Map<string, Subject>(),
    policies: new Map<string, Policy>(),
  };
  const add = <S extends Subject>(to: Map<string, S>, subject: S) => {
    if (!to.has(subject.text)) to.set(subject.text, subject);
  };
  const addTemplate = (subject: Subject) => {
    add(found.templates, subject);
    for (const policy of policiesOf(subject)) add(found.policies, policy);
  };
  for (const [shape, settings] of Object.entries(shapes)) {
    const given = settings();
    const { resources } = await record(
      () => deploy(given),
      answersTo(given),
      outputsIn(given.securityAccount),
    );
    for (const { type, name, inputs } of resources) {
      const named = (text: string) => ({ name: `${name} (${shape})`, text });
      if (inputs.templateBody) addTemplate(named(inputs.templateBody));
      if (type === "aws:sfn/stateMachine:StateMachine")
        add(found.machines, named(inputs.definition));
      if (inputs.eventPattern) {
        add(found.patterns, { name: inputs.name, text: textOf(inputs.eventPattern) });
      }
      for (const [key, kind] of documents[type] ?? []) {
        if (inputs[key] !== undefined) add(found.policies, { kind, ...named(textOf(inputs[key])) });
      }
    }
  }
  // Templates that an administrator deploys by hand.
  const folder = join(root, "deploy/bootstrap");
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    if (/\.(json|ya?ml)$/.test(file)) {
      const text = readFileSync(join(folder, file), "utf8");
      addTemplate({ name: `deploy/bootstrap/${file}`, text });
    }
  }
  return {
    templates: [...found.templates.values()],
    machines: [...found.machines.values()],
    patterns: [...found.patterns.values()],
    policies: [...found.policies.values()],
  };
}

/** Where types of resources hold policies. */
const documents: Readonly<Record<string, readonly (readonly [string, Policy["kind"]])[]>> = {
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy": [["policy", "resource"]],
  "aws:iam/role:Role": [["assumeRolePolicy", "trust"]],
  "aws:iam/rolePolicy:RolePolicy": [["policy", "identity"]],
  "aws:kms/key:Key": [["policy", "resource"]],
  "aws:organizations/policy:Policy": [["content", "control"]],
  "aws:s3/bucketPolicy:BucketPolicy": [["policy", "resource"]],
  "aws:sns/topicPolicy:TopicPolicy": [["policy", "resource"]],
  "aws:sqs/queuePolicy:QueuePolicy": [["policy", "resource"]],
};

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** Finds the policies in a template, wherever they are, with the values of a stack in them. */
function policiesOf({ name, text }: Subject): Policy[] {
  const found: Policy[] = [];
  const visit = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const kind =
        key === "AssumeRolePolicyDocument"
          ? "trust"
          : key === "PolicyDocument"
            ? path.some((part) => /Policies|ManagedPolicy/.test(part))
              ? "identity"
              : "resource"
            : undefined;
      if (kind) {
        const where = path[1] ?? path.join(".");
        found.push({ kind, name: `${where} in ${name}`, text: JSON.stringify(resolved(inner)) });
      } else visit(inner, [...path, key]);
    }
  };
  visit(parse(text), []);
  return found;
}

/** Puts a stack's values in the place of the functions of CloudFormation. */
function resolved(value: unknown): unknown {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== "object" || value === null) return value;
  const substituted = (value as Record<string, unknown>)["Fn::Sub"];
  if (typeof substituted === "string") {
    return substituted.replace(/\$\{([\w:]+)\}/g, (_, name) => pseudo[name] ?? name);
  }
  const referred = (value as Record<string, unknown>).Ref;
  if (typeof referred === "string") return pseudo[referred] ?? referred;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each)]));
}

const pseudo: Readonly<Record<string, string>> = {
  "AWS::AccountId": "222233334444",
  "AWS::Partition": "aws",
  "AWS::Region": "us-east-1",
  "AWS::URLSuffix": "amazonaws.com",
  DeployerArn: "arn:aws:iam::444455556666:role/ci",
  OrganizationId: "o-exampleorgid",
  RoleName: "cordon-deploy",
  RolePath: "/security/responders/",
  SecurityAccount: "444455556666",
};
