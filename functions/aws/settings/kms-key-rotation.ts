/** Whether KMS rotates a key. It cannot rotate asymmetric keys, nor key material that was imported. */
import {
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  paginateListResourceTags,
} from "@aws-sdk/client-kms";
import { memberConfig } from "../client";
import { hasCode } from "../errors";
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
  return {
    async read(KeyId) {
      try {
        const [{ KeyRotationEnabled }, tags] = await Promise.all([
          client.send(new GetKeyRotationStatusCommand({ KeyId })),
          tagsOf(KeyId),
        ]);
        return { value: KeyRotationEnabled === true, tags };
      } catch (error) {
        if (hasCode(error, "NotFoundException")) return undefined;
        throw error;
      }
    },
    async write(KeyId, value) {
      await client.send(
        value === true
          ? new EnableKeyRotationCommand({ KeyId })
          : new DisableKeyRotationCommand({ KeyId }),
      );
    },
  };
};
