/** Reads the tags of a member account's users. */
import { IAMClient, paginateListUserTags } from "@aws-sdk/client-iam";
import { type Credentials, clientConfig } from "./client";
import { orUndefined } from "./errors";

export function userTags(region: string, credentials: Credentials) {
  const client = new IAMClient(clientConfig(region, credentials));
  return {
    /** Gives a tag's value; undefined without the tag, or without the user. */
    async valueOf(userName: string, key: string): Promise<string | undefined> {
      const read = async () => {
        for await (const page of paginateListUserTags({ client }, { UserName: userName })) {
          const found = page.Tags?.find((tag) => tag.Key === key);
          if (found) return found.Value;
        }
        return undefined;
      };
      return orUndefined(read(), "NoSuchEntityException", "NoSuchEntity");
    },
  };
}
