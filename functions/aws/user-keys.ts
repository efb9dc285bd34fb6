/** Reads the access keys of a member account's users. */
import { type AccessKeyMetadata, IAMClient, paginateListAccessKeys } from "@aws-sdk/client-iam";
import { type Credentials, clientConfig } from "./client";
import { orUndefined } from "./errors";

export function userKeys(region: string, credentials: Credentials) {
  const client = new IAMClient(clientConfig(region, credentials));
  return {
    /** Tells when each active key of a user was made; undefined without the user. */
    async made(userName: string): Promise<readonly Date[] | undefined> {
      const read = async () => {
        const keys: AccessKeyMetadata[] = [];
        for await (const page of paginateListAccessKeys({ client }, { UserName: userName })) {
          keys.push(...(page.AccessKeyMetadata ?? []));
        }
        return keys.flatMap(({ Status, CreateDate }) =>
          Status === "Active" && CreateDate ? [CreateDate] : [],
        );
      };
      return orUndefined(read(), "NoSuchEntityException", "NoSuchEntity");
    },
  };
}
