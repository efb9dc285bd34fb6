/** Who owns the objects of a bucket, which says whether its access control lists count; null where not set. */
import {
  DeleteBucketOwnershipControlsCommand,
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  type ObjectOwnership,
  PutBucketOwnershipControlsCommand,
} from "@aws-sdk/client-s3";
import { orUndefined } from "../errors";
import { bucketSetting, tagsOfBucket } from "./bucket";
import { leftIfOwn } from "./own";

export const open = bucketSetting((client) => ({
  async read(Bucket) {
    const [controls, acl, tags] = await Promise.all([
      orUndefined(
        client.send(new GetBucketOwnershipControlsCommand({ Bucket })),
        "OwnershipControlsNotFoundError",
      ),
      client.send(new GetBucketAclCommand({ Bucket })),
      tagsOfBucket(client, Bucket),
    ]);
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
}));
