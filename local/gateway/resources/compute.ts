/** Resource table: EC2, Auto Scaling and load balancing. */
import { toArn } from "../wire/arn";
import { list, member, text, UnknownOperationError } from "../wire/protocol";
import { ec2TypeOf, prefixed, requestTags } from "../world";
import type { Check, Operation, Request } from "./operation";

/** A call without resource-level permissions: "*" is its only resource. */
export function unscoped(action: string): Operation {
  const [service] = action.split(":");
  return ({ account, region }) => [
    {
      action,
      resource: "*",
      account,
      ...(service === "ec2" && { context: { "ec2:Region": region } }),
    },
  ];
}

/** One EC2 resource of the caller's, with its tags. */
export function ec2(
  request: Request,
  action: string,
  type: string,
  id: string,
  context = {},
): Check {
  const place = { account: request.account, region: request.region };
  return {
    action: `ec2:${action}`,
    resource: request.world.ec2Arn(place, type, id),
    account: request.account,
    context: { "ec2:Region": request.region, ...context },
    lazy: request.world.ec2Facts(place, type, id, action !== "DeleteTags"),
  };
}

/** A VPC or subnet: a shared one bears its owner's account. */
async function networkOf(
  request: Request,
  action: string,
  type: "vpc" | "subnet",
  id: string,
): Promise<Check> {
  const { account, region, world } = request;
  const owner = await world.ownerOf({ account, region }, type, id);
  const resource = world.ec2Arn({ account: owner, region }, type, id);
  return { ...ec2(request, action, type, id), resource };
}

/** A resource that the call would create: it has no tags yet, those of the request count. */
function ec2New(request: Request, action: string, type: string, context = {}): Check {
  const { account, region, world } = request;
  return {
    action: `ec2:${action}`,
    resource: world.ec2Arn({ account, region }, type, "*"),
    account,
    context: { "ec2:Region": region, ...context },
    lazy: {
      keys: [],
      absent: ["aws:ResourceTag/", "ec2:ResourceTag/"],
      load: () => Promise.resolve({}),
    },
  };
}

/** Tags given at creation need ec2:CreateTags on the created type, narrowed by ec2:CreateAction. */
function tagsAtCreation(request: Request, action: string, type: string): readonly Check[] {
  const tags = createdTags(request, type);
  return Object.keys(tags).length === 0
    ? []
    : [ec2New(request, "CreateTags", type, { "ec2:CreateAction": action, ...tags })];
}

function createdTags(request: Request, type: string): Record<string, string | string[]> {
  const specification = list(request.parameters.TagSpecification).find(
    (entry) => member(entry, "ResourceType") === type,
  );
  return requestTags(member(specification, "Tag"));
}

function one(request: Request, name: string): string {
  const value = text(request.parameters[name]);
  if (!value) throw new UnknownOperationError(`a call without ${name}`);
  return value;
}

/** An attribute change in the condition keys ec2:Attribute and ec2:Attribute/<name>. */
function attribute(
  name: string,
  values: readonly string[] = [],
): Record<string, string | string[]> {
  const [value] = values;
  return {
    "ec2:Attribute": name,
    ...(value !== undefined && { [`ec2:Attribute/${name}`]: value }),
  };
}

const instanceAttributes = [
  "DisableApiTermination",
  "DisableApiStop",
  "InstanceInitiatedShutdownBehavior",
  "SourceDestCheck",
  "EbsOptimized",
  "EnaSupport",
  "SriovNetSupport",
  "InstanceType",
  "UserData",
  "Kernel",
  "Ramdisk",
] as const;

async function modifyInstanceAttribute(request: Request): Promise<readonly Check[]> {
  const { parameters, world, account, region } = request;
  const id = one(request, "InstanceId");
  const named = instanceAttributes.filter((name) => parameters[name] !== undefined);
  const devices = list(parameters.BlockDeviceMapping);
  const groups = list<string>(parameters.GroupId);
  // The generic form names its attribute in lower camel case.
  const generic = text(parameters.Attribute);
  const name = generic
    ? generic.charAt(0).toUpperCase() + generic.slice(1)
    : devices.length > 0
      ? "BlockDeviceMapping"
      : groups.length > 0
        ? "Groups"
        : named[0];
  if (!name) throw new UnknownOperationError("ec2:ModifyInstanceAttribute of no known attribute");
  const value = text(member(parameters[name], "Value")) ?? text(parameters.Value);
  const instance = ec2(
    request,
    "ModifyInstanceAttribute",
    "instance",
    id,
    attribute(name, value === undefined ? [] : [value]),
  );
  const facts = devices.length > 0 ? await world.instance({ account, region }, id) : undefined;
  const volumes = devices.flatMap((device) => {
    const known = facts?.volumes.find((volume) => volume.device === member(device, "DeviceName"));
    return known ? [ec2(request, "ModifyInstanceAttribute", "volume", known.id)] : [];
  });
  return [
    instance,
    ...volumes,
    ...groups.map((group) => ec2(request, "ModifyInstanceAttribute", "security-group", group)),
  ];
}

async function modifyNetworkInterfaceAttribute(request: Request): Promise<readonly Check[]> {
  const { parameters, world, account, region } = request;
  const groups = list<string>(parameters.SecurityGroupId);
  const name =
    groups.length > 0
      ? "Groups"
      : ["Description", "SourceDestCheck", "Attachment", "AssociatePublicIpAddress"].find(
          (candidate) => parameters[candidate] !== undefined,
        );
  if (!name)
    throw new UnknownOperationError("ModifyNetworkInterfaceAttribute of no known attribute");
  const action = "ModifyNetworkInterfaceAttribute";
  const id = one(request, "NetworkInterfaceId");
  const subnet = (await world.networkInterface({ account, region }, id))?.subnet;
  return [
    ec2(request, action, "network-interface", id, attribute(name)),
    ...groups.map((group) => ec2(request, action, "security-group", group)),
    ...(subnet === undefined ? [] : [await networkOf(request, action, "subnet", subnet)]),
  ];
}

async function createSnapshots(request: Request): Promise<readonly Check[]> {
  const { account, region, parameters, world } = request;
  const id = text(member(parameters.InstanceSpecification, "InstanceId"));
  if (!id) throw new UnknownOperationError("ec2:CreateSnapshots without an instance");
  const instance = await world.instance({ account, region }, id);
  return [
    ec2(request, "CreateSnapshots", "instance", id),
    ...(instance?.volumes ?? []).map((volume) =>
      ec2(request, "CreateSnapshots", "volume", volume.id),
    ),
    ec2New(request, "CreateSnapshots", "snapshot", createdTags(request, "snapshot")),
    ...tagsAtCreation(request, "CreateSnapshots", "snapshot"),
  ];
}

function tagging(action: "CreateTags" | "DeleteTags"): Operation {
  return (request) =>
    list<string>(request.parameters.ResourceId).map((id) => {
      const type = ec2TypeOf(id);
      if (!type) throw new UnknownOperationError(`ec2:${action} of ${id}`);
      return ec2(request, action, type, id, requestTags(request.parameters.Tag));
    });
}

function groupRules(action: string): Operation {
  return (request) => {
    const tags = createdTags(request, "security-group-rule");
    return [
      ec2(request, action, "security-group", one(request, "GroupId")),
      // Rules are resources of their own once the call may tag them.
      ...(action.startsWith("Authorize")
        ? [ec2New(request, action, "security-group-rule", tags)]
        : []),
      ...tagsAtCreation(request, action, "security-group-rule"),
    ];
  };
}

/** One Auto Scaling group, by its name. */
export function scalingGroup(action: string): Operation {
  return async (request) => {
    const { account, region, world } = request;
    const name = one(request, "AutoScalingGroupName");
    const group = await world.autoScalingGroup({ account, region }, name);
    const unknown = `autoScalingGroup:unknown:autoScalingGroupName/${name}`;
    return [
      {
        action: `autoscaling:${action}`,
        resource: group?.arn ?? toArn("autoscaling", region, account, unknown),
        account,
        lazy: {
          keys: ["aws:ResourceTag/", "autoscaling:ResourceTag/"],
          load: async () => ({
            ...prefixed("aws:ResourceTag/", group?.tags ?? {}),
            ...prefixed("autoscaling:ResourceTag/", group?.tags ?? {}),
          }),
        },
      },
    ];
  };
}

function targetGroup(action: string): Operation {
  return (request) => [
    {
      action: `elasticloadbalancing:${action}`,
      resource: one(request, "TargetGroupArn"),
      account: request.account,
    },
  ];
}

/** One classic load balancer, by its name. */
export function classicBalancer(action: string): Operation {
  return (request) => {
    const { account, region } = request;
    const balancer = `loadbalancer/${one(request, "LoadBalancerName")}`;
    return [
      {
        action: `elasticloadbalancing:${action}`,
        resource: toArn("elasticloadbalancing", region, account, balancer),
        account,
      },
    ];
  };
}

const unscopedCalls = [
  "DescribeInstances",
  "DescribeNetworkInterfaces",
  "DescribeSecurityGroups",
  "DescribeSecurityGroupRules",
  "DescribeVpcEndpoints",
  "DescribeVolumes",
  "DescribeSnapshots",
  "DescribeVpcs",
  "DescribeSubnets",
  "DescribeTags",
  "DescribeRegions",
  "DescribeIamInstanceProfileAssociations",
  "DisableEbsEncryptionByDefault",
  "EnableEbsEncryptionByDefault",
  "GetEbsEncryptionByDefault",
];

export const computeOperations: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(unscopedCalls.map((name) => [`ec2:${name}`, unscoped(`ec2:${name}`)])),
  "ec2:DescribeInstanceAttribute": (request) => [
    ec2(request, "DescribeInstanceAttribute", "instance", one(request, "InstanceId")),
  ],
  "ec2:ModifyInstanceAttribute": modifyInstanceAttribute,
  "ec2:ModifyInstanceMetadataOptions": (request) => [
    ec2(request, "ModifyInstanceMetadataOptions", "instance", one(request, "InstanceId")),
  ],
  "ec2:ModifySubnetAttribute": async (request) => [
    await networkOf(request, "ModifySubnetAttribute", "subnet", one(request, "SubnetId")),
  ],
  "ec2:ModifyNetworkInterfaceAttribute": modifyNetworkInterfaceAttribute,
  "ec2:CreateSnapshots": createSnapshots,
  "ec2:CreateTags": tagging("CreateTags"),
  "ec2:DeleteTags": tagging("DeleteTags"),
  "ec2:CreateSecurityGroup": async (request) => [
    await networkOf(request, "CreateSecurityGroup", "vpc", one(request, "VpcId")),
    ec2New(
      request,
      "CreateSecurityGroup",
      "security-group",
      createdTags(request, "security-group"),
    ),
    ...tagsAtCreation(request, "CreateSecurityGroup", "security-group"),
  ],
  "ec2:AuthorizeSecurityGroupIngress": groupRules("AuthorizeSecurityGroupIngress"),
  "ec2:AuthorizeSecurityGroupEgress": groupRules("AuthorizeSecurityGroupEgress"),
  "ec2:RevokeSecurityGroupIngress": groupRules("RevokeSecurityGroupIngress"),
  "ec2:RevokeSecurityGroupEgress": groupRules("RevokeSecurityGroupEgress"),
  "ec2:DeleteSecurityGroup": (request) => [
    ec2(request, "DeleteSecurityGroup", "security-group", one(request, "GroupId")),
  ],
  "autoscaling:DescribeAutoScalingInstances": unscoped("autoscaling:DescribeAutoScalingInstances"),
  "autoscaling:DescribeAutoScalingGroups": unscoped("autoscaling:DescribeAutoScalingGroups"),
  "autoscaling:DetachInstances": scalingGroup("DetachInstances"),
  "autoscaling:AttachInstances": scalingGroup("AttachInstances"),
  "elasticloadbalancing:2015-12-01:DescribeLoadBalancers": unscoped(
    "elasticloadbalancing:DescribeLoadBalancers",
  ),
  "elasticloadbalancing:2015-12-01:DescribeTargetGroups": unscoped(
    "elasticloadbalancing:DescribeTargetGroups",
  ),
  "elasticloadbalancing:2015-12-01:DescribeTargetHealth": unscoped(
    "elasticloadbalancing:DescribeTargetHealth",
  ),
  "elasticloadbalancing:2015-12-01:RegisterTargets": targetGroup("RegisterTargets"),
  "elasticloadbalancing:2015-12-01:DeregisterTargets": targetGroup("DeregisterTargets"),
  "elasticloadbalancing:2012-06-01:DescribeLoadBalancers": unscoped(
    "elasticloadbalancing:DescribeLoadBalancers",
  ),
  "elasticloadbalancing:2012-06-01:DescribeInstanceHealth": unscoped(
    "elasticloadbalancing:DescribeInstanceHealth",
  ),
  "elasticloadbalancing:2012-06-01:RegisterInstancesWithLoadBalancer": classicBalancer(
    "RegisterInstancesWithLoadBalancer",
  ),
  "elasticloadbalancing:2012-06-01:DeregisterInstancesFromLoadBalancer": classicBalancer(
    "DeregisterInstancesFromLoadBalancer",
  ),
};
