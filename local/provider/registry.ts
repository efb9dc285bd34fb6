/** What the local provider knows. A type that is absent here is refused by name. */
import type { Invoke, ResourceType } from "./resource-type";

type Load<T> = () => Promise<Record<string, T>>;

export interface Registry {
  /** Loads a module by resource type: a process pays only for the SDK clients that it uses. */
  readonly resources: Readonly<Record<string, Load<ResourceType>>>;
  readonly invokes: Readonly<Record<string, Load<Invoke>>>;
  /**
   * Types that the local organization writes down and does not carry out, each with the reason.
   * Every resource of such a type is reported as "recorded, not emulated".
   */
  readonly recordedOnly: Readonly<Record<string, string>>;
}

const cfg = async () => (await import("./types/cfg")).resources;
const cloudformation = async () => (await import("./types/cloudformation")).resources;
const cloudwatch = async () => (await import("./types/cloudwatch")).resources;
const dynamodb = async () => (await import("./types/dynamodb")).resources;
const ec2 = async () => (await import("./types/ec2")).resources;
const ec2Invokes = async () => (await import("./types/ec2")).invokes;
const events = async () => (await import("./types/events")).resources;
const iam = async () => (await import("./types/iam")).resources;
const identity = async () => (await import("./types/identity")).invokes;
const kms = async () => (await import("./types/kms")).resources;
const lambda = async () => (await import("./types/lambda")).resources;
const logs = async () => (await import("./types/logs")).resources;
const sfn = async () => (await import("./types/sfn")).resources;
const sns = async () => (await import("./types/sns")).resources;
const ssm = async () => (await import("./types/ssm")).resources;
const sqs = async () => (await import("./types/sqs")).resources;

export const registry: Registry = {
  resources: {
    "aws:cfg/remediationConfiguration:RemediationConfiguration": cfg,
    "aws:cfg/rule:Rule": cfg,
    "aws:cloudformation/stackInstances:StackInstances": cloudformation,
    "aws:cloudformation/stackSet:StackSet": cloudformation,
    "aws:cloudwatch/eventBus:EventBus": events,
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": events,
    "aws:cloudwatch/eventRule:EventRule": events,
    "aws:cloudwatch/eventTarget:EventTarget": events,
    "aws:cloudwatch/logGroup:LogGroup": logs,
    "aws:cloudwatch/metricAlarm:MetricAlarm": cloudwatch,
    "aws:dynamodb/table:Table": dynamodb,
    "aws:ec2/securityGroup:SecurityGroup": ec2,
    "aws:iam/role:Role": iam,
    "aws:iam/rolePolicy:RolePolicy": iam,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": iam,
    "aws:kms/alias:Alias": kms,
    "aws:kms/key:Key": kms,
    "aws:lambda/eventSourceMapping:EventSourceMapping": lambda,
    "aws:lambda/function:Function": lambda,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": lambda,
    "aws:lambda/permission:Permission": lambda,
    "aws:sfn/stateMachine:StateMachine": sfn,
    "aws:sns/topic:Topic": sns,
    "aws:sns/topicPolicy:TopicPolicy": sns,
    "aws:sns/topicSubscription:TopicSubscription": sns,
    "aws:sqs/queue:Queue": sqs,
    "aws:sqs/queuePolicy:QueuePolicy": sqs,
    "aws:ssm/document:Document": ssm,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ec2,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ec2,
  },
  invokes: {
    "aws:ec2/getSecurityGroups:getSecurityGroups": ec2Invokes,
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": ec2Invokes,
    "aws:ec2/getVpcs:getVpcs": ec2Invokes,
    "aws:index/getCallerIdentity:getCallerIdentity": identity,
    "aws:index/getPartition:getPartition": identity,
    "aws:index/getRegion:getRegion": identity,
  },
  recordedOnly: {},
};
