import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  PutRetentionPolicyCommand,
  paginateDescribeLogGroups,
} from "@aws-sdk/client-cloudwatch-logs";
import * as z from "zod/mini";
import { allOf } from "../../gateway/client";
import * as input from "../resource-type";

const logGroup = input.resourceType({
  inputs: z.strictObject({
    name: input.text,
    retentionInDays: input.optionalNumber,
    kmsKeyId: input.optionalText,
    ...input.regional,
    ...input.tagged,
  }),
  computed: ["arn"],
  async create({ name, retentionInDays, kmsKeyId }, place, tags) {
    const logs = place.client(CloudWatchLogsClient);
    await logs.send(
      new CreateLogGroupCommand({
        logGroupName: name,
        kmsKeyId,
        // An empty map is refused by AWS.
        tags: Object.keys(tags).length > 0 ? { ...tags } : undefined,
      }),
    );
    // 0 means that events never expire, which is how a group begins.
    if (retentionInDays)
      await logs.send(new PutRetentionPolicyCommand({ logGroupName: name, retentionInDays }));
    const groups = await allOf(
      paginateDescribeLogGroups({ client: logs }, { logGroupNamePrefix: name }),
      ({ logGroups }) => logGroups,
    );
    const group = groups.find((candidate) => candidate.logGroupName === name);
    // AWS shows the ARN with ":*", the real provider without.
    return { id: name, outputs: { arn: group?.arn?.replace(/:\*$/, "") } };
  },
  async delete(id, _state, place) {
    await place.client(CloudWatchLogsClient).send(new DeleteLogGroupCommand({ logGroupName: id }));
  },
});

export const resources = { "aws:cloudwatch/logGroup:LogGroup": logGroup };
