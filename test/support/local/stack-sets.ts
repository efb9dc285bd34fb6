/** Has the security account administer stack sets of the local organization, for their tests. */
import {
  CloudFormationClient,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  type CreateStackSetCommandInput,
  DeleteStackInstancesCommand,
  DescribeStackSetOperationCommand,
  ListStackInstancesCommand,
  ListStackSetOperationResultsCommand,
  type StackSetOperation,
  type StackSetOperationPreferences,
  UpdateStackSetCommand,
} from "@aws-sdk/client-cloudformation";
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { GetRoleCommand, IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import {
  OrganizationsClient,
  RegisterDelegatedAdministratorCommand,
} from "@aws-sdk/client-organizations";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { errorOf, management, security, seedOf, trustLambda, type World } from "./gateway";

const hub = "arn:aws:events:us-east-1:123456789012:event-bus/cordon-hub";
export const sub = (text: string) => ({ "Fn::Sub": text });
const pseudo = (name: string) => `\${AWS::${name}}`;
const [account, at, partition] = ["AccountId", "Region", "Partition"].map(pseudo);
const byEvents = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": sub(pseudo("AccountId")) } },
    },
  ],
};

/** A template: a forwarding rule with its role, its dead-letter queue and the queue's policy. */
export function resources(): Record<string, Record<string, unknown>> {
  return {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        RoleName: sub(`forward-${at}`),
        Description: "Forwards to the hub",
        AssumeRolePolicyDocument: byEvents,
        Policies: [{ PolicyName: "hub", PolicyDocument: allowing("events:PutEvents", hub) }],
      },
    },
    DeadLetters: {
      Type: "AWS::SQS::Queue",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Delete",
      Properties: {
        QueueName: "forward-dead-letters",
        MessageRetentionPeriod: 1209600,
        SqsManagedSseEnabled: true,
      },
    },
    DeadLettersPolicy: {
      Type: "AWS::SQS::QueuePolicy",
      DependsOn: "DeadLetters",
      Properties: {
        Queues: [sub(`https://sqs.${at}.amazonaws.com/${account}/forward-dead-letters`)],
        PolicyDocument: allowing("sqs:SendMessage", sub(`${queueArn}forward-dead-letters`)),
      },
    },
    Rule: {
      Type: "AWS::Events::Rule",
      DependsOn: ["Role", "DeadLettersPolicy"],
      Properties: {
        Name: "forward",
        Description: "Forwards to the hub",
        EventPattern: { source: ["aws.trustedadvisor"] },
        State: "ENABLED",
        Targets: [
          {
            Id: "hub",
            Arn: hub,
            RoleArn: sub(`arn:${partition}:iam::${account}:role/forward-${at}`),
            DeadLetterConfig: { Arn: sub(`${queueArn}forward-dead-letters`) },
          },
        ],
      },
    },
  };
}

const queueArn = `arn:${partition}:sqs:${at}:${account}:`;

export function allowing(action: string, resource: unknown) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        ...(action.startsWith("sqs:") && { Principal: { Service: "events.amazonaws.com" } }),
        Action: action,
        Resource: resource,
      },
    ],
  };
}

/** A template: one role and nothing else, so that most stories take few calls. */
export function oneRole(name: string, properties: object = {}) {
  return {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: { RoleName: name, AssumeRolePolicyDocument: trustLambda, ...properties },
    },
  };
}

export const templateOf = (given: object) =>
  JSON.stringify({ AWSTemplateFormatVersion: "2010-09-09", Resources: given });

export const as = { CallAs: "DELEGATED_ADMIN" } as const;
export const everywhere = ["us-east-1", "eu-west-1"];
export const root = { OrganizationalUnitIds: ["r-cord"] };
export const workloads = { OrganizationalUnitIds: ["ou-cord-workloads"] };
export const registration = {
  AccountId: security,
  ServicePrincipal: "member.org.stacksets.cloudformation.amazonaws.com",
};

/** Writes what creates a stack set as the delegated administrator, of these resources. */
export function definition(
  StackSetName: string,
  Resources: object,
  more: Partial<CreateStackSetCommandInput> = {},
): CreateStackSetCommandInput {
  return {
    ...as,
    StackSetName,
    PermissionModel: "SERVICE_MANAGED",
    AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: false },
    ManagedExecution: { Active: true },
    Capabilities: ["CAPABILITY_NAMED_IAM"],
    TemplateBody: templateOf(Resources),
    ...more,
  };
}

/** Stack sets of an organization; operations are waited for. */
export class Administration {
  readonly client: CloudFormationClient;
  readonly registrar: OrganizationsClient;

  private constructor(readonly world: World) {
    this.client = new CloudFormationClient(world.as(seedOf(world, security)));
    this.registrar = new OrganizationsClient(world.as(seedOf(world, management)));
  }

  /** Registers the administrator in an organization. */
  static async start(world: World): Promise<Administration> {
    const administration = new Administration(world);
    await administration.registrar.send(new RegisterDelegatedAdministratorCommand(registration));
    return administration;
  }

  async define(
    StackSetName: string,
    Resources: object,
    more: Partial<CreateStackSetCommandInput> = {},
  ): Promise<void> {
    await this.client.send(new CreateStackSetCommand(definition(StackSetName, Resources, more)));
  }

  async outcome(StackSetName: string, OperationId: string | undefined): Promise<StackSetOperation> {
    for (;;) {
      const { StackSetOperation } = await this.client.send(
        new DescribeStackSetOperationCommand({ ...as, StackSetName, OperationId }),
      );
      if (StackSetOperation?.EndTimestamp) return StackSetOperation;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async createIn(
    StackSetName: string,
    Regions = everywhere,
    OperationPreferences: StackSetOperationPreferences = { MaxConcurrentPercentage: 100 },
    DeploymentTargets = root,
  ): Promise<StackSetOperation> {
    const { OperationId } = await this.client.send(
      new CreateStackInstancesCommand({
        ...as,
        StackSetName,
        Regions,
        DeploymentTargets,
        OperationPreferences,
      }),
    );
    return this.outcome(StackSetName, OperationId);
  }

  async update(StackSetName: string, Resources: object): Promise<StackSetOperation> {
    const { OperationId } = await this.client.send(
      new UpdateStackSetCommand(definition(StackSetName, Resources)),
    );
    return this.outcome(StackSetName, OperationId);
  }

  async deleteFrom(StackSetName: string, Regions = everywhere): Promise<StackSetOperation> {
    const { OperationId } = await this.client.send(
      new DeleteStackInstancesCommand({
        ...as,
        StackSetName,
        Regions,
        DeploymentTargets: root,
        RetainStacks: false,
        OperationPreferences: { MaxConcurrentPercentage: 100 },
      }),
    );
    return this.outcome(StackSetName, OperationId);
  }

  async instancesOf(StackSetName: string): Promise<string[]> {
    const { Summaries = [] } = await this.client.send(
      new ListStackInstancesCommand({ ...as, StackSetName }),
    );
    return Summaries.map(({ Account, Region, Status }) => `${Account} ${Region} ${Status}`).sort();
  }

  async resultsOf(StackSetName: string, OperationId: string | undefined): Promise<string[]> {
    const { Summaries = [] } = await this.client.send(
      new ListStackSetOperationResultsCommand({ ...as, StackSetName, OperationId }),
    );
    return Summaries.map(({ Account, Region, Status }) => `${Account} ${Region} ${Status}`);
  }

  iamOf(account: string): IAMClient {
    return new IAMClient(this.world.as(seedOf(this.world, account)));
  }

  async roleOf(account: string, RoleName: string) {
    return (await this.iamOf(account).send(new GetRoleCommand({ RoleName }))).Role;
  }

  async lacks(account: string, RoleName: string): Promise<boolean> {
    return (await errorOf(this.roleOf(account, RoleName))).name === "NoSuchEntityException";
  }

  /** What an account and region hold of the template of a forwarding rule. */
  async standing(account: string, region: string) {
    const settings = { ...this.world.as(seedOf(this.world, account)), region };
    const [{ Roles = [] }, { QueueUrls = [] }, { Rules = [] }] = await Promise.all([
      new IAMClient(settings).send(new ListRolesCommand({})),
      new SQSClient(settings).send(new ListQueuesCommand({})),
      new EventBridgeClient(settings).send(new ListRulesCommand({})),
    ]);
    return [
      ...Roles.map(({ RoleName = "" }) => RoleName).filter((name) => name === `forward-${region}`),
      ...QueueUrls.map((url) => url.split("/").at(-1)),
      ...Rules.map(({ Name }) => Name),
    ];
  }
}
