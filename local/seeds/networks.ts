/**
 * Seeds the local organization's accounts before the deployment: networks, instances,
 * roles. Made with plain SDK calls through the gateway, as the accounts' owners would.
 */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSnapshotCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  type IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { send } from "../gateway/emulator/moto";
import type { Gateway } from "../gateway/gateway";
import { ownerOf, type Site } from "./owner";

export interface Vpc extends Site {
  readonly id: string;
  readonly subnet: string;
  /** Group ids by name. */
  readonly groups: Readonly<Record<string, string>>;
  readonly endpoints: readonly string[];
}

export interface InstanceShape {
  /** Names of groups for each interface, the first is the primary one. */
  readonly interfaces: readonly (readonly string[])[];
  readonly volumes: number;
  /** Name of the instance profile and its role. */
  readonly profile?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Whether it is a Spot Instance. @default On-Demand */
  readonly spot?: boolean;
}

export interface SeededInstance extends Site {
  readonly id: string;
  readonly arn: string;
  readonly vpc: string;
  readonly interfaces: readonly string[];
  readonly profile?: string;
}

/** The emulator's own Amazon Linux image. */
export const image = "ami-12c6146b";

async function createRole(
  iam: IAMClient,
  name: string,
  principal: Record<string, string>,
  allow: { Action: string | string[]; Resource: string },
): Promise<void> {
  const statement = { Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" };
  await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: name,
      PolicyName: "work",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", ...allow }],
      }),
    }),
  );
}

/** Makes a workload's role and its instance profile of the same name. */
export async function seedWorkloadRole(gateway: Gateway, site: Site, name: string): Promise<void> {
  const { iam } = ownerOf(gateway, site);
  const actions = ["s3:ListAllMyBuckets", "ec2:DescribeInstances", "ssm:UpdateInstanceInformation"];
  const service = { Service: "ec2.amazonaws.com" };
  await createRole(iam, name, service, { Action: actions, Resource: "*" });
  await seedProfile(gateway, site, name);
}

/** Makes an instance profile of a role, of the same name. */
export async function seedProfile(gateway: Gateway, site: Site, name: string): Promise<void> {
  const { iam } = ownerOf(gateway, site);
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
  await iam.send(
    new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }),
  );
}

/** Makes a VPC with one subnet and the named groups; with SSM interface endpoints if asked to. */
export async function seedVpc(
  gateway: Gateway,
  site: Site,
  options: { readonly groups: readonly string[]; readonly ssmEndpoints?: boolean },
): Promise<Vpc> {
  const { ec2 } = ownerOf(gateway, site);
  const { Vpc: vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.20.0.0/16" }));
  const VpcId = vpc?.VpcId ?? "";
  const { Subnet } = await ec2.send(
    new CreateSubnetCommand({
      VpcId,
      CidrBlock: "10.20.1.0/24",
      AvailabilityZone: `${site.region}a`,
    }),
  );
  const subnet = Subnet?.SubnetId ?? "";
  const names = options.ssmEndpoints ? [...options.groups, "endpoints"] : options.groups;
  const groups = await seedGroups(gateway, site, VpcId, names);
  const endpoints: string[] = [];
  for (const service of options.ssmEndpoints ? ["ssm", "ssmmessages", "ec2messages"] : []) {
    const { VpcEndpoint } = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId,
        VpcEndpointType: "Interface",
        ServiceName: `com.amazonaws.${site.region}.${service}`,
        SubnetIds: [subnet],
        SecurityGroupIds: [groups.endpoints ?? ""],
      }),
    );
    endpoints.push(VpcEndpoint?.VpcEndpointId ?? "");
  }
  return { ...site, id: VpcId, subnet, groups, endpoints };
}

/** Makes groups in a VPC, each with a rule of its own; returns their ids by name. */
async function seedGroups(
  gateway: Gateway,
  site: Site,
  vpc: string,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const { ec2 } = ownerOf(gateway, site);
  const groups: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const { GroupId = "" } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: vpc }),
    );
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [
          {
            IpProtocol: "tcp",
            FromPort: 443 + index,
            ToPort: 443 + index,
            IpRanges: [{ CidrIp: "10.0.0.0/8" }],
          },
        ],
      }),
    );
    groups[name] = GroupId;
  }
  return groups;
}

/**
 * Shares the subnet of a VPC with another account, as its owner does by AWS Resource Access Manager.
 * Returns the VPC as that account has it, with groups of its own.
 */
export async function shareVpc(
  gateway: Gateway,
  vpc: Vpc,
  participant: string,
  names: readonly string[],
): Promise<Vpc> {
  const { account: owner, region, subnet, id } = vpc;
  const { status } = await send({
    url: gateway.moto.url,
    method: "POST",
    path: "/cordon/share-subnet",
    headers: {},
    body: Buffer.from(JSON.stringify({ owner, participant, region, subnet })),
  });
  if (status !== 204) throw new Error(`The subnet ${subnet} could not be shared: ${status}`);
  const site = { account: participant, region };
  const groups = await seedGroups(gateway, site, id, names);
  return { ...site, id, subnet, groups, endpoints: [] };
}

/** Starts an instance with the interfaces, volumes and profile of its shape. */
export async function seedInstance(
  gateway: Gateway,
  vpc: Vpc,
  shape: InstanceShape,
): Promise<SeededInstance> {
  const { ec2 } = ownerOf(gateway, vpc);
  const interfaces: string[] = [];
  for (const names of shape.interfaces) {
    const { NetworkInterface } = await ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId: vpc.subnet,
        Groups: names.map((name) => vpc.groups[name] ?? name),
      }),
    );
    interfaces.push(NetworkInterface?.NetworkInterfaceId ?? "");
  }
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({
      ImageId: image,
      InstanceType: "t3.large",
      MinCount: 1,
      MaxCount: 1,
      NetworkInterfaces: interfaces.map((id, index) => ({
        DeviceIndex: index,
        NetworkInterfaceId: id,
      })),
      BlockDeviceMappings: Array.from({ length: shape.volumes }, (_, index) => ({
        DeviceName: index === 0 ? "/dev/sda1" : `/dev/sd${String.fromCharCode(97 + index)}`,
        // As launched from a console: the root volume goes with the instance, the others stay.
        Ebs: { VolumeSize: 8, DeleteOnTermination: index === 0 },
      })),
      ...(shape.profile !== undefined && { IamInstanceProfile: { Name: shape.profile } }),
      ...(shape.spot && { InstanceMarketOptions: { MarketType: "spot" } }),
      TagSpecifications: [
        {
          ResourceType: "instance",
          Tags: Object.entries({ Name: "web", ...shape.tags }).map(([Key, Value]) => ({
            Key,
            Value,
          })),
        },
      ],
    }),
  );
  const id = Instances[0]?.InstanceId ?? "";
  const arn = `arn:aws:ec2:${vpc.region}:${vpc.account}:instance/${id}`;
  const { account, region } = vpc;
  return {
    account,
    region,
    id,
    arn,
    vpc: vpc.id,
    interfaces,
    ...(shape.profile !== undefined && { profile: shape.profile }),
  };
}

/** Ends an instance and deletes its interfaces and its evidence, for the same reason. */
export async function removeInstance(
  gateway: Gateway,
  instance: SeededInstance,
  snapshots: readonly string[],
): Promise<void> {
  const { ec2 } = ownerOf(gateway, instance);
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance.id] }));
  for (const NetworkInterfaceId of instance.interfaces) {
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
  }
  for (const SnapshotId of snapshots) await ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
}
