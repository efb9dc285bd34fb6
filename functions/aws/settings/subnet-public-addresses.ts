/** Whether a subnet gives new instances a public IPv4 address by default. */
import {
  DescribeSubnetsCommand,
  EC2Client,
  ModifySubnetAttributeCommand,
} from "@aws-sdk/client-ec2";
import { memberConfig } from "../client";
import { filter } from "../ec2-shapes";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new EC2Client(memberConfig(region, credentials));
  return {
    async read(id) {
      const { Subnets = [] } = await client.send(
        new DescribeSubnetsCommand({ Filters: [filter("subnet-id", id)] }),
      );
      const [subnet] = Subnets;
      return subnet && { value: subnet.MapPublicIpOnLaunch === true, tags: tagsOf(subnet.Tags) };
    },
    async write(SubnetId, value) {
      const MapPublicIpOnLaunch = { Value: value === true };
      await client.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch }));
    },
  };
};
