/** Whether the metadata service of an instance wants tokens: "required", or "optional". */
import {
  DescribeInstancesCommand,
  EC2Client,
  type HttpTokensState,
  ModifyInstanceMetadataOptionsCommand,
} from "@aws-sdk/client-ec2";
import { memberConfig } from "../client";
import { filter } from "../ec2-shapes";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new EC2Client(memberConfig(region, credentials));
  return {
    async read(id) {
      const { Reservations } = await client.send(
        new DescribeInstancesCommand({ Filters: [filter("instance-id", id)] }),
      );
      const instance = Reservations?.[0]?.Instances?.[0];
      if (instance === undefined || instance.State?.Name === "terminated") return undefined;
      const { HttpTokens = "optional" } = instance.MetadataOptions ?? {};
      return { value: HttpTokens, tags: tagsOf(instance.Tags) };
    },
    async write(InstanceId, value) {
      const HttpTokens = value as HttpTokensState;
      await client.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpTokens }));
    },
  };
};
