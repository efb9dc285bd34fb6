/** Whether KMS rotates a key. It cannot rotate asymmetric keys, nor key material that was imported. */
import {
  DescribeKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  type KeyMetadata,
  KMSClient,
  paginateListResourceTags,
} from "@aws-sdk/client-kms";
import type { SettingState } from "../../model/member-account";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new KMSClient(memberConfig(region, credentials));
  const tagsOf = async (KeyId: string) => {
    const tags: Record<string, string> = {};
    for await (const { Tags = [] } of paginateListResourceTags({ client }, { KeyId })) {
      for (const { TagKey = "", TagValue = "" } of Tags) tags[TagKey] = TagValue;
    }
    return tags;
  };
  const stateOf = async (KeyId: string): Promise<SettingState | undefined> => {
    const [{ KeyRotationEnabled }, tags, { KeyMetadata }] = await Promise.all([
      client.send(new GetKeyRotationStatusCommand({ KeyId })),
      tagsOf(KeyId),
      client.send(new DescribeKeyCommand({ KeyId })),
    ]);
    return { value: KeyRotationEnabled === true, tags, ...leftOf(KeyId, KeyMetadata) };
  };
  return {
    read: (KeyId) => orUndefined(stateOf(KeyId), "NotFoundException"),
    async write(KeyId, value) {
      await client.send(
        value === true
          ? new EnableKeyRotationCommand({ KeyId })
          : new DisableKeyRotationCommand({ KeyId }),
      );
    },
  };
};

/** Says what KMS refuses: only a key that is enabled rotates, and of a multi-Region key the primary one. */
function leftOf(id: string, found: KeyMetadata | undefined): { readonly left?: string } {
  const { KeyState = "Enabled", MultiRegionConfiguration } = found ?? {};
  if (KeyState !== "Enabled") {
    return { left: `KMS key ${id} is ${KeyState}: KMS rotates enabled keys alone` };
  }
  const { MultiRegionKeyType, PrimaryKey } = MultiRegionConfiguration ?? {};
  return MultiRegionKeyType === "REPLICA"
    ? {
        left: `KMS key ${id} is a replica, which rotates as its primary key in ${PrimaryKey?.Region} does`,
      }
    : {};
}
