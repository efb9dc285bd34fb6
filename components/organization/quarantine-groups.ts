/** Creates each VPC's quarantine group, to which isolated interfaces are moved, before it is needed. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  cordonTag,
  quarantineGroupDescription,
  quarantineGroupName,
  quarantineTagValue,
} from "../../functions/catalogue/quarantine-group";

export interface QuarantineGroupsArgs {
  /** The account that owns the interfaces: a shared VPC takes one group for each participant. */
  readonly account: string;
  readonly vpcs: readonly {
    readonly region: string;
    readonly id: string;
    /** Group that a response or the sweeper made here: used unchanged, for EC2 allows no second of its name. */
    readonly madeByResponse?: string;
  }[];
}

/** One group a VPC of one account, without any rule: the sweeper sets its egress. */
export class QuarantineGroups extends pulumi.ComponentResource {
  /** "account/region/vpc" to group id. */
  readonly groupIds: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(
    name: string,
    args: QuarantineGroupsArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:QuarantineGroups", name, {}, opts);
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

  /**
   * Declares the group and none of its rules, which the sweeper and the responses keep as endpoints
   * come and go. A rule declared here would be refused as a duplicate where they were first, and
   * the engine would put back what they took out. An absent list, not an empty one, leaves the
   * rules alone; the provider revokes the egress that EC2 gives a new group.
   */
  private createGroup(
    name: string,
    vpc: QuarantineGroupsArgs["vpcs"][number],
  ): aws.ec2.SecurityGroup {
    return new aws.ec2.SecurityGroup(
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
  }
}
