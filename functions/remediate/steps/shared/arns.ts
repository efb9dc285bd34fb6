/** Parts of statements: ARNs of what steps change, and the conditions they share. */
import type { Place } from "../../../model/resource";

/** Names an EC2 resource such as `instance/i-1` or `network-interface/*`. */
export function ec2Arn(place: Place, resource: string): string {
  return `arn:aws:ec2:${place.region}:${place.account}:${resource}`;
}

/**
 * Names a user or role for a session policy, whose 2,048 characters a path of 512 would use up in
 * four statements. Nothing is gained by it: IAM gives a name once in an account, whatever the path.
 */
export function withoutPath(arn: string): string {
  const [, head, name] = /^(arn:[^/]+)\/.+\/([^/]+)$/.exec(arn) ?? [];
  return head === undefined ? arn : `${head}/*/${name}`;
}

/** Snapshots belong to no account in their ARN. */
export function snapshotArn(place: Place): string {
  return `arn:aws:ec2:${place.region}::snapshot/*`;
}

/** Describe calls know no resource: AWS checks them against "*". */
export function reads(...actions: string[]) {
  return { actions, resources: ["*"] };
}

/**
 * Limits tagging to these keys. ForAllValues also holds for no keys at all, and DeleteTags without
 * keys deletes every tag: hence the second condition.
 */
export function onlyTags(keys: readonly string[]) {
  return {
    "ForAllValues:StringEquals": { "aws:TagKeys": keys },
    Null: { "aws:TagKeys": "false" },
  };
}
