/** Resource table: settings of EC2, S3, load balancing, containers, messages, identity and deployment. */
import { list, member } from "../wire/protocol";
import { ec2 } from "./compute";
import { anywhere, name } from "./named";
import type { Operation, Request } from "./operation";

/** Another account's is not known here: the emulator answers that it does not exist. */
const owned = ({ account }: Request) => ({ "ec2:Owner": account });

/** A call on one resource of EC2 whose ARN does not say whose it is. */
function ownedBySelf(action: string, type: "snapshot" | "image", parameter: string): Operation {
  return (request) => [ec2(request, action, type, name(request, parameter), owned(request))];
}

/** Which groups and accounts are added or removed are keys of snapshots alone. */
function modifySnapshot(request: Request) {
  const { parameters } = request;
  const kind = parameters.OperationType === "add" ? "Add" : "Remove";
  const permissions = member(parameters.CreateVolumePermission, kind);
  const given = (one: string, many: string, key: string) => {
    const values = [
      ...list<string>(parameters[one]),
      ...list(permissions).flatMap((each) => list<string>(member(each, many))),
    ];
    return values.length > 0 && { [`ec2:${kind}/${key}`]: values };
  };
  return [
    ec2(request, "ModifySnapshotAttribute", "snapshot", name(request, "SnapshotId"), {
      ...owned(request),
      ...given("UserGroup", "Group", "group"),
      ...given("UserId", "UserId", "userId"),
    }),
  ];
}

export const computeSettingOperations: Readonly<Record<string, Operation>> = {
  ...anywhere("ec2", ["DescribeImages"]),
  "ec2:DescribeImageAttribute": ownedBySelf("DescribeImageAttribute", "image", "ImageId"),
  "ec2:DescribeSnapshotAttribute": ownedBySelf(
    "DescribeSnapshotAttribute",
    "snapshot",
    "SnapshotId",
  ),
  "ec2:ModifyImageAttribute": ownedBySelf("ModifyImageAttribute", "image", "ImageId"),
  "ec2:ModifySnapshotAttribute": modifySnapshot,
};
