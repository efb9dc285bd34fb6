/** The four settings of an account's Block Public Access for S3; null where none was ever set. */
import {
  DeletePublicAccessBlockCommand,
  GetPublicAccessBlockCommand,
  type PublicAccessBlockConfiguration,
  PutPublicAccessBlockCommand,
  S3ControlClient,
} from "@aws-sdk/client-s3-control";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { settingsOf } from "./bucket-public-access";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new S3ControlClient(memberConfig(region, credentials));
  return {
    async read(AccountId) {
      const found = await orUndefined(
        client.send(new GetPublicAccessBlockCommand({ AccountId })),
        "NoSuchPublicAccessBlockConfiguration",
      );
      return { value: settingsOf(found?.PublicAccessBlockConfiguration), tags: {} };
    },
    async write(AccountId, value) {
      if (value === null) {
        await client.send(new DeletePublicAccessBlockCommand({ AccountId }));
        return;
      }
      const PublicAccessBlockConfiguration = value as PublicAccessBlockConfiguration;
      await client.send(
        new PutPublicAccessBlockCommand({ AccountId, PublicAccessBlockConfiguration }),
      );
    },
  };
};
