/**
 * What the member baseline is made of, as data: one definition, from which a StackSet's template and
 * the resources of the direct mode are both made.
 *
 * Types and properties are CloudFormation's own. Names are fixed and so every ARN can be written
 * down: no resource refers to another by Ref or Fn::GetAtt.
 */
import type { PolicyDocument } from "../../../functions/model/policy-document";

/**
 * The account and region of a baseline. In a template these are CloudFormation's pseudo parameters, as in
 * "${AWS::AccountId}", and every text that holds one becomes an Fn::Sub.
 */
export interface BaselinePlace {
  readonly account: string;
  readonly region: string;
}

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface Properties {
  readonly "AWS::IAM::Role": {
    readonly RoleName: string;
    readonly Description: string;
    readonly AssumeRolePolicyDocument: PolicyDocument;
    readonly Policies: readonly {
      readonly PolicyName: string;
      readonly PolicyDocument: PolicyDocument;
    }[];
    /** Seconds. */
    readonly MaxSessionDuration?: number;
    readonly Path?: string;
    /** ARN of a policy. */
    readonly PermissionsBoundary?: string;
    readonly Tags?: readonly Tag[];
  };
  readonly "AWS::SQS::Queue": {
    readonly QueueName: string;
    /** Seconds. */
    readonly MessageRetentionPeriod: number;
    readonly SqsManagedSseEnabled: boolean;
  };
  readonly "AWS::SQS::QueuePolicy": {
    /** URLs. */
    readonly Queues: readonly string[];
    readonly PolicyDocument: PolicyDocument;
  };
  /** Of the default bus. */
  readonly "AWS::Events::Rule": {
    readonly Name: string;
    readonly Description: string;
    readonly EventPattern: object;
    readonly State: "ENABLED";
    readonly Targets: readonly {
      readonly Id: string;
      readonly Arn: string;
      readonly RoleArn: string;
      readonly DeadLetterConfig: { readonly Arn: string };
    }[];
  };
  readonly "AWS::Config::ConfigRule": {
    readonly ConfigRuleName: string;
    readonly Description: string;
    readonly InputParameters: Readonly<Record<string, string>>;
    readonly MaximumExecutionFrequency:
      | "One_Hour"
      | "Three_Hours"
      | "Six_Hours"
      | "Twelve_Hours"
      | "TwentyFour_Hours";
    readonly Source: { readonly Owner: "AWS"; readonly SourceIdentifier: string };
  };
  readonly "AWS::SSM::Document": {
    readonly Name: string;
    readonly DocumentType: "Automation";
    readonly DocumentFormat: "JSON";
    readonly UpdateMethod: "NewVersion";
    readonly Content: object;
  };
  readonly "AWS::WAFv2::IPSet": {
    readonly Name: string;
    readonly Description: string;
    readonly Scope: "REGIONAL";
    readonly IPAddressVersion: "IPV4" | "IPV6";
    /** None: what is in it Cordon's responders put there, and an update that sets it takes it out. */
    readonly Addresses: readonly never[];
  };
  readonly "AWS::Config::RemediationConfiguration": {
    readonly ConfigRuleName: string;
    readonly TargetType: "SSM_DOCUMENT";
    readonly TargetId: string;
    readonly Automatic: true;
    readonly MaximumAutomaticAttempts: number;
    readonly RetryAttemptSeconds: number;
    readonly Parameters: Readonly<
      Record<
        string,
        | { readonly StaticValue: { readonly Values: readonly string[] } }
        | { readonly ResourceValue: { readonly Value: "RESOURCE_ID" } }
      >
    >;
  };
}

export type BaselineType = keyof Properties;

/** One resource; `id` is its logical id: letters and digits, unique within the baseline. */
export type BaselineResource = {
  readonly [T in BaselineType]: {
    readonly id: string;
    readonly type: T;
    readonly properties: Properties[T];
    /** Logical ids of the resources that must exist before it. */
    readonly dependsOn?: readonly string[];
  };
}[BaselineType];

/** A part of the baseline: its resources in one account and region. */
export type BaselinePart = (place: BaselinePlace) => readonly BaselineResource[];
