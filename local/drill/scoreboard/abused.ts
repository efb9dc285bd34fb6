/** Makes what techniques abuse, and sees whether it is still as they left it. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeImageAttributeCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSnapshotAttributeCommand,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  RegisterImageCommand,
} from "@aws-sdk/client-ec2";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetPolicyCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import {
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DescribeDBSnapshotAttributesCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import {
  CreateBucketCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { strToU8, zipSync } from "fflate";
import { ownerConfig } from "../../gateway/client";
import { stateOf } from "../../gateway/emulator/moto";
import type { Gateway } from "../../gateway/gateway";
import {
  type SeededRole,
  seedAssumableRole,
  seedServiceRole,
  seedUser,
} from "../../seeds/identities";
import { type SeededInstance, seedInstance, seedProfile, seedVpc } from "../../seeds/networks";
import { ownerOf } from "../../seeds/owner";
import { readRole, readUser } from "../identity-state";
import { readInstance } from "../instance-state";
import { denyAll, site, work } from "../scenarios/credential-checks";
import type { AbusedKind, Technique } from "./technique";

/** An account of nobody here. */
export const outsider = "999988887777";

/** A resource, with how the drill sees whether it is still as the technique left it. */
export interface Abused {
  readonly kind: AbusedKind;
  /** Its name or id, as findings have it. */
  readonly id: string;
  readonly arn: string;
  /** Reads all that a containment may change. */
  read(): Promise<unknown>;
  isOpen(state: never): boolean;
  /** Of an instance. */
  readonly role?: SeededRole;
}

type Make = (gateway: Gateway, name: string, technique: Technique) => Promise<Abused>;

export const makers: Readonly<Record<AbusedKind, Make>> = {
  async bucket(gateway, Bucket, { call }) {
    const s3 = new S3Client({ ...ownerConfig(gateway, site.account), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket }));
    const arn = `arn:aws:s3:::${Bucket}`;
    if (call === "s3:PutBucketPolicy") {
      const Policy = document({
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${outsider}:root` },
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: [arn, `${arn}/*`],
      });
      await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    }
    if (call === "s3:PutBucketLifecycle") {
      const rule = { Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } } as const;
      const LifecycleConfiguration = { Rules: [rule] };
      await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
    }
    const policy = async () =>
      JSON.parse((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? "null");
    return {
      kind: "bucket",
      id: Bucket,
      arn,
      read: async () => ({
        policy: await orNull(policy()),
        block: await orNull(
          s3
            .send(new GetPublicAccessBlockCommand({ Bucket }))
            .then((found) => found.PublicAccessBlockConfiguration),
        ),
        lifecycle: await orNull(
          s3
            .send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
            .then(({ Rules }) => Rules),
        ),
      }),
      isOpen: (state: { readonly policy: unknown; readonly lifecycle: unknown }) => {
        if (call === "s3:PutBucketPolicy") return admitsOutsider(state.policy);
        if (call === "s3:PutBucketLifecycle") return state.lifecycle !== null;
        return statementsOf(state.policy, "Deny").length === 0;
      },
    };
  },

  "security group": async (gateway, name) => {
    const { ec2 } = ownerOf(gateway, site);
    const vpc = await seedVpc(gateway, site, { groups: [name] });
    const id = vpc.groups[name] ?? "";
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: id,
        IpPermissions: [
          { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: everywhere }] },
        ],
      }),
    );
    return {
      kind: "security group",
      id,
      arn: arnOf("ec2", `security-group/${id}`),
      read: async () => {
        const { SecurityGroupRules = [] } = await ec2.send(
          new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [id] }] }),
        );
        return SecurityGroupRules.map(({ IsEgress, FromPort, ToPort, CidrIpv4 }) => ({
          IsEgress,
          FromPort,
          ToPort,
          CidrIpv4,
        })).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
      },
      isOpen: (state: readonly { FromPort: number; CidrIpv4: string }[]) =>
        state.some(({ FromPort, CidrIpv4 }) => FromPort === 22 && CidrIpv4 === everywhere),
    };
  },

  async snapshot(gateway) {
    const { ec2 } = ownerOf(gateway, site);
    const SnapshotId = await snapshotOf(gateway);
    await ec2.send(
      new ModifySnapshotAttributeCommand({
        SnapshotId,
        Attribute: "createVolumePermission",
        OperationType: "add",
        UserIds: [outsider],
      }),
    );
    return {
      kind: "snapshot",
      id: SnapshotId,
      arn: `arn:aws:ec2:${site.region}::snapshot/${SnapshotId}`,
      read: async () => {
        const Attribute = "createVolumePermission";
        const found = await ec2.send(
          new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute }),
        );
        return found.CreateVolumePermissions;
      },
      isOpen: namesOutsider,
    };
  },

  async image(gateway, Name) {
    const { ec2 } = ownerOf(gateway, site);
    const SnapshotId = await snapshotOf(gateway);
    const { ImageId = "" } = await ec2.send(
      new RegisterImageCommand({
        Name,
        RootDeviceName: "/dev/sda1",
        BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }],
      }),
    );
    await ec2.send(
      new ModifyImageAttributeCommand({
        ImageId,
        LaunchPermission: { Add: [{ UserId: outsider }] },
      }),
    );
    return {
      kind: "image",
      id: ImageId,
      arn: `arn:aws:ec2:${site.region}::image/${ImageId}`,
      read: async () => {
        const Attribute = "launchPermission";
        const found = await ec2.send(new DescribeImageAttributeCommand({ ImageId, Attribute }));
        return found.LaunchPermissions;
      },
      isOpen: namesOutsider,
    };
  },

  async "database snapshot"(gateway, DBSnapshotIdentifier) {
    const rds = new RDSClient(ownerConfig(gateway, site.account));
    const DBInstanceIdentifier = `${DBSnapshotIdentifier}-database`;
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier,
        DBInstanceClass: "db.t3.micro",
        Engine: "postgres",
        AllocatedStorage: 20,
        MasterUsername: "owner",
        MasterUserPassword: "only-in-the-emulator",
      }),
    );
    await rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier }));
    // Past the gateway, which does not know the name that RDS gives the members of this list.
    await stateOf(gateway.moto).query(site, "rds", "ModifyDBSnapshotAttribute", {
      Version: "2014-10-31",
      DBSnapshotIdentifier,
      AttributeName: "restore",
      "ValuesToAdd.AttributeValue.1": outsider,
    });
    return {
      kind: "database snapshot",
      id: DBSnapshotIdentifier,
      arn: arnOf("rds", `snapshot:${DBSnapshotIdentifier}`),
      read: async () => {
        const found = await rds.send(
          new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier }),
        );
        return found.DBSnapshotAttributesResult?.DBSnapshotAttributes;
      },
      isOpen: namesOutsider,
    };
  },

  async role(gateway, name) {
    const principal = `arn:aws:iam::${outsider}:root`;
    const role = await seedAssumableRole(gateway, site, principal, { name, allow: work });
    return {
      kind: "role",
      id: name,
      arn: role.arn,
      read: () => readRole(gateway, role),
      isOpen: (state: Awaited<ReturnType<typeof readRole>>) =>
        admitsOutsider(state.trust) && !state.attached.includes(denyAll),
    };
  },

  async user(gateway, name) {
    const user = await seedUser(gateway, site, { name, allow: work });
    return {
      kind: "user",
      // AWS Config names a user so.
      id: user.id,
      arn: user.arn,
      read: () => readUser(gateway, user),
      isOpen: (state: Awaited<ReturnType<typeof readUser>>) =>
        Object.values(state.keys).includes("Active") && !state.attached.includes(denyAll),
    };
  },

  async instance(gateway, name) {
    const vpc = await seedVpc(gateway, site, { groups: [name] });
    const role = await seedServiceRole(gateway, site, "ec2", { name, allow: work });
    await seedProfile(gateway, site, name);
    const shape = { interfaces: [[name]], volumes: 1, profile: name };
    const instance: SeededInstance = await seedInstance(gateway, vpc, shape);
    return {
      kind: "instance",
      id: instance.id,
      arn: instance.arn,
      read: async () => (await readInstance(gateway, instance)).state,
      isOpen: ({ groups }: Awaited<ReturnType<typeof readInstance>>["state"]) =>
        Object.values(groups)
          .flat()
          .includes(vpc.groups[name] ?? ""),
      role,
    };
  },

  async function(gateway, FunctionName) {
    const shape = { name: `${FunctionName}-role`, allow: work };
    const role = await seedServiceRole(gateway, site, "lambda", shape);
    const lambda = new LambdaClient(ownerConfig(gateway, site.account));
    const { FunctionArn = "" } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: role.arn,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: { ZipFile: zipSync({ "index.js": strToU8("exports.handler = async () => 1;") }) },
      }),
    );
    await lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId: "backdoor",
        Principal: "*",
        Action: "lambda:InvokeFunction",
      }),
    );
    const policy = async () =>
      JSON.parse((await lambda.send(new GetPolicyCommand({ FunctionName }))).Policy ?? "null");
    return {
      kind: "function",
      id: FunctionName,
      arn: FunctionArn,
      read: async () => ({
        policy: await orNull(policy()),
        concurrency: await lambda
          .send(new GetFunctionConcurrencyCommand({ FunctionName }))
          .then((found) => found.ReservedConcurrentExecutions ?? null),
      }),
      isOpen: (state: { readonly policy: unknown; readonly concurrency: number | null }) =>
        state.concurrency !== 0 && JSON.stringify(state.policy).includes('"Principal":"*"'),
    };
  },
};

const everywhere = "0.0.0.0/0";

function arnOf(service: string, rest: string): string {
  return `arn:aws:${service}:${site.region}:${site.account}:${rest}`;
}

function document(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return (await reading) ?? null;
  } catch (error) {
    if (/^(NoSuch|ResourceNotFound)/.test((error as Error).name)) return null;
    throw error;
  }
}

/** Says whether a policy allows the outsider something, and denies nobody anything. */
function admitsOutsider(policy: unknown): boolean {
  return namesOutsider(statementsOf(policy, "Allow")) && statementsOf(policy, "Deny").length === 0;
}

function statementsOf(policy: unknown, effect: "Allow" | "Deny"): readonly unknown[] {
  const statements = [(policy as { Statement?: unknown } | null)?.Statement ?? []].flat();
  return statements.filter((each) => (each as { Effect: string }).Effect === effect);
}

function namesOutsider(state: unknown): boolean {
  return JSON.stringify(state).includes(outsider);
}

async function snapshotOf(gateway: Gateway): Promise<string> {
  const { ec2 } = ownerOf(gateway, site);
  const { VolumeId } = await ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: `${site.region}a`, Size: 8 }),
  );
  return (await ec2.send(new CreateSnapshotCommand({ VolumeId }))).SnapshotId ?? "";
}
