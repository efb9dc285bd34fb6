/** Reads the users of a member account: their access keys and tags. */
import {
  type AccessKeyMetadata,
  IAMClient,
  paginateListAccessKeys,
  paginateListUserTags,
} from "@aws-sdk/client-iam";
import { type Credentials, memberConfig } from "./client";
import { noSuchEntity, orUndefined } from "./errors";

export function users(region: string, credentials: Credentials) {
  const client = new IAMClient(memberConfig(region, credentials));
  const ifThere = <T>(read: () => Promise<T>) => orUndefined(read(), ...noSuchEntity);
  return {
    /** Lists when each active key of a user was created; undefined without the user. */
    keysMade: (userName: string): Promise<readonly Date[] | undefined> =>
      ifThere(async () => {
        const keys: AccessKeyMetadata[] = [];
        for await (const page of paginateListAccessKeys({ client }, { UserName: userName })) {
          keys.push(...(page.AccessKeyMetadata ?? []));
        }
        return keys.flatMap(({ Status, CreateDate }) =>
          Status === "Active" && CreateDate ? [CreateDate] : [],
        );
      }),
    /** Gives a tag's value; undefined without the tag, or without the user. */
    tag: (userName: string, key: string): Promise<string | undefined> =>
      ifThere(async () => {
        for await (const page of paginateListUserTags({ client }, { UserName: userName })) {
          const found = page.Tags?.find((each) => each.Key === key);
          if (found) return found.Value;
        }
        return undefined;
      }),
  };
}
