/** Renders a part of the baseline as resources of one account and region, for the direct mode. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checkSizes } from "./limits";
import type { BaselinePart, BaselinePlace, BaselineResource, BaselineType } from "./resource";

export interface DirectBaselineArgs {
  readonly part: BaselinePart;
  /** The account and region; the provider must be the account's. */
  readonly place: BaselinePlace;
  /** Resources that must exist before all of it: the hub. */
  readonly after?: readonly pulumi.Resource[];
}

/** One part, in one account and region. */
export class DirectBaseline extends pulumi.ComponentResource {
  constructor(name: string, args: DirectBaselineArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:DirectBaseline", name, {}, opts);
    const resources = args.part(args.place);
    checkSizes(resources);
    const made = new Map<string, readonly pulumi.Resource[]>();
    for (const resource of resources) {
      const before = (resource.dependsOn ?? []).flatMap((id) => existing(made, id));
      const make = makers[resource.type] as Maker<BaselineType>;
      made.set(
        resource.id,
        make(resource, {
          region: args.place.region,
          before,
          name: (suffix = "") => `${name}-${kebab(resource.id)}${suffix}`,
          options: (also = []) => ({
            parent: this,
            dependsOn: [...(args.after ?? []), ...before, ...also],
          }),
        }),
      );
    }
    this.registerOutputs({});
  }
}

type Resource<T extends BaselineType> = Extract<BaselineResource, { readonly type: T }>;

interface Making {
  readonly region: string;
  /** The resources that this one depends on. */
  readonly before: readonly pulumi.Resource[];
  name(suffix?: string): string;
  options(also?: readonly pulumi.Resource[]): pulumi.CustomResourceOptions;
}

type Maker<T extends BaselineType> = (
  resource: Resource<T>,
  making: Making,
) => readonly pulumi.Resource[];

const makers: { readonly [T in BaselineType]: Maker<T> } = {
  "AWS::IAM::Role": ({ properties }, { name, options }) => {
    const { MaxSessionDuration, Path, PermissionsBoundary, Tags } = properties;
    const role = new aws.iam.Role(
      name(),
      {
        name: properties.RoleName,
        description: properties.Description,
        assumeRolePolicy: JSON.stringify(properties.AssumeRolePolicyDocument),
        ...(MaxSessionDuration !== undefined && { maxSessionDuration: MaxSessionDuration }),
        ...(Path !== undefined && { path: Path }),
        ...(PermissionsBoundary !== undefined && { permissionsBoundary: PermissionsBoundary }),
        ...(Tags !== undefined && {
          tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])),
        }),
      },
      options(),
    );
    const policies = properties.Policies.map(
      ({ PolicyName, PolicyDocument }) =>
        new aws.iam.RolePolicy(
          name(`-${PolicyName}`),
          { name: PolicyName, role: role.name, policy: JSON.stringify(PolicyDocument) },
          options(),
        ),
    );
    return [role, ...policies];
  },

  "AWS::SQS::Queue": ({ properties }, { region, name, options }) => [
    new aws.sqs.Queue(
      name(),
      {
        region,
        name: properties.QueueName,
        messageRetentionSeconds: properties.MessageRetentionPeriod,
        sqsManagedSseEnabled: properties.SqsManagedSseEnabled,
      },
      options(),
    ),
  ],

  "AWS::SQS::QueuePolicy": ({ id, properties }, { region, before, name, options }) => {
    const queue = before.find((each) => each instanceof aws.sqs.Queue);
    if (queue === undefined || properties.Queues.length !== 1) {
      throw new pulumi.RunError(`${id} must be of one queue, and depend on it`);
    }
    return [
      new aws.sqs.QueuePolicy(
        name(),
        { region, queueUrl: queue.url, policy: JSON.stringify(properties.PolicyDocument) },
        options(),
      ),
    ];
  },

  "AWS::Events::Rule": ({ properties }, { region, name, options }) => {
    const rule = new aws.cloudwatch.EventRule(
      name(),
      {
        region,
        name: properties.Name,
        description: properties.Description,
        eventPattern: JSON.stringify(properties.EventPattern),
        state: properties.State,
      },
      options(),
    );
    const targets = properties.Targets.map(
      ({ Id, Arn, RoleArn, DeadLetterConfig }) =>
        new aws.cloudwatch.EventTarget(
          name(`-${Id}`),
          {
            region,
            rule: rule.name,
            targetId: Id,
            arn: Arn,
            roleArn: RoleArn,
            deadLetterConfig: { arn: DeadLetterConfig.Arn },
          },
          options(),
        ),
    );
    return [rule, ...targets];
  },

  "AWS::Config::ConfigRule": ({ properties }, { region, name, options }) => [
    new aws.cfg.Rule(
      name(),
      {
        region,
        name: properties.ConfigRuleName,
        description: properties.Description,
        inputParameters: JSON.stringify(properties.InputParameters),
        maximumExecutionFrequency: properties.MaximumExecutionFrequency,
        source: {
          owner: properties.Source.Owner,
          sourceIdentifier: properties.Source.SourceIdentifier,
        },
      },
      options(),
    ),
  ],

  "AWS::SSM::Document": ({ properties }, { region, name, options }) => [
    new aws.ssm.Document(
      name(),
      {
        region,
        name: properties.Name,
        documentType: properties.DocumentType,
        documentFormat: properties.DocumentFormat,
        // A document of a newer schema gets a new version in place: what UpdateMethod asks for.
        content: JSON.stringify(properties.Content),
      },
      options(),
    ),
  ],

  "AWS::WAFv2::IPSet": ({ properties }, { region, name, options }) => [
    new aws.wafv2.IpSet(
      name(),
      {
        region,
        name: properties.Name,
        description: properties.Description,
        scope: properties.Scope,
        ipAddressVersion: properties.IPAddressVersion,
        addresses: [],
      },
      // They are the responders': a deployment must not let anybody in again.
      { ...options(), ignoreChanges: ["addresses"] },
    ),
  ],

  "AWS::Config::RemediationConfiguration": ({ properties }, { region, name, options }) => [
    new aws.cfg.RemediationConfiguration(
      name(),
      {
        region,
        configRuleName: properties.ConfigRuleName,
        targetType: properties.TargetType,
        targetId: properties.TargetId,
        automatic: properties.Automatic,
        maximumAutomaticAttempts: properties.MaximumAutomaticAttempts,
        retryAttemptSeconds: properties.RetryAttemptSeconds,
        // By name, as the provider reads them back: another order is a change on every run.
        parameters: Object.entries(properties.Parameters)
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([parameter, value]) => ({ name: parameter, ...operandOf(value) })),
      },
      options(),
    ),
  ],
};

type Parameter =
  Resource<"AWS::Config::RemediationConfiguration">["properties"]["Parameters"][string];

/** Writes a parameter's value as the provider reads it back: one static value on its own. */
function operandOf(value: Parameter) {
  if ("ResourceValue" in value) return { resourceValue: value.ResourceValue.Value };
  const [only, ...others] = value.StaticValue.Values;
  return others.length === 0
    ? { staticValue: only }
    : { staticValues: [...value.StaticValue.Values] };
}

function existing(
  made: ReadonlyMap<string, readonly pulumi.Resource[]>,
  id: string,
): readonly pulumi.Resource[] {
  const found = made.get(id);
  if (found === undefined) {
    throw new pulumi.RunError(`${id} must be defined before what depends on it`);
  }
  return found;
}

/** Turns a logical id into a name: "ForwardNetworkRule" becomes "forward-network-rule". */
function kebab(id: string): string {
  return id.replace(/(?<!^)([A-Z])/g, "-$1").toLowerCase();
}
