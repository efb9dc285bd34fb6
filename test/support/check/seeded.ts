/** What the preflight's tests share: the documented policy, a seeded organization, the command. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CloudTrailClient,
  CreateTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { CreateAccessKeyCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { security } from "../../../local/gateway/accounts";
import { ownerConfig } from "../../../local/gateway/client";
import type { Gateway } from "../../../local/gateway/gateway";
import type { Credentials } from "../../../local/gateway/iam/caller";
import { seedRecorder } from "../../../local/seeds/config";
import { assumeDeploymentRole } from "../../../local/seeds/deployment-roles";

const root = join(__dirname, "..", "..", "..");

/** Reads the policy that docs/preflight.md says to grant. */
export function documentedPolicy(): {
  readonly Statement: readonly { readonly Action: string | readonly string[] }[];
} {
  const page = readFileSync(join(root, "docs/preflight.md"), "utf8");
  return JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
}

/** Opens a session of the security account's deployment role, as a person does who may deploy. */
export async function makeOperator(gateway: Gateway): Promise<Required<Credentials>> {
  const iam = new IAMClient(ownerConfig(gateway, security.id));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: "deployer" }));
  const credentials = {
    accessKeyId: key?.AccessKeyId ?? "",
    secretAccessKey: key?.SecretAccessKey ?? "",
  };
  return assumeDeploymentRole({ ...ownerConfig(gateway, security.id), credentials }, "check");
}

/** Has AWS Config record everything in one region of an account. */
export async function makeRecorder(gateway: Gateway, account: string, region: string) {
  const owner = ownerConfig(gateway, account, region);
  const bucket = `config-${account}-${region}`;
  await new S3Client({ ...owner, forcePathStyle: true, region: "us-east-1" }).send(
    new CreateBucketCommand({ Bucket: bucket }),
  );
  await seedRecorder(gateway, account, region, bucket);
}

/** Makes an account's own trail of all regions, for all management events. */
export async function makeTrail(gateway: Gateway, account: string) {
  const owner = ownerConfig(gateway, account);
  const bucket = `trail-${account}`;
  await new S3Client({ ...owner, forcePathStyle: true }).send(
    new CreateBucketCommand({ Bucket: bucket }),
  );
  const trails = new CloudTrailClient(owner);
  await trails.send(
    new CreateTrailCommand({ Name: "everything", S3BucketName: bucket, IsMultiRegionTrail: true }),
  );
  // AWS would give a new trail these by itself.
  await trails.send(
    new PutEventSelectorsCommand({
      TrailName: "everything",
      EventSelectors: [{ ReadWriteType: "All", IncludeManagementEvents: true }],
    }),
  );
  await trails.send(new StartLoggingCommand({ Name: "everything" }));
}

export interface Ran {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Runs `npx cordon` in a process of its own, as a person does. */
export function cordon(
  args: readonly string[],
  gateway: Gateway,
  credentials: Required<Credentials>,
): Promise<Ran> {
  const child = spawn(process.execPath, [join(root, "cli/cordon.mjs"), ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      AWS_ENDPOINT_URL: gateway.url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_EC2_METADATA_DISABLED: "true",
    },
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, lines: output.trimEnd().split("\n"), errors });
    });
  });
}
