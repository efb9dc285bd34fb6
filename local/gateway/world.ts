/** Looks up what authorization needs to know of resources: their tags, VPC, volumes, keys. */

import type { State } from "./emulator/moto";
import type { LazyContext } from "./iam/decision";
import { items, missing, type Policies, tagsOf } from "./iam/policies";
import { toArn } from "./wire/arn";
import { list, member, text } from "./wire/protocol";

export interface Place {
  readonly account: string;
  readonly region: string;
}

export interface Ec2Facts {
  readonly tags: Readonly<Record<string, string>>;
  readonly vpc?: string;
  /** The account that owns it: of a shared VPC and its subnets another one than the reader. */
  readonly owner?: string;
}

export interface InterfaceFacts extends Ec2Facts {
  /** The instance it is attached to. */
  readonly instance?: string;
  readonly subnet?: string;
  /** Whether an AWS service manages it, as its requester or operator. */
  readonly managed: boolean;
  /** As EC2 names it: "interface", "trunk", "branch". */
  readonly type: string;
}

export interface InstanceFacts extends Ec2Facts {
  readonly state: string;
  readonly spot: boolean;
  /** Whether its root device is an instance store. */
  readonly instanceStore: boolean;
  readonly volumes: readonly { readonly id: string; readonly device: string }[];
}

export interface ScalingGroupFacts {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly instances: readonly string[];
  /** Those in the states from which they may be detached. */
  readonly detachable: readonly string[];
  readonly desired: number;
  readonly most: number;
}

interface Describe {
  readonly action: string;
  readonly parameter: string;
  readonly set: string;
}

const describes: Readonly<Record<string, Describe>> = {
  "network-interface": {
    action: "DescribeNetworkInterfaces",
    parameter: "NetworkInterfaceId.1",
    set: "networkInterfaceSet",
  },
  "security-group": {
    action: "DescribeSecurityGroups",
    parameter: "GroupId.1",
    set: "securityGroupInfo",
  },
  volume: { action: "DescribeVolumes", parameter: "VolumeId.1", set: "volumeSet" },
  snapshot: { action: "DescribeSnapshots", parameter: "SnapshotId.1", set: "snapshotSet" },
  image: { action: "DescribeImages", parameter: "ImageId.1", set: "imagesSet" },
  "transit-gateway": {
    action: "DescribeTransitGateways",
    parameter: "TransitGatewayIds.1",
    set: "transitGatewaySet",
  },
  vpc: { action: "DescribeVpcs", parameter: "VpcId.1", set: "vpcSet" },
  subnet: { action: "DescribeSubnets", parameter: "SubnetId.1", set: "subnetSet" },
};

// CreateTags itself identifies resource types by the id's prefix.
const typesByPrefix: Readonly<Record<string, string>> = {
  i: "instance",
  eni: "network-interface",
  sg: "security-group",
  vol: "volume",
  snap: "snapshot",
  vpc: "vpc",
  subnet: "subnet",
};

/** Names the EC2 resource type of an id; undefined for types not known here. */
export function ec2TypeOf(id: string): string | undefined {
  return typesByPrefix[id.slice(0, id.lastIndexOf("-"))];
}

export class World {
  constructor(
    readonly state: State,
    readonly policies: Policies,
    /** Names the function of an event source mapping. */
    readonly functionOf: (mapping: string) => string | undefined = () => undefined,
    readonly functionTags: (arn: string) => Readonly<Record<string, string>> = () => ({}),
  ) {}

  /** ARN of an EC2 resource; those of snapshots and images have no account. */
  ec2Arn(place: Place, type: string, id: string): string {
    const owner = ["image", "snapshot"].includes(type) ? "" : place.account;
    return toArn("ec2", place.region, owner, `${type}/${id}`);
  }

  async instance(place: Place, id: string): Promise<InstanceFacts | undefined> {
    return this.#remember(place, id, async () => {
      const answer = await this.#describe(place, "DescribeInstances", { "InstanceId.1": id });
      const [reservation] = items(member(answer, "reservationSet"));
      const [found] = items(member(reservation, "instancesSet"));
      if (!found) return undefined;
      return {
        tags: tagsOf(items(member(found, "tagSet"))),
        state: String(member(member(found, "instanceState"), "name")),
        spot: member(found, "instanceLifecycle") === "spot",
        instanceStore: member(found, "rootDeviceType") === "instance-store",
        volumes: items(member(found, "blockDeviceMapping")).map((mapping) => ({
          id: String(member(member(mapping, "ebs"), "volumeId")),
          device: String(member(mapping, "deviceName")),
        })),
      };
    });
  }

  async networkInterface(place: Place, id: string): Promise<InterfaceFacts | undefined> {
    const found = await this.#one(place, "network-interface", id);
    const instance = text(member(member(found, "attachment"), "instanceId"));
    const subnet = text(member(found, "subnetId"));
    return found === undefined
      ? undefined
      : {
          ...ec2Facts(found),
          managed:
            member(found, "requesterManaged") === "true" ||
            member(member(found, "operator"), "managed") === "true",
          type: String(member(found, "interfaceType")),
          ...(instance && { instance }),
          ...(subnet && { subnet }),
        };
  }

  async securityGroup(place: Place, id: string): Promise<Ec2Facts | undefined> {
    const found = await this.#one(place, "security-group", id);
    return found === undefined ? undefined : ec2Facts(found);
  }

  /** Names the account that owns a VPC or a subnet; the reader's where there is no such thing. */
  async ownerOf(place: Place, type: "vpc" | "subnet", id: string): Promise<string> {
    const found = await this.#one(place, type, id);
    return (found === undefined ? undefined : ec2Facts(found).owner) ?? place.account;
  }

  async exists(place: Place, type: string, id: string): Promise<boolean> {
    return type === "instance"
      ? (await this.instance(place, id)) !== undefined
      : (await this.#one(place, type, id)) !== undefined;
  }

  /** Lists a group's rules in one direction, each with its id. */
  async groupRules(place: Place, group: string, egress: boolean): Promise<readonly unknown[]> {
    const answer = await this.#describe(place, "DescribeSecurityGroupRules", {
      "Filter.1.Name": "group-id",
      "Filter.1.Value.1": group,
    });
    const rules = items(member(answer, "securityGroupRuleSet"));
    return rules.filter((rule) => member(rule, "isEgress") === String(egress));
  }

  /** Says whether an interface has a group or another group's rule names it: neither lets it go. */
  async groupInUse(place: Place, group: string): Promise<boolean> {
    const [interfaces, ...groups] = await Promise.all([
      this.#describe(place, "DescribeNetworkInterfaces", {
        "Filter.1.Name": "group-id",
        "Filter.1.Value.1": group,
      }),
      ...["ip-permission.group-id", "egress.ip-permission.group-id"].map((name) =>
        this.#groups(place, name, group),
      ),
    ]);
    return (
      items(member(interfaces, "networkInterfaceSet")).length > 0 ||
      groups.flat().some((each) => member(each, "groupId") !== group)
    );
  }

  /** Says whether a VPC holds a group besides its default one. */
  async hasOwnGroups(place: Place, vpc: string): Promise<boolean> {
    const groups = await this.#groups(place, "vpc-id", vpc);
    return groups.some((each) => member(each, "groupName") !== "default");
  }

  async #groups(place: Place, filter: string, value: string): Promise<readonly unknown[]> {
    const answer = await this.#describe(place, "DescribeSecurityGroups", {
      "Filter.1.Name": filter,
      "Filter.1.Value.1": value,
    });
    return items(member(answer, "securityGroupInfo"));
  }

  /**
   * Condition keys of an EC2 resource, read only when a policy asks for one of them. The VPC is a
   * key of most actions on interfaces, groups and subnets, but not of all.
   */
  ec2Facts(place: Place, type: string, id: string, takesVpc = true): LazyContext {
    const hasVpc = takesVpc && ["network-interface", "security-group", "subnet"].includes(type);
    return {
      keys: ["aws:ResourceTag/", "ec2:ResourceTag/", ...(hasVpc ? ["ec2:Vpc"] : [])],
      load: async () => {
        const found: Ec2Facts | undefined =
          type === "instance"
            ? await this.instance(place, id)
            : await this.#one(place, type, id).then((one) =>
                one === undefined ? undefined : ec2Facts(one),
              );
        return {
          ...prefixed("aws:ResourceTag/", found?.tags ?? {}),
          ...prefixed("ec2:ResourceTag/", found?.tags ?? {}),
          ...(hasVpc && found?.vpc && { "ec2:Vpc": this.ec2Arn(place, "vpc", found.vpc) }),
        };
      },
    };
  }

  /** The group an ARN of autoscaling:DetachInstances and AttachInstances must name. */
  async autoScalingGroup(place: Place, name: string): Promise<ScalingGroupFacts | undefined> {
    const answer = await this.state.query(place, "autoscaling", "DescribeAutoScalingGroups", {
      "AutoScalingGroupNames.member.1": name,
    });
    const result = member(answer, "DescribeAutoScalingGroupsResult");
    const [found] = items(member(result, "AutoScalingGroups"));
    const instances = items(member(found, "Instances"));
    const idOf = (each: unknown) => String(member(each, "InstanceId"));
    return found === undefined
      ? undefined
      : {
          arn: String(member(found, "AutoScalingGroupARN")),
          tags: tagsOf(items(member(found, "Tags"))),
          desired: Number(member(found, "DesiredCapacity")),
          most: Number(member(found, "MaxSize")),
          instances: instances.map(idOf),
          detachable: instances
            .filter((each) => /^(InService|Standby)$/.test(String(member(each, "LifecycleState"))))
            .map(idOf),
        };
  }

  /**
   * The partition keys of a table and its indexes, and the ARN of the customer key that encrypts it,
   * which is undefined when an AWS key does.
   */
  async table(place: Place, table: string): Promise<TableFacts> {
    return this.policies.remember(
      "dynamodb",
      place.account,
      `${place.region}/${table}`,
      async () => {
        const answer = await this.state
          .json(place, "dynamodb", "DynamoDB_20120810.DescribeTable", { TableName: table })
          .catch(missing);
        const key = text(member(member(answer?.Table, "SSEDescription"), "KMSMasterKeyArn"));
        const indexes = list(member(answer?.Table, "GlobalSecondaryIndexes"));
        return {
          partitionKeys: new Map(
            [answer?.Table, ...indexes].map((each) => [
              text(member(each, "IndexName")),
              partitionKeyIn(member(each, "KeySchema")),
            ]),
          ),
          customerKey: key === undefined ? undefined : await this.customerKey(place, key),
        };
      },
    );
  }

  /** ARN of the customer key that encrypts a queue; undefined when an AWS key or none does. */
  async queueKey(place: Place, queue: string): Promise<string | undefined> {
    return this.policies.remember(
      "sqs",
      place.account,
      `key/${place.region}/${queue}`,
      async () => {
        const answer = await this.state
          .json(place, "sqs", "AmazonSQS.GetQueueAttributes", {
            QueueUrl: `http://127.0.0.1/${place.account}/${queue}`,
            AttributeNames: ["KmsMasterKeyId"],
          })
          .catch(missing);
        const key = text(member(answer?.Attributes, "KmsMasterKeyId"));
        return key === undefined ? undefined : this.customerKey(place, key);
      },
    );
  }

  /**
   * Resolves a key id, key ARN, alias or alias ARN to the ARN of a customer key; undefined for the
   * keys AWS manages, whose policies admit everyone the service admits.
   */
  async customerKey(place: Place, key: string): Promise<string | undefined> {
    if (/(^|:)alias\/aws\//.test(key)) return undefined;
    const at = key.startsWith("arn:") ? placeOf(key) : place;
    const metadata = await this.policies.remember(
      "kms",
      at.account,
      `${at.region}/${key}`,
      async () => {
        const answer = await this.state.json(at, "kms", "TrentService.DescribeKey", {
          KeyId: key.replace(/^arn:[^/]+:(key\/)?(?=[^:]*$)/, ""),
        });
        return answer.KeyMetadata;
      },
    );
    return member(metadata, "KeyManager") === "AWS" ? undefined : String(member(metadata, "Arn"));
  }

  async #one(place: Place, type: string, id: string): Promise<unknown> {
    const describe = describes[type];
    if (!describe) throw new Error(`EC2 resources of type ${type} are not read here`);
    return this.#remember(place, id, async () => {
      const answer = await this.#describe(place, describe.action, { [describe.parameter]: id });
      return items(member(answer, describe.set))[0];
    });
  }

  #remember<T>(place: Place, id: string, load: () => Promise<T>): Promise<T | undefined> {
    return this.policies.remember("ec2", place.account, `${place.region}/${id}`, () =>
      load().catch(missing),
    );
  }

  #describe(place: Place, action: string, parameters: Record<string, string>) {
    return this.state.query(place, "ec2", action, parameters);
  }
}

/** Keys of an object under one prefix: tags as condition keys. */
export function prefixed(
  prefix: string,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]));
}

interface TableFacts {
  /** By index; the table's own has no name. Empty for a table that does not exist. */
  readonly partitionKeys: ReadonlyMap<string | undefined, string | undefined>;
  readonly customerKey: string | undefined;
}

function partitionKeyIn(schema: unknown): string | undefined {
  const hash = list(schema).find((each) => member(each, "KeyType") === "HASH");
  return text(member(hash, "AttributeName"));
}

function ec2Facts(found: unknown): Ec2Facts {
  const vpc = text(member(found, "vpcId"));
  const tags = tagsOf([...items(member(found, "tagSet")), ...items(member(found, "TagSet"))]);
  const owner = text(member(found, "ownerId"));
  return { tags, ...(vpc && { vpc }), ...(owner && { owner }) };
}

function placeOf(arn: string): Place {
  const [, , , region = "", account = ""] = arn.split(":");
  return { region, account };
}

/** Reads `[{Key, Value}]` parameters of a request as condition keys of the request's tags. */
export function requestTags(tags: unknown): Record<string, string | string[]> {
  const pairs = tagsOf(list(tags));
  const keys = Object.keys(pairs);
  return keys.length === 0 ? {} : { ...prefixed("aws:RequestTag/", pairs), "aws:TagKeys": keys };
}
