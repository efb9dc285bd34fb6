/** Who owns the objects of a bucket, which says whether its access control lists count; null where not set. */
import {
  DeleteBucketOwnershipControlsCommand,
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketTaggingCommand,
  type ObjectOwnership,
  PutBucketOwnershipControlsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { memberConfig } from "../client";
import { hasCode, orUndefined } from "../errors";
import { tagsOf } from "../tags";
import { leftIfOwn } from "./own";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new S3Client({
    ...memberConfig(region, credentials),
    followRegionRedirects: true,
  });
  return {
    async read(Bucket) {
      try {
        const [controls, acl, tagging] = await Promise.all([
          orUndefined(
            client.send(new GetBucketOwnershipControlsCommand({ Bucket })),
            "OwnershipControlsNotFoundError",
          ),
          client.send(new GetBucketAclCommand({ Bucket })),
          orUndefined(client.send(new GetBucketTaggingCommand({ Bucket })), "NoSuchTagSet"),
        ]);
        const tags = tagsOf(tagging?.TagSet);
        const others = (acl.Grants ?? []).some(({ Grantee }) => Grantee?.ID !== acl.Owner?.ID);
        return {
          value: controls?.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? null,
          tags,
          // S3 refuses it then (InvalidBucketAclWithObjectOwnership).
          ...(others && {
            left: `The access control list of bucket ${Bucket} lets others in besides its owner: give them access by its policy first, and reset the list`,
          }),
          ...leftIfOwn("Bucket", Bucket, tags),
        };
      } catch (error) {
        if (hasCode(error, "NoSuchBucket")) return undefined;
        throw error;
      }
    },
    async write(Bucket, value) {
      if (value === null) {
        await client.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
        return;
      }
      const Rules = [{ ObjectOwnership: value as ObjectOwnership }];
      await client.send(
        new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules } }),
      );
    },
  };
};
