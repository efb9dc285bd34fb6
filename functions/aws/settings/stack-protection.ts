/** Whether CloudFormation refuses to delete a stack. */
import {
  CloudFormationClient,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from "@aws-sdk/client-cloudformation";
import { memberConfig } from "../client";
import { hasCode } from "../errors";
import { tagsOf } from "../tags";
import { leftIfOwn } from "./own";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials, account) => {
  const client = new CloudFormationClient(memberConfig(region, credentials));
  // By its ARN, which also finds stacks that are deleted, and no later one of the same name.
  const arnOf = (id: string) => `arn:aws:cloudformation:${region}:${account}:stack/${id}`;
  return {
    async read(id) {
      try {
        const { Stacks: [found] = [] } = await client.send(
          new DescribeStacksCommand({ StackName: arnOf(id) }),
        );
        if (found === undefined || found.StackStatus === "DELETE_COMPLETE") return undefined;
        const tags = tagsOf(found.Tags);
        return {
          value: found.EnableTerminationProtection === true,
          tags,
          // CloudFormation refuses it of nested stacks, which have their root's.
          ...(found.RootId !== undefined && {
            left: `Stack ${id} is nested: it has the protection of ${found.RootId}`,
          }),
          ...(id.startsWith("StackSet-") && {
            left: `A stack set manages stack ${id}, and could not delete it any more`,
          }),
          ...leftIfOwn("Stack", id, tags),
        };
      } catch (error) {
        // CloudFormation has no code of its own for a stack that does not exist.
        if (hasCode(error, "ValidationError") && /does not exist/.test(String(error)))
          return undefined;
        throw error;
      }
    },
    async write(id, value) {
      const EnableTerminationProtection = value === true;
      await client.send(
        new UpdateTerminationProtectionCommand({
          StackName: arnOf(id),
          EnableTerminationProtection,
        }),
      );
    },
  };
};
