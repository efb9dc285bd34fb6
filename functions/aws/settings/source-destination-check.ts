/** Whether EC2 checks that a network interface is the source or the destination of its traffic. */
import {
  DescribeNetworkInterfacesCommand,
  EC2Client,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import { memberConfig } from "../client";
import { filter } from "../ec2-shapes";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new EC2Client(memberConfig(region, credentials));
  return {
    async read(id) {
      const { NetworkInterfaces: [found] = [] } = await client.send(
        new DescribeNetworkInterfacesCommand({ Filters: [filter("network-interface-id", id)] }),
      );
      return (
        found && {
          value: found.SourceDestCheck === true,
          tags: tagsOf(found.TagSet),
          ...((found.RequesterManaged === true || found.Operator?.Managed === true) && {
            left: `An AWS service manages interface ${id}, and alone may change it`,
          }),
        }
      );
    },
    async write(NetworkInterfaceId, value) {
      const SourceDestCheck = { Value: value === true };
      await client.send(
        new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, SourceDestCheck }),
      );
    },
  };
};
