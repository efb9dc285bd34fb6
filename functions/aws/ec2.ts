/** Compute and network of a member account, by the EC2 API. */
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotsCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DeleteTagsCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  EC2Client,
  type NetworkInterface as Ec2NetworkInterface,
  type Filter,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
  paginateDescribeNetworkInterfaces,
  paginateDescribeSecurityGroupRules,
  paginateDescribeSecurityGroups,
  paginateDescribeSnapshots,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { missingRules } from "../catalogue/quarantine-group";
import type {
  Compute,
  GroupRule,
  InstanceAttribute,
  InstanceAttributes,
  Network,
  SecurityGroup,
} from "../model/member-account";
import { NotVisibleYet } from "../model/not-visible-yet";
import { type Credentials, memberConfig } from "./client";
import {
  addressesOf,
  filter,
  groupOf,
  instanceOf,
  interfaceOf,
  permissionOf,
  ruleOf,
  tagList,
} from "./ec2-shapes";
import { hasCode, isRefusal, orUndefined, tolerate } from "./errors";
import { PatientRetries } from "./retries";

/** @param account owns what is read: a shared VPC also holds other accounts' groups. */
export function ec2(
  region: string,
  credentials: Credentials,
  account: string,
): { compute: Compute; network: Network } {
  const config = memberConfig(region, credentials);
  const client = new EC2Client(config);
  const once = () => new EC2Client({ ...config, retryStrategy: new PatientRetries("THROTTLING") });
  return { compute: compute(client, once), network: network(client, region, account) };
}

/** @param once makes a client that never repeats a call which may have had its effect. */
function compute(client: EC2Client, once: () => EC2Client): Compute {
  return {
    async instance(id) {
      // By a filter: EC2 has fewer tokens for reads by ids alone.
      const { Reservations } = await client.send(
        new DescribeInstancesCommand({ Filters: [filter("instance-id", id)] }),
      );
      const instance = Reservations?.[0]?.Instances?.[0];
      return instance && instanceOf(instance);
    },
    async attribute<A extends InstanceAttribute>(id: string, attribute: A) {
      const answer = await client.send(
        new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: attribute }),
      );
      const values: InstanceAttributes = {
        disableApiTermination: answer.DisableApiTermination?.Value ?? false,
        disableApiStop: answer.DisableApiStop?.Value ?? false,
        instanceInitiatedShutdownBehavior:
          answer.InstanceInitiatedShutdownBehavior?.Value === "terminate" ? "terminate" : "stop",
      };
      return values[attribute];
    },
    async setAttribute(id, attribute, value) {
      await client.send(
        new ModifyInstanceAttributeCommand({
          InstanceId: id,
          ...(attribute === "disableApiTermination" && {
            DisableApiTermination: { Value: value === true },
          }),
          ...(attribute === "disableApiStop" && { DisableApiStop: { Value: value === true } }),
          ...(attribute === "instanceInitiatedShutdownBehavior" && {
            InstanceInitiatedShutdownBehavior: { Value: String(value) },
          }),
        }),
      );
    },
    async setDeleteOnTermination(id, devices, value) {
      await client.send(
        new ModifyInstanceAttributeCommand({
          InstanceId: id,
          BlockDeviceMappings: devices.map((device) => ({
            DeviceName: device,
            Ebs: { DeleteOnTermination: value },
          })),
        }),
      );
    },
    async snapshottedVolumes(incident) {
      const volumes: string[] = [];
      const pages = paginateDescribeSnapshots(
        { client },
        { OwnerIds: ["self"], Filters: [filter("tag:IncidentId", incident)] },
      );
      for await (const page of pages) {
        for (const snapshot of page.Snapshots ?? []) {
          if (snapshot.VolumeId !== undefined) volumes.push(snapshot.VolumeId);
        }
      }
      return volumes;
    },
    async snapshotVolumes(id, tags) {
      // CreateSnapshots takes no client token: a retry after a lost answer would take a second set.
      // The engine reads whether the first one exists instead.
      await once().send(
        new CreateSnapshotsCommand({
          InstanceSpecification: { InstanceId: id },
          Description: `Cordon: evidence of ${tags.IncidentId}`,
          TagSpecifications: [{ ResourceType: "snapshot", Tags: tagList(tags) }],
        }),
      );
    },
    async setTags(resource, tags) {
      await client.send(new CreateTagsCommand({ Resources: [resource], Tags: tagList(tags) }));
    },
    async removeTags(resource, keys) {
      // Without keys EC2 would delete every tag of the resource.
      if (keys.length === 0) return;
      await client.send(
        new DeleteTagsCommand({ Resources: [resource], Tags: keys.map((Key) => ({ Key })) }),
      );
    },
  };
}

function network(client: EC2Client, region: string, account: string): Network {
  const groups = async (...filters: Filter[]): Promise<SecurityGroup[]> => {
    const found: SecurityGroup[] = [];
    for await (const page of paginateDescribeSecurityGroups({ client }, { Filters: filters })) {
      const own = (page.SecurityGroups ?? []).filter(({ OwnerId }) => OwnerId === account);
      found.push(...own.map(groupOf));
    }
    return found;
  };
  const interfaces = async (...filters: Filter[]): Promise<Ec2NetworkInterface[]> => {
    const found: Ec2NetworkInterface[] = [];
    const pages = paginateDescribeNetworkInterfaces({ client }, { Filters: filters });
    for await (const { NetworkInterfaces = [] } of pages) found.push(...NetworkInterfaces);
    return found;
  };
  return {
    async interfacesOf(instance) {
      const { NetworkInterfaces = [] } = await client.send(
        new DescribeNetworkInterfacesCommand({
          Filters: [filter("attachment.instance-id", instance)],
        }),
      );
      return NetworkInterfaces.map(interfaceOf).sort((a, b) => a.id.localeCompare(b.id));
    },
    async branchesOf(trunks) {
      const found = await interfaces(
        filter(`tag:${trunkTag}`, ...trunks),
        // Anyone who may set tags could name an interface of another kind as a branch.
        filter("interface-type", "branch"),
      );
      return found.map(interfaceOf).sort((a, b) => a.id.localeCompare(b.id));
    },
    async networkInterface(id) {
      const { NetworkInterfaces } = await client.send(
        new DescribeNetworkInterfacesCommand({ Filters: [filter("network-interface-id", id)] }),
      );
      return NetworkInterfaces?.map(interfaceOf)[0];
    },
    async setGroups(networkInterface, ids) {
      await client.send(
        new ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: networkInterface,
          Groups: [...ids],
        }),
      );
    },
    groupsNamed: (beginning) => groups(filter("group-name", `${beginning}*`)),
    async group(key) {
      const found = await groups(filter("group-name", key.name), filter("vpc-id", key.vpc));
      return found[0];
    },
    async createGroup(key, description, tags) {
      const request = new CreateSecurityGroupCommand({
        GroupName: key.name,
        VpcId: key.vpc,
        Description: description,
        TagSpecifications: [{ ResourceType: "security-group", Tags: tagList(tags) }],
      });
      // A lost reply or another incident in the same VPC: the name is unique, so it is the group.
      const created = await orUndefined(client.send(request), "InvalidGroup.Duplicate");
      const id = created?.GroupId ?? (await this.group(key))?.id;
      if (id === undefined)
        throw new NotVisibleYet(`EC2 reports that ${key.name} exists, but does not show it yet`);
      return id;
    },
    async authorize(group, direction, rules) {
      const authorize = (some: readonly GroupRule[]) => {
        const request = { GroupId: group, IpPermissions: some.map(permissionOf) };
        return direction === "ingress"
          ? client.send(new AuthorizeSecurityGroupIngressCommand(request))
          : client.send(new AuthorizeSecurityGroupEgressCommand(request));
      };
      if (rules.length === 0) return;
      try {
        await authorize(rules);
      } catch (error) {
        if (!hasCode(error, "InvalidPermission.Duplicate")) throw error;
        // EC2 refuses the whole call when one rule exists already: add the others one by one.
        for (const rule of rules) await tolerate(authorize([rule]), "InvalidPermission.Duplicate");
      }
    },
    async revokeAllBut(group, direction, kept) {
      // By id, which every rule has: by properties EC2 wants each kind's in another form, and one that
      // does not match keeps all the others.
      const revoke = (SecurityGroupRuleIds: string[]) => {
        const request = { GroupId: group, SecurityGroupRuleIds };
        return direction === "ingress"
          ? client.send(new RevokeSecurityGroupIngressCommand(request))
          : client.send(new RevokeSecurityGroupEgressCommand(request));
      };
      const found: ReturnType<typeof ruleOf>[] = [];
      const pages = paginateDescribeSecurityGroupRules(
        { client },
        { Filters: [filter("group-id", group)] },
      );
      for await (const { SecurityGroupRules = [] } of pages) {
        const ours = SecurityGroupRules.filter((r) => r.IsEgress === (direction === "egress"));
        found.push(...ours.map(ruleOf));
      }
      const ids = missingRules(found, kept).map((rule) => rule.id);
      if (ids.length === 0)
        throw new NotVisibleYet(`EC2 shows rules of ${group}, but does not list them yet`);
      try {
        await revoke(ids);
      } catch (error) {
        if (isRefusal(error)) throw error;
        // EC2 revokes none when one is gone: each by itself, and all of them before one may fail.
        const each = ids.map((id) => tolerate(revoke([id]), "InvalidSecurityGroupRuleId.NotFound"));
        const failed = (await Promise.allSettled(each)).find((one) => one.status === "rejected");
        if (failed !== undefined) throw failed.reason;
      }
    },
    async deleteGroup(group) {
      await tolerate(
        client.send(new DeleteSecurityGroupCommand({ GroupId: group })),
        "InvalidGroup.NotFound",
      );
    },
    async vpcs() {
      const found: string[] = [];
      for await (const { Vpcs = [] } of paginateDescribeVpcs({ client }, {})) {
        found.push(...Vpcs.map((vpc) => vpc.VpcId ?? ""));
      }
      return found.sort();
    },
    groupsTagged: (key, value) => groups(filter(`tag:${key}`, value)),
    async interfacesHolding(group) {
      const found = await interfaces(filter("group-id", group));
      return found.map((each) => each.NetworkInterfaceId ?? "").sort();
    },
    async ssmEndpoints() {
      const services = ["ssm", "ssmmessages", "ec2messages"];
      const found: { id: string; vpc: string; interfaces: readonly string[] }[] = [];
      const pages = paginateDescribeVpcEndpoints(
        { client },
        {
          Filters: [
            filter("service-name", ...services.map((name) => `com.amazonaws.${region}.${name}`)),
            filter("vpc-endpoint-type", "Interface"),
          ],
        },
      );
      for await (const { VpcEndpoints = [] } of pages) {
        for (const endpoint of VpcEndpoints) {
          // EC2 lists an endpoint for some time after it was deleted, in lower case.
          if (departed.includes(String(endpoint.State).toLowerCase())) continue;
          found.push({
            id: endpoint.VpcEndpointId ?? "",
            vpc: endpoint.VpcId ?? "",
            interfaces: endpoint.NetworkInterfaceIds ?? [],
          });
        }
      }
      const ids = found.flatMap((endpoint) => endpoint.interfaces);
      const addresses = new Map<string, readonly string[]>();
      for (let first = 0; first < ids.length; first += filterLimit) {
        const some = ids.slice(first, first + filterLimit);
        for (const each of await interfaces(filter("network-interface-id", ...some))) {
          addresses.set(each.NetworkInterfaceId ?? "", addressesOf(each));
        }
      }
      return found.map(({ interfaces: own, ...endpoint }) => ({
        ...endpoint,
        addresses: own.flatMap((id) => addresses.get(id) ?? []),
      }));
    },
  };
}

/** Set by EKS's VPC resource controller on every branch interface; its value is the trunk's id. */
const trunkTag = "vpcresources.k8s.aws/trunk-eni-id";
/** Values that one filter takes. */
const filterLimit = 200;
/** States of an endpoint that nothing can be reached through, now or later. */
const departed = ["deleting", "deleted", "rejected", "failed", "expired"];
