/** The one bus on which everything meets that Cordon may have to answer. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { guardDutyFindings } from "../../functions/patterns";

export interface HubBusArgs {
  readonly partition: string;
  readonly securityAccount: string;
  readonly organizationId: string;
}

/** Names the role with which one region's rules send to the hub; the hub admits nobody else. */
export function forwarderRoleName(region: string): string {
  return `cordon-forward-${region}`;
}

/** The hub bus, closed to all but the forwarding rules and to all but what they forward. */
export class HubBus extends pulumi.ComponentResource {
  readonly busArn: pulumi.Output<string>;
  readonly busName: pulumi.Output<string>;

  constructor(name: string, args: HubBusArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:detect:HubBus", name, {}, opts);
    const bus = new aws.cloudwatch.EventBus(
      `${name}-bus`,
      { name: "cordon-hub" },
      { parent: this },
    );
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
 * Admits GuardDuty's findings from the security account's forwarders. "Anyone in the organization"
 * would let any principal with PutEvents inject findings and aim the responders.
 */
function busPolicy(args: HubBusArgs, busArn: pulumi.Input<string>): object {
  const { partition, securityAccount, organizationId } = args;
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "GuardDutyFindings",
        Effect: "Allow",
        Principal: "*",
        Action: "events:PutEvents",
        Resource: busArn,
        Condition: {
          ArnLike: {
            "aws:PrincipalArn": `arn:${partition}:iam::${securityAccount}:role/${forwarderRoleName("*")}`,
          },
          StringEquals: { "aws:PrincipalOrgID": organizationId },
          // Both keys hold one value per entry of the call, and ForAllValues holds for none at all.
          "ForAllValues:StringEquals": {
            "events:source": guardDutyFindings.source,
            "events:detail-type": guardDutyFindings["detail-type"],
          },
          Null: { "events:source": "false", "events:detail-type": "false" },
        },
      },
    ],
  };
}
