import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeManagedPrefixListsCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
  type IpPermission,
  paginateDescribeSecurityGroups,
  paginateDescribeVpcs,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
  type ResourceType as TaggedResource,
  type VpcEndpoint,
} from "@aws-sdk/client-ec2";
import * as z from "zod/mini";
import { allOf } from "../../gateway/client";
import * as input from "../resource-type";
import type { Place } from "../session";

const tagSpecifications = (kind: TaggedResource, tags: input.Tags) =>
  Object.keys(tags).length > 0 ? [{ ResourceType: kind, Tags: input.tagList(tags) }] : undefined;

const inlineRule = z.strictObject({
  protocol: input.text,
  fromPort: z.number(),
  toPort: z.number(),
  cidrBlocks: input.optionalTexts,
  ipv6CidrBlocks: input.optionalTexts,
  prefixListIds: input.optionalTexts,
  securityGroups: input.optionalTexts,
  self: input.optionalFlag,
  description: input.optionalText,
});

/** Turns one inline rule into EC2's form. Ports mean nothing for protocol -1, as in AWS. */
function inlinePermission(rule: z.infer<typeof inlineRule>, groupId: string): IpPermission {
  const Description = rule.description;
  if (rule.protocol === "-1" && (rule.fromPort !== 0 || rule.toPort !== 0))
    throw new Error(
      "fromPort and toPort must be 0 where protocol is -1: AWS keeps no ports for it",
    );
  const groups = [...(rule.securityGroups ?? []), ...(rule.self ? [groupId] : [])];
  return {
    IpProtocol: rule.protocol,
    ...(rule.protocol === "-1" ? {} : { FromPort: rule.fromPort, ToPort: rule.toPort }),
    IpRanges: rule.cidrBlocks?.map((CidrIp) => ({ CidrIp, Description })),
    Ipv6Ranges: rule.ipv6CidrBlocks?.map((CidrIpv6) => ({ CidrIpv6, Description })),
    PrefixListIds: rule.prefixListIds?.map((PrefixListId) => ({ PrefixListId, Description })),
    UserIdGroupPairs: groups.map((GroupId) => ({ GroupId, Description })),
  };
}

const everywhere: IpPermission = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };

const securityGroup = input.resourceType({
  inputs: z.strictObject({
    name: input.text,
    description: input.optionalText,
    vpcId: input.text,
    ingress: z.optional(z.array(inlineRule)),
    egress: z.optional(z.array(inlineRule)),
    revokeRulesOnDelete: input.optionalFlag,
    ...input.regional,
    ...input.tagged,
  }),
  computed: ["arn", "ownerId"],
  async create(inputs, place, tags) {
    const ec2 = place.client(EC2Client);
    const description = inputs.description ?? "Managed by Pulumi";
    const { GroupId = "" } = await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: inputs.name,
        Description: description,
        VpcId: inputs.vpcId,
        TagSpecifications: tagSpecifications("security-group", tags),
      }),
    );
    // EC2 gives a new group a rule that allows all egress; the real provider always removes it.
    await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [everywhere] }));
    const permissions = (rules: typeof inputs.egress) =>
      rules?.map((rule) => inlinePermission(rule, GroupId)) ?? [];
    const [ingress, egress] = [permissions(inputs.ingress), permissions(inputs.egress)];
    if (ingress.length > 0)
      await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: ingress }));
    if (egress.length > 0)
      await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: egress }));
    const ownerId = await place.account();
    return {
      id: GroupId,
      outputs: {
        arn: `arn:aws:ec2:${place.region}:${ownerId}:security-group/${GroupId}`,
        ownerId,
        description,
        ingress: inputs.ingress ?? [],
        egress: inputs.egress ?? [],
      },
    };
  },
  async delete(id, _state, place) {
    await place.client(EC2Client).send(new DeleteSecurityGroupCommand({ GroupId: id }));
  },
});

const ruleInputs = z.strictObject({
  securityGroupId: input.text,
  ipProtocol: input.text,
  fromPort: input.optionalNumber,
  toPort: input.optionalNumber,
  cidrIpv4: input.optionalText,
  cidrIpv6: input.optionalText,
  prefixListId: input.optionalText,
  referencedSecurityGroupId: input.optionalText,
  description: input.optionalText,
  ...input.regional,
  ...input.tagged,
});

function permissionOf(rule: z.infer<typeof ruleInputs>): IpPermission {
  const targets = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"] as const;
  const given = targets.filter((target) => rule[target] !== undefined);
  if (given.length !== 1)
    throw new Error(
      `Exactly one of ${targets.join(", ")} must be set, but ${given.join(", ") || "none"} was`,
    );
  const Description = rule.description;
  return {
    IpProtocol: rule.ipProtocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    IpRanges: rule.cidrIpv4 ? [{ CidrIp: rule.cidrIpv4, Description }] : undefined,
    Ipv6Ranges: rule.cidrIpv6 ? [{ CidrIpv6: rule.cidrIpv6, Description }] : undefined,
    PrefixListIds: rule.prefixListId
      ? [{ PrefixListId: rule.prefixListId, Description }]
      : undefined,
    UserIdGroupPairs: rule.referencedSecurityGroupId
      ? [{ GroupId: rule.referencedSecurityGroupId, Description }]
      : undefined,
  };
}

/** Makes the entry of one direction: the two differ in nothing but the operation's name. */
function securityGroupRule(direction: "ingress" | "egress") {
  return input.resourceType({
    inputs: ruleInputs,
    computed: ["arn", "securityGroupRuleId"],
    async create(inputs, place, tags) {
      const ec2 = place.client(EC2Client);
      const request = {
        GroupId: inputs.securityGroupId,
        IpPermissions: [permissionOf(inputs)],
        TagSpecifications: tagSpecifications("security-group-rule", tags),
      };
      const made = await (direction === "ingress"
        ? ec2.send(new AuthorizeSecurityGroupIngressCommand(request))
        : ec2.send(new AuthorizeSecurityGroupEgressCommand(request)));
      const id = made.SecurityGroupRules?.[0]?.SecurityGroupRuleId;
      if (!id) throw new Error(`EC2 answered no rule id for the ${direction} rule`);
      const account = await place.account();
      const arn = `arn:aws:ec2:${place.region}:${account}:security-group-rule/${id}`;
      return { id, outputs: { arn, securityGroupRuleId: id } };
    },
    async delete(id, { securityGroupId }, place) {
      const ec2 = place.client(EC2Client);
      const request = { GroupId: securityGroupId, SecurityGroupRuleIds: [id] };
      await (direction === "ingress"
        ? ec2.send(new RevokeSecurityGroupIngressCommand(request))
        : ec2.send(new RevokeSecurityGroupEgressCommand(request)));
    },
  });
}

export const resources = {
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule("egress"),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule("ingress"),
};

const filters = z.optional(
  z.array(z.strictObject({ name: input.text, values: z.array(input.text) })),
);
type Filters = z.infer<typeof filters>;

/** Puts named filters and tags into EC2's form; an empty list is refused by EC2, so: none. */
function filtersOf(
  given: Filters,
  tags: input.Tags | undefined,
  named: Record<string, string | undefined>,
) {
  const all = [
    ...Object.entries(named).flatMap(([Name, value]) => (value ? [{ Name, Values: [value] }] : [])),
    ...Object.entries(tags ?? {}).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
    ...(given ?? []).map(({ name, values }) => ({ Name: name, Values: values })),
  ];
  return all.length > 0 ? all : undefined;
}

const getVpcs = input.invoke({
  arguments: z.strictObject({ filters, tags: input.tagMap, ...input.regional }),
  async answer(given, place) {
    const ec2 = place.client(EC2Client);
    const Filters = filtersOf(given.filters, given.tags, {});
    const vpcs = await allOf(
      paginateDescribeVpcs({ client: ec2 }, { Filters }),
      ({ Vpcs }) => Vpcs,
    );
    const ids = vpcs.map(({ VpcId = "" }) => VpcId);
    return { id: place.region, ids, region: place.region, tags: given.tags ?? {} };
  },
});

const getSecurityGroups = input.invoke({
  arguments: z.strictObject({ filters, tags: input.tagMap, ...input.regional }),
  async answer(given, place) {
    const ec2 = place.client(EC2Client);
    const Filters = filtersOf(given.filters, given.tags, {});
    const groups = await allOf(
      paginateDescribeSecurityGroups({ client: ec2 }, { Filters }),
      ({ SecurityGroups }) => SecurityGroups,
    );
    const arnOf = ({ OwnerId, GroupId }: SecurityGroup) =>
      `arn:aws:ec2:${place.region}:${OwnerId}:security-group/${GroupId}`;
    return {
      id: place.region,
      ids: groups.map((group) => group.GroupId ?? ""),
      arns: groups.map(arnOf),
      vpcIds: groups.map((group) => group.VpcId ?? ""),
      region: place.region,
      tags: given.tags ?? {},
    };
  },
});

const getVpcEndpoint = input.invoke({
  arguments: z.strictObject({
    id: input.optionalText,
    vpcId: input.optionalText,
    serviceName: input.optionalText,
    state: input.optionalText,
    vpcEndpointType: input.optionalText,
    filters,
    tags: input.tagMap,
    ...input.regional,
  }),
  async answer(given, place) {
    const found = await place.client(EC2Client).send(
      new DescribeVpcEndpointsCommand({
        VpcEndpointIds: given.id ? [given.id] : undefined,
        Filters: filtersOf(given.filters, given.tags, {
          "service-name": given.serviceName,
          "vpc-endpoint-state": given.state,
          "vpc-endpoint-type": given.vpcEndpointType,
          "vpc-id": given.vpcId,
        }),
      }),
    );
    const [endpoint, second] = found.VpcEndpoints ?? [];
    if (!endpoint) throw new Error("no matching EC2 VPC Endpoint found");
    if (second)
      throw new Error(
        "multiple EC2 VPC Endpoints matched; use additional constraints to reduce matches to a single EC2 VPC Endpoint",
      );
    return describe(endpoint, place);
  },
});

async function describe(endpoint: VpcEndpoint, place: Place) {
  const ownerId = endpoint.OwnerId ?? (await place.account());
  const id = endpoint.VpcEndpointId ?? "";
  // Only gateway endpoints have a prefix list, named like their service.
  const lists =
    endpoint.VpcEndpointType === "Gateway"
      ? await place.client(EC2Client).send(
          new DescribeManagedPrefixListsCommand({
            Filters: [{ Name: "prefix-list-name", Values: [endpoint.ServiceName ?? ""] }],
          }),
        )
      : undefined;
  return {
    id,
    arn: `arn:aws:ec2:${place.region}:${ownerId}:vpc-endpoint/${id}`,
    vpcId: endpoint.VpcId,
    serviceName: endpoint.ServiceName,
    state: endpoint.State,
    vpcEndpointType: endpoint.VpcEndpointType,
    ownerId,
    policy: endpoint.PolicyDocument,
    prefixListId: lists?.PrefixLists?.[0]?.PrefixListId,
    privateDnsEnabled: endpoint.PrivateDnsEnabled ?? false,
    region: place.region,
    securityGroupIds: (endpoint.Groups ?? []).map((group) => group.GroupId ?? ""),
    networkInterfaceIds: endpoint.NetworkInterfaceIds ?? [],
    subnetIds: endpoint.SubnetIds ?? [],
    routeTableIds: endpoint.RouteTableIds ?? [],
    tags: Object.fromEntries(
      (endpoint.Tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]),
    ),
  };
}

export const invokes = {
  "aws:ec2/getSecurityGroups:getSecurityGroups": getSecurityGroups,
  "aws:ec2/getVpcs:getVpcs": getVpcs,
  "aws:ec2/getVpcEndpoint:getVpcEndpoint": getVpcEndpoint,
};
