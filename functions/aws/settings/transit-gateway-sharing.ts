/** Whether a transit gateway accepts attachments of other accounts by itself: "enable", or "disable". */
import {
  type AutoAcceptSharedAttachmentsValue,
  DescribeTransitGatewaysCommand,
  EC2Client,
  ModifyTransitGatewayCommand,
} from "@aws-sdk/client-ec2";
import { memberConfig } from "../client";
import { filter } from "../ec2-shapes";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials, account) => {
  const client = new EC2Client(memberConfig(region, credentials));
  return {
    async read(id) {
      const { TransitGateways: [found] = [] } = await client.send(
        new DescribeTransitGatewaysCommand({ Filters: [filter("transit-gateway-id", id)] }),
      );
      if (found === undefined || found.State === "deleted" || found.State === "deleting")
        return undefined;
      return {
        value: found.Options?.AutoAcceptSharedAttachments ?? "disable",
        tags: tagsOf(found.Tags),
        ...(found.OwnerId !== account && {
          left: `Transit gateway ${id} belongs to account ${found.OwnerId}, which shares it`,
        }),
      };
    },
    async write(TransitGatewayId, value) {
      const AutoAcceptSharedAttachments = value as AutoAcceptSharedAttachmentsValue;
      await client.send(
        new ModifyTransitGatewayCommand({
          TransitGatewayId,
          Options: { AutoAcceptSharedAttachments },
        }),
      );
    },
  };
};
