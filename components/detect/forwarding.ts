/** Carries one account's and region's events to the hub. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  complianceEvents,
  complianceRules,
  containActions,
  exposureEvents,
  type Forwarded,
  forwardingDeadLetters,
  forwardingRuleName,
  guardDutyFindings,
  networkEvents,
} from "../../functions/patterns";
import { admitRule, deadLetterQueue } from "../queued-function";
import { forwarderRoleName } from "./hub-bus";

export type { Forwarded } from "../../functions/patterns";

export interface ForwardingArgs {
  readonly what: Forwarded;
  /** The region whose default bus is read. */
  readonly region: string;
  /** The account whose default bus is read. */
  readonly account: string;
  readonly hubBusArn: pulumi.Input<string>;
}

const forwarded: Readonly<
  Record<
    Forwarded,
    { readonly words: string; readonly pattern: object; role(region: string): string }
  >
> = {
  guardduty: { words: "GuardDuty findings", pattern: guardDutyFindings, role: forwarderRoleName },
  "security-hub": {
    words: "what people send by Security Hub's custom action",
    pattern: containActions,
    role: () => forwarderRoleName("security-hub"),
  },
  exposures: {
    words: "exposed credentials of Trusted Advisor and AWS Health",
    pattern: exposureEvents,
    role: () => forwarderRoleName("exposures"),
  },
  // Roles are of the whole account, and these two are forwarded from each of its regions.
  network: {
    words: "changes of VPCs and their endpoints",
    pattern: networkEvents,
    role: (region) => forwarderRoleName(`network-${region}`),
  },
  compliance: {
    words: "what breaks the listed rules of AWS Config",
    pattern: complianceEvents(Object.keys(complianceRules)),
    role: (region) => forwarderRoleName(`compliance-${region}`),
  },
};

/**
 * Sends events from a default bus to the hub in one hop: EventBridge does not pass a received event
 * on to a third bus.
 */
export class Forwarding extends pulumi.ComponentResource {
  constructor(name: string, args: ForwardingArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:detect:Forwarding", name, {}, opts);
    const rule = this.createRule(name, args);
    const role = this.createRole(name, args);
    const policy = this.allowHub(name, args, role);
    const deadLetters = this.createDeadLetters(name, args);
    const admission = admitRule(
      `${name}-dead-letters-policy`,
      deadLetters,
      rule,
      { parent: this },
      args.region,
    );
    new aws.cloudwatch.EventTarget(
      `${name}-target`,
      {
        region: args.region,
        rule: rule.name,
        targetId: "cordon-hub",
        arn: args.hubBusArn,
        roleArn: role.arn,
        deadLetterConfig: { arn: deadLetters.arn },
      },
      { parent: this, dependsOn: [policy, admission] },
    );
    this.registerOutputs({});
  }

  private createRule(name: string, args: ForwardingArgs): aws.cloudwatch.EventRule {
    const { words, pattern } = forwarded[args.what];
    return new aws.cloudwatch.EventRule(
      `${name}-rule`,
      {
        region: args.region,
        name: forwardingRuleName(args.what),
        description: `Forwards ${words} to Cordon's hub`,
        eventPattern: JSON.stringify(pattern),
      },
      { parent: this },
    );
  }

  private createRole(name: string, args: ForwardingArgs): aws.iam.Role {
    const { words, role } = forwarded[args.what];
    return new aws.iam.Role(
      `${name}-role`,
      {
        name: role(args.region),
        description: `Forwards ${words} of ${args.region} to Cordon's hub`,
        assumeRolePolicy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sts:AssumeRole",
              // Another account's rule must not be able to borrow the role.
              Condition: { StringEquals: { "aws:SourceAccount": args.account } },
            },
          ],
        }),
      },
      { parent: this },
    );
  }

  private allowHub(name: string, args: ForwardingArgs, role: aws.iam.Role): aws.iam.RolePolicy {
    return new aws.iam.RolePolicy(
      `${name}-policy`,
      {
        name: "hub",
        role: role.name,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "events:PutEvents", Resource: args.hubBusArn }],
        }),
      },
      { parent: this },
    );
  }

  /** EventBridge takes a dead-letter queue in the rule's own account and region only. */
  private createDeadLetters(name: string, args: ForwardingArgs): aws.sqs.Queue {
    return deadLetterQueue(
      `${name}-dead-letters`,
      forwardingDeadLetters(args.what),
      { parent: this },
      args.region,
    );
  }
}
