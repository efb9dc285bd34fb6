/** What the local provider knows. A type that is absent here is refused by name. */
import type * as z from "zod/mini";
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
  /** What the inputs of such types must be, by type. @default unchecked */
  readonly recordedInputs?: Load<z.ZodMiniType>;
}

const cfg = async () => (await import("./types/cfg")).resources;
const cloudformation = async () => (await import("./types/cloudformation")).resources;
const cloudwatch = async () => (await import("./types/cloudwatch")).resources;
const dynamodb = async () => (await import("./types/dynamodb")).resources;
const ec2 = async () => (await import("./types/ec2")).resources;
const ec2Invokes = async () => (await import("./types/ec2")).invokes;
const events = async () => (await import("./types/events")).resources;
const guardDuty = async () => (await import("./types/guardduty")).resources;
const guardDutyInvokes = async () => (await import("./types/guardduty")).invokes;
const iam = async () => (await import("./types/iam")).resources;
const identity = async () => (await import("./types/identity")).invokes;
const kms = async () => (await import("./types/kms")).resources;
const lambda = async () => (await import("./types/lambda")).resources;
const logs = async () => (await import("./types/logs")).resources;
const serviceControlPolicies = async () =>
  (await import("./types/service-control-policies")).resources;
const organizations = async () => (await import("./types/organizations")).resources;
const organizationsInvokes = async () => (await import("./types/organizations")).invokes;
const s3 = async () => (await import("./types/s3")).resources;
const securityHub = async () => (await import("./types/security-hub")).resources;
const serviceLinkedRole = async () => (await import("./types/service-linked-role")).resources;
const serviceLinkedRoleInvokes = async () => (await import("./types/service-linked-role")).invokes;
const sfn = async () => (await import("./types/sfn")).resources;
const sns = async () => (await import("./types/sns")).resources;
const ssm = async () => (await import("./types/ssm")).resources;
const ssmInvokes = async () => (await import("./types/ssm")).invokes;
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
    "aws:guardduty/detector:Detector": guardDuty,
    "aws:guardduty/detectorFeature:DetectorFeature": guardDuty,
    "aws:guardduty/filter:Filter": guardDuty,
    "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount": guardDuty,
    "aws:iam/role:Role": iam,
    "aws:iam/rolePolicy:RolePolicy": iam,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": iam,
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": serviceLinkedRole,
    "aws:kms/alias:Alias": kms,
    "aws:kms/key:Key": kms,
    "aws:lambda/eventSourceMapping:EventSourceMapping": lambda,
    "aws:lambda/function:Function": lambda,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": lambda,
    "aws:lambda/functionUrl:FunctionUrl": lambda,
    "aws:lambda/permission:Permission": lambda,
    "aws:organizations/policy:Policy": serviceControlPolicies,
    "aws:organizations/policyAttachment:PolicyAttachment": serviceControlPolicies,
    "aws:organizations/awsServiceAccess:AwsServiceAccess": organizations,
    "aws:organizations/delegatedAdministrator:DelegatedAdministrator": organizations,
    "aws:s3/bucket:Bucket": s3,
    "aws:s3/bucketObjectv2:BucketObjectv2": s3,
    "aws:s3/bucketPolicy:BucketPolicy": s3,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": s3,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": s3,
    "aws:securityhub/account:Account": securityHub,
    "aws:securityhub/organizationAdminAccount:OrganizationAdminAccount": securityHub,
    "aws:sfn/stateMachine:StateMachine": sfn,
    "aws:sns/topic:Topic": sns,
    "aws:sns/topicPolicy:TopicPolicy": sns,
    "aws:sns/topicSubscription:TopicSubscription": sns,
    "aws:sqs/queue:Queue": sqs,
    "aws:sqs/queuePolicy:QueuePolicy": sqs,
    "aws:ssm/document:Document": ssm,
    "aws:ssm/parameter:Parameter": ssm,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ec2,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ec2,
  },
  invokes: {
    "aws:ec2/getSecurityGroups:getSecurityGroups": ec2Invokes,
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": ec2Invokes,
    "aws:ec2/getVpcs:getVpcs": ec2Invokes,
    "aws:iam/getSessionContext:getSessionContext": identity,
    "aws:guardduty/getDetector:getDetector": guardDutyInvokes,
    "aws:iam/getRole:getRole": serviceLinkedRoleInvokes,
    "aws:iam/getRoles:getRoles": serviceLinkedRoleInvokes,
    "aws:index/getCallerIdentity:getCallerIdentity": identity,
    "aws:index/getPartition:getPartition": identity,
    "aws:index/getRegion:getRegion": identity,
    "aws:organizations/getEntityPath:getEntityPath": organizationsInvokes,
    "aws:ssm/getParametersByPath:getParametersByPath": ssmInvokes,
  },
  recordedOnly: {
    "aws:cfg/organizationConformancePack:OrganizationConformancePack":
      "the emulator has neither AWS Config's rules nor its conformance packs",
    "aws:guardduty/iPSet:IPSet": "the emulator has no lists",
    "aws:guardduty/organizationConfiguration:OrganizationConfiguration":
      "the emulator has no members",
    "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature":
      "the emulator has no members",
    "aws:guardduty/publishingDestination:PublishingDestination": "the emulator has no publishing",
    "aws:securityhub/actionTarget:ActionTarget": "the emulator has no actions",
    "aws:securityhub/configurationPolicy:ConfigurationPolicy":
      "the emulator has no central configuration",
    "aws:securityhub/configurationPolicyAssociation:ConfigurationPolicyAssociation":
      "the emulator has no central configuration",
    "aws:securityhub/findingAggregator:FindingAggregator": "the emulator sees one region at a time",
    "aws:securityhub/organizationConfiguration:OrganizationConfiguration":
      "the emulator has no central configuration",
  },
  recordedInputs: async () => (await import("./types/recorded")).recordedInputs,
};
