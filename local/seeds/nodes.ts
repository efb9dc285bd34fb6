/** Seeds the interfaces of nodes whose pods or tasks have security groups of their own. */
import { AttachNetworkInterfaceCommand, CreateNetworkInterfaceCommand } from "@aws-sdk/client-ec2";
import type { Gateway } from "../gateway/gateway";
import type { SeededInstance, Vpc } from "./networks";
import { ownerOf } from "./owner";

/** Tags of EKS's VPC resource controller on every interface that it makes. */
const controllerTags = {
  "eks:eni:owner": "eks-vpc-resource-controller",
  "kubernetes.io/cluster/shop": "owned",
};

/** What sets the trunk of an EKS node apart from that of an ECS container instance. */
const trunks = {
  eks: () => ({ description: "aws-k8s-trunk-eni", tags: controllerTags }),
  ecs: ({ account, region }: Vpc) => ({
    description: `arn:aws:ecs:${region}:${account}:attachment/5e0c2b8a-7f31-4c56-9d2e-1a2b3c4d5e6f`,
    tags: {},
  }),
};

/** Attaches a trunk to an instance, as the service that runs the node does. */
export function seedTrunk(
  gateway: Gateway,
  vpc: Vpc,
  instance: SeededInstance,
  service: keyof typeof trunks,
  group: string,
): Promise<string> {
  const shape = { ...trunks[service](vpc), type: "trunk", group } as const;
  return seedInterface(gateway, vpc, shape, instance);
}

/** Makes the interface of a pod, as EKS associates it with the trunk of the pod's node. */
export function seedBranch(
  gateway: Gateway,
  vpc: Vpc,
  trunk: string,
  group: string,
): Promise<string> {
  const own = {
    "vpcresources.k8s.aws/vlan-id": "1",
    "vpcresources.k8s.aws/trunk-eni-id": trunk,
  };
  return seedInterface(gateway, vpc, {
    type: "branch",
    description: "aws-k8s-branch-eni",
    group,
    tags: { ...controllerTags, ...own },
  });
}

/** Makes an interface, and attaches it beside the first one of an instance if one is given. */
export async function seedInterface(
  gateway: Gateway,
  vpc: Vpc,
  shape: {
    /** @default an ordinary interface */
    readonly type?: "trunk" | "branch";
    readonly description?: string;
    /** Name of its security group. */
    readonly group: string;
    readonly tags?: Readonly<Record<string, string>>;
  },
  instance?: SeededInstance,
): Promise<string> {
  const { ec2 } = ownerOf(gateway, vpc);
  const tags = Object.entries(shape.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  const { NetworkInterface } = await ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId: vpc.subnet,
      Groups: [vpc.groups[shape.group] ?? ""],
      ...(shape.type && { InterfaceType: shape.type }),
      ...(shape.description && { Description: shape.description }),
      ...(tags.length > 0 && {
        TagSpecifications: [{ ResourceType: "network-interface", Tags: tags }],
      }),
    }),
  );
  const id = NetworkInterface?.NetworkInterfaceId ?? "";
  if (instance !== undefined) {
    await ec2.send(
      new AttachNetworkInterfaceCommand({
        NetworkInterfaceId: id,
        InstanceId: instance.id,
        DeviceIndex: shape.type === "trunk" ? 2 : 3,
      }),
    );
  }
  return id;
}
