/**
 * With whom a snapshot or an image is shared: "all", accounts, and of images the ARNs of organizations and
 * their units.
 */
import {
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  type LaunchPermission,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  paginateDescribeSnapshots,
} from "@aws-sdk/client-ec2";
import { memberConfig } from "../client";
import { filter } from "../ec2-shapes";
import { tolerate } from "../errors";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

const everybody = "all";
/** What the name of an organization or unit has in it, and no account's number. */
const organizationArn = /^arn:[^:]+:organizations::\d{12}:organization\//;
const unitArn = /^arn:[^:]+:organizations::\d{12}:ou\//;

export const snapshot: OpenSetting = (region, credentials) => {
  const client = new EC2Client(memberConfig(region, credentials));
  const sharedWith = async (SnapshotId: string) => {
    const { CreateVolumePermissions } = await client.send(
      new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: "createVolumePermission" }),
    );
    return namesOf(CreateVolumePermissions);
  };
  return {
    async read(id) {
      const { Snapshots: [found] = [] } = await client.send(
        new DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters: [filter("snapshot-id", id)] }),
      );
      return found && { value: await sharedWith(id), tags: tagsOf(found.Tags) };
    },
    async write(SnapshotId, value) {
      for (const { type, names } of changesOf(await sharedWith(SnapshotId), value)) {
        // EC2 adds and removes in calls of their own.
        await client.send(
          new ModifySnapshotAttributeCommand({
            SnapshotId,
            Attribute: "createVolumePermission",
            OperationType: type,
            UserIds: names.filter((name) => name !== everybody),
            GroupNames: names.filter((name) => name === everybody),
          }),
        );
      }
    },
  };
};

export const image: OpenSetting = (region, credentials) => {
  const client = new EC2Client(memberConfig(region, credentials));
  const sharedWith = async (ImageId: string) => {
    const { LaunchPermissions } = await client.send(
      new DescribeImageAttributeCommand({ ImageId, Attribute: "launchPermission" }),
    );
    return namesOf(LaunchPermissions);
  };
  return {
    async read(id) {
      const { Images: [found] = [] } = await client.send(
        new DescribeImagesCommand({ Owners: ["self"], Filters: [filter("image-id", id)] }),
      );
      return found && { value: await sharedWith(id), tags: tagsOf(found.Tags) };
    },
    async write(ImageId, value) {
      for (const { type, names } of changesOf(await sharedWith(ImageId), value)) {
        const permissions = names.map(permissionOf);
        await client.send(
          new ModifyImageAttributeCommand({
            ImageId,
            LaunchPermission: type === "add" ? { Add: permissions } : { Remove: permissions },
          }),
        );
      }
    },
  };
};

/** The snapshots of an account and region that everybody may restore: Security Hub reports them together. */
export const publicSnapshots: OpenSetting = (region, credentials) => {
  const client = new EC2Client(memberConfig(region, credentials));
  const list = async () => {
    const pages = paginateDescribeSnapshots(
      { client },
      { OwnerIds: ["self"], RestorableByUserIds: [everybody] },
    );
    const ids: string[] = [];
    for await (const { Snapshots = [] } of pages) {
      ids.push(...Snapshots.map(({ SnapshotId = "" }) => SnapshotId));
    }
    return ids.sort();
  };
  return {
    read: async () => ({ value: await list(), tags: {} }),
    async write(_account, value) {
      for (const { type, names } of changesOf(await list(), value)) {
        for (const SnapshotId of names) {
          await tolerate(
            client.send(
              new ModifySnapshotAttributeCommand({
                SnapshotId,
                Attribute: "createVolumePermission",
                OperationType: type,
                GroupNames: [everybody],
              }),
            ),
            "InvalidSnapshot.NotFound",
          );
        }
      }
    },
  };
};

function namesOf(permissions: readonly LaunchPermission[] = []): readonly string[] {
  return permissions
    .map(
      ({ Group, UserId, OrganizationArn, OrganizationalUnitArn }) =>
        Group ?? UserId ?? OrganizationArn ?? OrganizationalUnitArn ?? "",
    )
    .sort();
}

function permissionOf(name: string): LaunchPermission {
  if (name === everybody) return { Group: everybody };
  if (organizationArn.test(name)) return { OrganizationArn: name };
  return unitArn.test(name) ? { OrganizationalUnitArn: name } : { UserId: name };
}

/** Lists what to add and remove, in this order; nothing where the lists are alike. */
function changesOf(there: readonly string[], value: unknown) {
  const wanted = value as readonly string[];
  return [
    { type: "add" as const, names: wanted.filter((name) => !there.includes(name)) },
    { type: "remove" as const, names: there.filter((name) => !wanted.includes(name)) },
  ].filter(({ names }) => names.length > 0);
}
