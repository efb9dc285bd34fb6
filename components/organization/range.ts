/** A harmless target for drills against GuardDuty's own findings. Exists in staging only. */
import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

export interface RangeArgs {
  readonly region: string;
}

/** Tag value by which responders and commands find the target. */
const rangeName = "cordon-range";
const network = "10.211.0.0/24";

/**
 * One small instance in a VPC without any way to the internet, reached through Session Manager. It
 * can look a name up, and that is enough: GuardDuty reports Backdoor:EC2/C&CActivity.B!DNS, of high
 * severity, of an instance that asks for guarddutyc2activityb.com, the test domain of its user guide.
 */
export class Range extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>;

  constructor(name: string, args: RangeArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:Range", name, {}, opts);
    const vpc = this.createNetwork(name, args);
    const group = this.createGroup(name, args, vpc);
    this.createEndpoints(name, args, vpc);
    const target = this.createTarget(name, args, vpc, group);
    this.instanceId = target.id;
    this.registerOutputs({ instanceId: this.instanceId });
  }

  private createNetwork(name: string, { region }: RangeArgs): awsx.ec2.Vpc {
    return new awsx.ec2.Vpc(
      `${name}-vpc`,
      {
        region,
        cidrBlock: network,
        numberOfAvailabilityZones: 1,
        subnetStrategy: "Auto",
        subnetSpecs: [{ type: "Isolated", name: rangeName }],
        natGateways: { strategy: "None" },
        // The endpoints' private names need both.
        enableDnsSupport: true,
        enableDnsHostnames: true,
        tags: { Name: rangeName },
      },
      { parent: this },
    );
  }

  /** Lets the target reach the endpoints; lets nothing in. */
  private createGroup(name: string, { region }: RangeArgs, vpc: awsx.ec2.Vpc) {
    const group = new aws.ec2.SecurityGroup(
      `${name}-target-group`,
      { region, vpcId: vpc.vpcId, name: rangeName, description: "Target of drills with Cordon" },
      { parent: this },
    );
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-target-egress`,
      {
        region,
        securityGroupId: group.id,
        cidrIpv4: network,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
      },
      { parent: this },
    );
    return group;
  }

  private createEndpoints(name: string, { region }: RangeArgs, vpc: awsx.ec2.Vpc): void {
    const group = new aws.ec2.SecurityGroup(
      `${name}-endpoint-group`,
      {
        region,
        vpcId: vpc.vpcId,
        name: `${rangeName}-endpoints`,
        description: "SSM endpoints of the range for drills with Cordon",
      },
      { parent: this },
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-endpoint-ingress`,
      {
        region,
        securityGroupId: group.id,
        // By network and not by group: a quarantined target must reach them, too.
        cidrIpv4: network,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
      },
      { parent: this },
    );
    for (const service of ["ssm", "ssmmessages", "ec2messages"]) {
      new aws.ec2.VpcEndpoint(
        `${name}-${service}`,
        {
          region,
          vpcId: vpc.vpcId,
          serviceName: `com.amazonaws.${region}.${service}`,
          vpcEndpointType: "Interface",
          subnetIds: vpc.isolatedSubnetIds,
          securityGroupIds: [group.id],
          privateDnsEnabled: true,
        },
        { parent: this },
      );
    }
  }

  private createTarget(
    name: string,
    { region }: RangeArgs,
    vpc: awsx.ec2.Vpc,
    group: aws.ec2.SecurityGroup,
  ): aws.ec2.Instance {
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: rangeName,
        description: "Lets the target of Cordon's drills be reached through Session Manager",
        assumeRolePolicy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "ec2.amazonaws.com" },
              Action: "sts:AssumeRole",
            },
          ],
        }),
      },
      { parent: this },
    );
    const attached = new aws.iam.RolePolicyAttachment(
      `${name}-role-ssm`,
      {
        role: role.name,
        policyArn: `arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore`,
      },
      { parent: this },
    );
    const profile = new aws.iam.InstanceProfile(
      `${name}-profile`,
      { name: rangeName, role: role.name },
      { parent: this },
    );
    const image = aws.ssm.getParameterOutput(
      {
        region,
        name: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
      },
      { parent: this },
    );
    return new aws.ec2.Instance(
      `${name}-target`,
      {
        region,
        ami: image.value,
        instanceType: "t4g.nano",
        subnetId: vpc.isolatedSubnetIds.apply((ids) => ids[0]!),
        vpcSecurityGroupIds: [group.id],
        iamInstanceProfile: profile.name,
        metadataOptions: { httpTokens: "required", httpEndpoint: "enabled" },
        rootBlockDevice: { encrypted: true },
        tags: { Name: rangeName },
      },
      // A newer image is no reason to replace the target in the middle of a drill.
      { parent: this, dependsOn: [attached], ignoreChanges: ["ami"] },
    );
  }
}
