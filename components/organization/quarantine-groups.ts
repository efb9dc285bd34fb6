/** The group an isolated interface is moved into, standing in every VPC before it is needed. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  cordonTag,
  quarantineEgress,
  quarantineGroupDescription,
  quarantineGroupName,
  quarantineTagValue,
} from "../../functions/remediate/quarantine-group";

export interface QuarantineGroupsArgs {
  /** The account that owns the interfaces: a shared VPC takes one group for each participant. */
  readonly account: string;
  readonly vpcs: readonly {
    readonly region: string;
    readonly id: string;
    /** Security groups of the VPC's SSM endpoints. */
    readonly endpointGroups: readonly string[];
    /** Group that a response made here: used as it stands, for EC2 allows no second of its name. */
    readonly madeByResponse?: string;
  }[];
}

/** One closed group a VPC of one account: nothing in, and out only to the SSM endpoints. */
export class QuarantineGroups extends pulumi.ComponentResource {
  /** "account/region/vpc" to group id. */
  readonly groupIds: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(
    name: string,
    args: QuarantineGroupsArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:organization:QuarantineGroups", name, {}, opts);
    this.groupIds = Object.fromEntries(
      args.vpcs.map((vpc) => [
        `${args.account}/${vpc.region}/${vpc.id}`,
        vpc.madeByResponse === undefined
          ? this.createGroup(`${name}-${vpc.region}-${vpc.id}`, vpc).id
          : pulumi.output(vpc.madeByResponse),
      ]),
    );
    this.registerOutputs({ groupIds: this.groupIds });
  }

  private createGroup(
    name: string,
    vpc: QuarantineGroupsArgs["vpcs"][number],
  ): aws.ec2.SecurityGroup {
    // No rules inline, not even empty lists: the provider would then own the whole rule set and
    // remove the rules below at the next refresh. It always revokes the egress EC2 starts with.
    const group = new aws.ec2.SecurityGroup(
      name,
      {
        region: vpc.region,
        vpcId: vpc.id,
        name: quarantineGroupName,
        description: quarantineGroupDescription,
        tags: { [cordonTag]: quarantineTagValue },
      },
      { parent: this },
    );
    for (const { protocol, fromPort, toPort, peer } of quarantineEgress(vpc.endpointGroups)) {
      if (!("group" in peer)) {
        throw new pulumi.RunError(`${quarantineGroupName} may send to groups only`);
      }
      new aws.vpc.SecurityGroupEgressRule(
        `${name}-${peer.group}`,
        {
          region: vpc.region,
          securityGroupId: group.id,
          referencedSecurityGroupId: peer.group,
          ipProtocol: protocol,
          fromPort: fromPort!,
          toPort: toPort!,
        },
        { parent: group },
      );
    }
    return group;
  }
}
