/** Whether EC2 encrypts the new EBS volumes of an account and region by default. */
import {
  DisableEbsEncryptionByDefaultCommand,
  EC2Client,
  EnableEbsEncryptionByDefaultCommand,
  GetEbsEncryptionByDefaultCommand,
} from "@aws-sdk/client-ec2";
import { memberConfig } from "../client";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new EC2Client(memberConfig(region, credentials));
  return {
    async read() {
      const { EbsEncryptionByDefault } = await client.send(
        new GetEbsEncryptionByDefaultCommand({}),
      );
      return { value: EbsEncryptionByDefault === true, tags: {} };
    },
    async write(_account, value) {
      await client.send(
        value === true
          ? new EnableEbsEncryptionByDefaultCommand({})
          : new DisableEbsEncryptionByDefaultCommand({}),
      );
    },
  };
};
