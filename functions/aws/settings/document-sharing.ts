/** With whom a document of Systems Manager is shared, in which version. What is wanted is the same without "all". */
import {
  DescribeDocumentPermissionCommand,
  ListTagsForResourceCommand,
  ModifyDocumentPermissionCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { tagsOf } from "../tags";
import { leftIfOwn } from "./own";
import type { OpenSetting } from "./setting";

interface Share {
  readonly account: string;
  readonly version: string;
}

const everybody = "all";
const PermissionType = "Share";

export const open: OpenSetting = (region, credentials) => {
  const client = new SSMClient(memberConfig(region, credentials));
  const sharedWith = async (Name: string): Promise<readonly Share[]> => {
    const shares: Share[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new DescribeDocumentPermissionCommand({ Name, PermissionType, NextToken }),
      );
      for (const each of page.AccountSharingInfoList ?? []) {
        shares.push({
          account: each.AccountId ?? "",
          version: each.SharedDocumentVersion ?? "$DEFAULT",
        });
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return shares.sort((a, b) => (a.account < b.account ? -1 : 1));
  };
  return {
    async read(name) {
      const value = await orUndefined(
        sharedWith(name),
        "InvalidDocument",
        "InvalidDocumentException",
      );
      if (value === undefined) return undefined;
      const { TagList } = await client.send(
        new ListTagsForResourceCommand({ ResourceType: "Document", ResourceId: name }),
      );
      const tags = tagsOf(TagList);
      return {
        value: value.map((share) => ({ ...share })),
        wanted: value.filter(({ account }) => account !== everybody).map((share) => ({ ...share })),
        tags,
        ...leftIfOwn("Document", name, tags),
      };
    },
    async write(Name, value) {
      const wanted = value as unknown as readonly Share[];
      const there = await sharedWith(Name);
      const missing = (shares: readonly Share[], from: readonly Share[]) =>
        from.filter(
          ({ account, version }) =>
            !shares.some((each) => each.account === account && each.version === version),
        );
      const surplus = missing(wanted, there).map(({ account }) => account);
      if (surplus.length > 0) {
        await client.send(
          new ModifyDocumentPermissionCommand({
            Name,
            PermissionType,
            AccountIdsToRemove: surplus,
          }),
        );
      }
      for (const { account, version } of missing(there, wanted)) {
        await client.send(
          new ModifyDocumentPermissionCommand({
            Name,
            PermissionType,
            AccountIdsToAdd: [account],
            SharedDocumentVersion: version,
          }),
        );
      }
    },
  };
};
