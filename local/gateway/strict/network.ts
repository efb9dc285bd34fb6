/** Strictness about interfaces and about networks that accounts share. */
import {
  type ApiCall,
  ApiError,
  list,
  member,
  text,
  UnknownOperationError,
} from "../wire/protocol";
import type { Place, World } from "../world";
import type { StrictCheck } from "./check";

/** Types of interfaces that exist here, as EC2 names them. */
const interfaceTypes = ["interface", "trunk", "branch"];

export const networkChecks: Readonly<Record<string, StrictCheck>> = {
  // Makes an ordinary interface of every type, in groups of any account and in none.
  "ec2:CreateNetworkInterface": async ({ parameters }, place, world) => {
    const type = text(parameters.InterfaceType);
    if (type && !interfaceTypes.includes(type)) {
      throw new UnknownOperationError(`ec2:CreateNetworkInterface of type ${type}`);
    }
    const groups = list<string>(parameters.SecurityGroupId);
    for (const group of groups) await requireOwnGroup(group, place, world);
    const subnet = text(parameters.SubnetId) ?? "";
    if (groups.length === 0 && (await world.ownerOf(place, "subnet", subnet)) !== place.account) {
      throw new UnknownOperationError("ec2:CreateNetworkInterface in the owner's default group");
    }
  },
  // Attaches branch interfaces, which EC2 associates with a trunk instead.
  "ec2:AttachNetworkInterface": async ({ parameters }, place, world) => {
    const id = text(parameters.NetworkInterfaceId) ?? "";
    if ((await world.networkInterface(place, id))?.type === "branch") {
      throw new UnknownOperationError("ec2:AttachNetworkInterface of a branch interface");
    }
  },
  // Finds none of a type that it cannot make.
  "ec2:DescribeNetworkInterfaces": async ({ parameters }) => {
    const filters = list(parameters.Filter);
    const types = filters.filter((each) => member(each, "Name") === "interface-type");
    for (const type of types.flatMap((each) => list<string>(member(each, "Value")))) {
      if (!interfaceTypes.includes(type)) {
        throw new UnknownOperationError(`ec2:DescribeNetworkInterfaces of type ${type}`);
      }
    }
  },
};

/** What a participant does here in a VPC that another account shares with it. */
const participates = /^(Describe\w+|CreateSecurityGroup|CreateNetworkInterface)$/;

/** The emulator lets a participant change the owner's VPC, as if it were its own. */
export async function refuseInSharedVpc(call: ApiCall, place: Place, world: World): Promise<void> {
  if (participates.test(call.operation)) return;
  for (const [type, id] of [
    ["vpc", text(call.parameters.VpcId)],
    ["subnet", text(call.parameters.SubnetId)],
  ] as const) {
    if (id && (await world.ownerOf(place, type, id)) !== place.account) {
      throw new UnknownOperationError(`ec2:${call.operation} in a ${type} of another account`);
    }
  }
}

/** In a shared VPC accounts see each other's groups, and may use their own alone. */
export async function requireOwnGroup(group: string, place: Place, world: World) {
  const found = await world.securityGroup(place, group);
  if (!found || (found.owner ?? place.account) !== place.account) {
    throw notFound("security-group", group);
  }
  return found;
}

const notFoundCodes: Readonly<Record<string, readonly [code: string, what: string]>> = {
  instance: ["InvalidInstanceID.NotFound", "instance ID"],
  "network-interface": ["InvalidNetworkInterfaceID.NotFound", "networkInterface ID"],
  "security-group": ["InvalidGroup.NotFound", "security group"],
  volume: ["InvalidVolume.NotFound", "volume"],
  snapshot: ["InvalidSnapshot.NotFound", "snapshot"],
  vpc: ["InvalidVpcID.NotFound", "vpc ID"],
  subnet: ["InvalidSubnetID.NotFound", "subnet ID"],
};

export function notFound(type: string, id: string): ApiError {
  const [code, what] = notFoundCodes[type] ?? ["InvalidID", "ID"];
  return new ApiError(code, `The ${what} '${id}' does not exist`);
}
