/** What the tests of users and roles share. */
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Credentials } from "../../../local/gateway/iam/caller";
import { errorOf, type World } from "./gateway";

export const denyAll = "arn:aws:iam::aws:policy/AWSDenyAll";
export const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";

/** Actions that the users and roles of these tests may take. */
export const work = [
  "s3:ListAllMyBuckets",
  "ec2:DescribeInstances",
  "iam:*",
  "sts:*",
  "dynamodb:*",
];

/** Lists the buckets of an account as one of its users or sessions. */
export function buckets(world: World, as: Credentials) {
  return new S3Client(world.as(as)).send(new ListBucketsCommand({}));
}

/** Reads a caller's identity, which needs no permission. */
export function whoIs(world: World, as: Credentials) {
  return new STSClient(world.as(as)).send(new GetCallerIdentityCommand({}));
}

/** Names the error that a call must end in. */
export async function codeOf(sending: Promise<unknown>): Promise<string> {
  return (await errorOf(sending)).name;
}

export function onlyKey({ keys: [key] }: { readonly keys: readonly Credentials[] }): Credentials {
  return key as Credentials;
}
