/** The one bus on which everything meets that Cordon may have to answer. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { externalAccess, rootSignIns } from "../../functions/catalogue/account-events";
import { driftCalls } from "../../functions/catalogue/calls";
import {
  automationChanges,
  complianceChanges,
  guardDutyFindings,
  healthRiskEvents,
  trustedAdvisorEvents,
} from "../../functions/catalogue/patterns";
import { customActionEvents } from "../../functions/catalogue/security-hub-actions";
import { importedEvents, importedV2Events } from "../../functions/catalogue/security-hub-imports";

export interface HubBusArgs {
  readonly securityAccount: string;
  readonly organizationId: string;
  /** IAM path of the forwarders' roles. */
  readonly rolePath: string;
}

const hubBusName = "cordon-hub";

/** Writes the hub's ARN down: what is deployed apart from the hub cannot ask for it. */
export function hubBusArn(hub: {
  readonly homeRegion: string;
  readonly securityAccount: string;
}): string {
  return `arn:aws:events:${hub.homeRegion}:${hub.securityAccount}:event-bus/${hubBusName}`;
}

/** Names a role with which rules send to the hub, by region or by what; the hub admits no other principal. */
export function forwarderRoleName(what: string): string {
  return `cordon-forward-${what}`;
}

/** The hub bus, closed to all but the forwarding rules and to all but what they forward. */
export class HubBus extends pulumi.ComponentResource {
  readonly busArn: pulumi.Output<string>;
  readonly busName: pulumi.Output<string>;

  constructor(name: string, args: HubBusArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:HubBus", name, {}, opts);
    const bus = new aws.cloudwatch.EventBus(`${name}-bus`, { name: hubBusName }, { parent: this });
    new aws.cloudwatch.EventBusPolicy(
      `${name}-policy`,
      { eventBusName: bus.name, policy: pulumi.jsonStringify(busPolicy(args, bus.arn)) },
      { parent: this },
    );
    this.busArn = bus.arn;
    this.busName = bus.name;
    this.registerOutputs({ busArn: this.busArn, busName: this.busName });
  }
}

/**
 * Admits of each source's events those that its forwarders send: GuardDuty's and Security Hub's of
 * the security account alone; of any account of the organization Trusted Advisor's, AWS Health's,
 * AWS Config's, Access Analyzer's, what CloudTrail reports of EC2, IAM and sign-ins, and how Systems
 * Manager's automations ended.
 * "Anyone in the organization" would let any principal with PutEvents inject findings and aim the
 * responders.
 *
 * Who administers a member can make a role cordon-forward-anything and use it here. That admits no
 * more than genuine events of that account: PutEvents takes the sources of AWS from AWS alone,
 * and a forwarded event keeps the envelope that EventBridge wrote, its account included, which is
 * the account that is acted in. Such a member can withhold its own events, as it could end its own
 * trail. It can send them again, and others of the same kind: rules of AWS Config cause one notice
 * a day and rule, automations one a week; an exposed key that was answered is a duplicate; what is said of
 * root and of access from outside again is no news; calls cause looks at its open incidents, whose number
 * is bounded; and of calls, of AWS Health, of sign-ins and of automations no rule here takes more than is
 * forwarded.
 */
function busPolicy(args: HubBusArgs, busArn: pulumi.Input<string>): object {
  const [ec2Calls, iamCalls] = driftCalls;
  const { securityAccount, organizationId, rolePath } = args;
  const forwarders = (account: string) =>
    `arn:aws:iam::${account}:role${rolePath}${forwarderRoleName("*")}`;
  const admit = (
    Sid: string,
    principals: string,
    { source, detailType }: { readonly source: string; readonly detailType: string },
  ) => ({
    Sid,
    Effect: "Allow",
    Principal: "*",
    Action: "events:PutEvents",
    Resource: busArn,
    Condition: {
      ArnLike: { "aws:PrincipalArn": principals },
      StringEquals: { "aws:PrincipalOrgID": organizationId },
      // Both keys hold one value per entry of the call, and ForAllValues holds for none at all.
      "ForAllValues:StringEquals": {
        "events:source": [source],
        "events:detail-type": [detailType],
      },
      Null: { "events:source": "false", "events:detail-type": "false" },
    },
  });
  return {
    Version: "2012-10-17",
    Statement: [
      admit("GuardDutyFindings", forwarders(securityAccount), {
        source: guardDutyFindings.source[0]!,
        detailType: guardDutyFindings["detail-type"][0]!,
      }),
      admit("SecurityHubActions", forwarders(securityAccount), customActionEvents),
      admit("ImportedFindings", forwarders(securityAccount), importedEvents),
      admit("ImportedFindingsV2", forwarders(securityAccount), importedV2Events),
      admit("TrustedAdvisorItems", forwarders("*"), trustedAdvisorEvents),
      admit("HealthEvents", forwarders("*"), healthRiskEvents),
      admit("Ec2Calls", forwarders("*"), ec2Calls),
      admit("IamCalls", forwarders("*"), iamCalls),
      admit("RootSignIns", forwarders("*"), rootSignIns),
      admit("ComplianceChanges", forwarders("*"), complianceChanges),
      admit("ExternalAccess", forwarders("*"), externalAccess),
      admit("FailedReports", forwarders("*"), automationChanges),
    ],
  };
}
