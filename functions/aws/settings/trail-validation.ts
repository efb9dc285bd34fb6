/** Whether CloudTrail writes digests by which its log files can be checked. */
import {
  CloudTrailClient,
  GetTrailCommand,
  ListTagsCommand,
  UpdateTrailCommand,
} from "@aws-sdk/client-cloudtrail";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials, account) => {
  const client = new CloudTrailClient(memberConfig(region, credentials));
  const arnOf = (name: string) => `arn:aws:cloudtrail:${region}:${account}:trail/${name}`;
  return {
    async read(name) {
      const found = await orUndefined(
        client.send(new GetTrailCommand({ Name: arnOf(name) })),
        "TrailNotFoundException",
      );
      if (found?.Trail === undefined) return undefined;
      const { ResourceTagList = [] } = await client.send(
        new ListTagsCommand({ ResourceIdList: [arnOf(name)] }),
      );
      return {
        value: found.Trail.LogFileValidationEnabled === true,
        tags: tagsOf(ResourceTagList[0]?.TagsList),
      };
    },
    async write(name, value) {
      const EnableLogFileValidation = value === true;
      await client.send(new UpdateTrailCommand({ Name: arnOf(name), EnableLogFileValidation }));
    },
  };
};
