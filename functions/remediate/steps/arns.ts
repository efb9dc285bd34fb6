/** Parts of statements: ARNs of what steps change, and the conditions they share. */
import type { Place } from "../../incident";

/** Names an EC2 resource such as `instance/i-1` or `network-interface/*`. */
export function ec2Arn(place: Place, resource: string): string {
  return `arn:${place.partition}:ec2:${place.region}:${place.account}:${resource}`;
}

/** Snapshots belong to no account in their ARN. */
export function snapshotArn(place: Place): string {
  return `arn:${place.partition}:ec2:${place.region}::snapshot/*`;
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
