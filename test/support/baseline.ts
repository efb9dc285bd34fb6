/** One part of the member baseline by both its renderers, written alike so that they compare. */
import { DirectBaseline } from "../../components/organization/baseline/direct-baseline";
import type { BaselinePart } from "../../components/organization/baseline/resource";
import { template } from "../../components/organization/baseline/template";
import { type Recording, record } from "./recorder";

export const args = {
  homeRegion: "us-east-1",
  securityAccount: "444455556666",
  organizationId: "o-exampleorgid",
  externalId: "cordon-prod",
  breakGlassRoles: ["break-glass/*"],
  breakGlassUsers: ["rescue/*"],
  deploymentRole: "cordon-deploy",
  rolePath: "/",
};
/** Where the parts are read. */
const place = { account: "777788889999", region: "eu-west-1" };

/** What the direct mode registers there. */
export const direct = (part: BaselinePart) =>
  record(() => new DirectBaseline("one", { part, place }));

/** The resources of a template, as CloudFormation fills them in at the place. */
// biome-ignore lint/suspicious/noExplicitAny: a template has any shape
export function inTemplate(part: BaselinePart): Record<string, any> {
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== "object" || value === null) return value;
    const { "Fn::Sub": text } = value as { "Fn::Sub"?: string };
    if (text !== undefined) {
      return text
        .replaceAll(`\${AWS::AccountId}`, "777788889999")
        .replaceAll(`\${AWS::Region}`, "eu-west-1")
        .replaceAll("${!", "${");
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each)]));
  };
  const { Resources } = JSON.parse(template("one", "One", part));
  return fill(Resources) as ReturnType<typeof inTemplate>;
}

/** What the direct mode registered, written as CloudFormation has it, by type and name. */
export function asCloudFormation({
  resources,
  ofType,
}: Recording<unknown>): Record<string, object> {
  const found: Record<string, object> = {};
  const policiesOf = (role: string) =>
    ofType("aws:iam/rolePolicy:RolePolicy")
      .filter(({ inputs }) => inputs.role === role)
      .map(({ inputs }) => ({
        PolicyName: inputs.name,
        PolicyDocument: JSON.parse(inputs.policy),
      }));
  for (const { type, inputs } of resources) {
    if (type === "aws:iam/role:Role") {
      found[`AWS::IAM::Role ${inputs.name}`] = {
        RoleName: inputs.name,
        Description: inputs.description,
        AssumeRolePolicyDocument: JSON.parse(inputs.assumeRolePolicy),
        Policies: policiesOf(inputs.name),
        ...(inputs.maxSessionDuration && { MaxSessionDuration: inputs.maxSessionDuration }),
        ...(inputs.tags && {
          Tags: Object.entries(inputs.tags).map(([Key, Value]) => ({ Key, Value })),
        }),
        Path: inputs.path,
        ...(inputs.permissionsBoundary && { PermissionsBoundary: inputs.permissionsBoundary }),
      };
    }
    if (type === "aws:sqs/queue:Queue") {
      found[`AWS::SQS::Queue ${inputs.name}`] = {
        QueueName: inputs.name,
        MessageRetentionPeriod: inputs.messageRetentionSeconds,
        SqsManagedSseEnabled: inputs.sqsManagedSseEnabled,
      };
    }
    if (type === "aws:sqs/queuePolicy:QueuePolicy") {
      const queue = ofType("aws:sqs/queue:Queue").find(
        ({ name }) => `url:${name}` === inputs.queueUrl,
      );
      found[`AWS::SQS::QueuePolicy ${queue?.inputs.name}`] = {
        Queues: [`https://sqs.eu-west-1.amazonaws.com/777788889999/${queue?.inputs.name}`],
        PolicyDocument: JSON.parse(inputs.policy),
      };
    }
    if (type === "aws:cloudwatch/eventRule:EventRule") {
      found[`AWS::Events::Rule ${inputs.name}`] = {
        Name: inputs.name,
        Description: inputs.description,
        EventPattern: JSON.parse(inputs.eventPattern),
        State: inputs.state,
        Targets: ofType("aws:cloudwatch/eventTarget:EventTarget")
          .filter((target) => target.inputs.rule === inputs.name)
          .map((target) => ({
            Id: target.inputs.targetId,
            Arn: target.inputs.arn,
            RoleArn: target.inputs.roleArn,
            DeadLetterConfig: { Arn: target.inputs.deadLetterConfig.arn },
          })),
      };
    }
    if (type === "aws:cfg/rule:Rule") {
      found[`AWS::Config::ConfigRule ${inputs.name}`] = {
        ConfigRuleName: inputs.name,
        Description: inputs.description,
        InputParameters: JSON.parse(inputs.inputParameters),
        MaximumExecutionFrequency: inputs.maximumExecutionFrequency,
        Source: {
          Owner: inputs.source.owner,
          SourceIdentifier: inputs.source.sourceIdentifier,
        },
      };
    }
    if (type === "aws:ssm/document:Document") {
      found[`AWS::SSM::Document ${inputs.name}`] = {
        Name: inputs.name,
        DocumentType: inputs.documentType,
        DocumentFormat: inputs.documentFormat,
        UpdateMethod: "NewVersion",
        Content: JSON.parse(inputs.content),
      };
    }
    if (type === "aws:cfg/remediationConfiguration:RemediationConfiguration") {
      found[`AWS::Config::RemediationConfiguration ${inputs.configRuleName}`] = {
        ConfigRuleName: inputs.configRuleName,
        TargetType: inputs.targetType,
        TargetId: inputs.targetId,
        Automatic: inputs.automatic,
        MaximumAutomaticAttempts: inputs.maximumAutomaticAttempts,
        RetryAttemptSeconds: inputs.retryAttemptSeconds,
        Parameters: Object.fromEntries(
          inputs.parameters.map(
            (each: Record<"name" | "staticValue" | "resourceValue", string | undefined>) => [
              each.name,
              each.resourceValue === undefined
                ? { StaticValue: { Values: [each.staticValue] } }
                : { ResourceValue: { Value: each.resourceValue } },
            ],
          ),
        ),
      };
    }
  }
  return found;
}

/** The properties of a template's resources there, by type and name. */
export function named(part: BaselinePart): Record<string, object> {
  return Object.fromEntries(
    Object.values(inTemplate(part)).map(({ Type, Properties }) => {
      const { RoleName, QueueName, Queues, Name, ConfigRuleName } = Properties;
      const name = RoleName ?? QueueName ?? Name ?? ConfigRuleName;
      return [`${Type} ${name ?? Queues[0].split("/").at(-1)}`, Properties];
    }),
  );
}
