/** How a bucket of Amazon S3 is contained. Data only. */
import { s3Controls } from "../controls/s3";
import type { Containment } from "./containment";

const block = s3Controls["bucket-public-access"];
const { arn } = block;
// A bucket's ARN does not say whose it is, and whoever deletes one lets any account take its name.
const ownBucket = { StringEquals: { "s3:ResourceAccount": "{account}" } };
const on = (...actions: string[]) => ({ actions, resources: [arn], conditions: ownBucket });

export const s3Containments = {
  bucket: {
    kind: "bucket",
    names: block.names,
    arn,
    idForm: block.idForm,
    found: [
      {
        // Of management events GuardDuty names the access key as the resource (its guide, "S3 Protection").
        about: ["S3Bucket", "AccessKey"],
        types: [
          "Exfiltration:S3/AnomalousBehavior",
          "Exfiltration:S3/MaliciousIPCaller",
          "Impact:S3/AnomalousBehavior",
          "Impact:S3/MaliciousIPCaller",
          "Policy:S3/BucketAnonymousAccessGranted",
          "Policy:S3/BucketPublicAccessGranted",
          "UnauthorizedAccess:S3/",
        ],
      },
    ],
    hubType: "AwsS3Bucket",
    settings: {
      "bucket-policy": {
        does: "deny everybody but Cordon, break-glass and root everything on bucket {id}, in place of its policy",
        undoes: "give bucket {id} its former policy",
        denies: { actions: "s3:*", resources: [arn, `${arn}/*`] },
        reads: [on("s3:GetBucketPolicy")],
        changes: [on("s3:PutBucketPolicy")],
        undoing: [on("s3:DeleteBucketPolicy", "s3:PutBucketPolicy")],
      },
      // After the policy: where S3 blocks public policies, one that lets the public in cannot be put back
      // before the block is as it was.
      "bucket-public-access": {
        does: block.does,
        undoes: block.undoes,
        wanted: block.wanted,
        reads: block.reads,
        changes: block.changes,
      },
    },
    residual: [
      "Nothing gives back what was copied, and what was deleted comes back only where the bucket keeps versions: look for both before the release.",
      "The root user of the bucket's account stays exempt, as S3 lets it change the policy in any case.",
      "Services cannot read or write the bucket either: what delivers logs or backups to it, serves it, or replicates it, fails until the release.",
    ],
    nextSteps: [
      "Before the release read the policy that the bucket had, in the journal's record of the incident: who misused the bucket may have written it, and a release gives exactly that back.",
      "List what was read, written and deleted: CloudTrail's data events of the bucket, or its access log. With versions, deleted objects have delete markers.",
    ],
  },
} as const satisfies Record<string, Containment>;
