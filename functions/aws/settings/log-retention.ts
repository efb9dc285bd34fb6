/** How many days CloudWatch keeps what is written to a log group; null where it keeps it for ever. */
import {
  CloudWatchLogsClient,
  DeleteRetentionPolicyCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
  paginateDescribeLogGroups,
} from "@aws-sdk/client-cloudwatch-logs";
import { memberConfig } from "../client";
import { leftIfOwn } from "./own";
import type { OpenSetting } from "./setting";

/** What Security Hub asks for by default. */
const year = 365;

export const open: OpenSetting = (region, credentials, account) => {
  const client = new CloudWatchLogsClient(memberConfig(region, credentials));
  const groupOf = async (name: string) => {
    const pages = paginateDescribeLogGroups({ client }, { logGroupNamePrefix: name });
    for await (const { logGroups = [] } of pages) {
      const found = logGroups.find(({ logGroupName }) => logGroupName === name);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    async read(name) {
      const found = await groupOf(name);
      if (found === undefined) return undefined;
      const resourceArn = `arn:aws:logs:${region}:${account}:log-group:${name}`;
      const { tags = {} } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
      const value = found.retentionInDays ?? null;
      return {
        value,
        wanted: value === null ? null : Math.max(value, year),
        tags,
        ...leftIfOwn("Log group", name.replace("/aws/lambda/", ""), tags),
      };
    },
    async write(logGroupName, value) {
      await (value === null
        ? client.send(new DeleteRetentionPolicyCommand({ logGroupName }))
        : client.send(
            new PutRetentionPolicyCommand({ logGroupName, retentionInDays: Number(value) }),
          ));
    },
  };
};
