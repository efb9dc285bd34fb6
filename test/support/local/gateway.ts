/** Starts a gateway over an emulator of its own and seeds what the gateway's tests share. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { CreateSecurityGroupCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  OrganizationsClient,
  RegisterDelegatedAdministratorCommand,
} from "@aws-sdk/client-organizations";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { clientConfig } from "../../../local/gateway/client";
import { startMoto } from "../../../local/gateway/emulator/moto";
import { type Gateway, startGateway } from "../../../local/gateway/gateway";
import type { Credentials } from "../../../local/gateway/iam/caller";

export const shop = "222233334444";
export const data = "333344445555";
export const management = "111122223333";
export const security = "123456789012";
export const region = "us-east-1";

/** Finds the Python that has the emulator: CORDON_PYTHON, or the one the setup made. */
export function emulatorPython(): string {
  const python = process.env.CORDON_PYTHON ?? resolve(".cordon/emulator/bin/python");
  if (!existsSync(python)) {
    throw new Error(`No Python at ${python}: run the setup, or set CORDON_PYTHON`);
  }
  return python;
}

export interface World extends Gateway {
  /** Settings of any SDK client for a caller. */
  as(credentials: Credentials): ReturnType<typeof clientConfig>;
  stop(): Promise<void>;
}

export async function startWorld(options: { waitFactor?: number } = {}): Promise<World> {
  const moto = await startMoto({ python: emulatorPython() });
  const gateway = await startGateway({ moto, ...options });
  return Object.assign(gateway, {
    as: (credentials: Credentials) => clientConfig(gateway, credentials),
    async stop() {
      await gateway.close();
      await moto.close();
    },
  });
}

export const trustLambda = allowing({ Service: "lambda.amazonaws.com" }, "sts:AssumeRole");
export const trustEc2 = allowing({ Service: "ec2.amazonaws.com" }, "sts:AssumeRole");

export function allowing(principal: object, action: string, condition?: object): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: principal,
        Action: action,
        ...(condition && { Condition: condition }),
      },
    ],
  };
}

export function policy(...statements: object[]): object {
  return { Version: "2012-10-17", Statement: statements };
}

export function allow(action: string | string[], resource: string | string[], condition?: object) {
  return {
    Effect: "Allow",
    Action: action,
    Resource: resource,
    ...(condition && { Condition: condition }),
  };
}

/** Makes a role with one inline policy as the seed; returns its ARN. */
export async function makeRole(
  world: World,
  account: string,
  name: string,
  trust: object,
  permissions?: object,
): Promise<string> {
  const iam = new IAMClient(world.as(world.callers.trusted(account, "seed", "seed")));
  const made = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  if (permissions) {
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: name,
        PolicyName: "inline",
        PolicyDocument: JSON.stringify(permissions),
      }),
    );
  }
  return made.Role?.Arn as string;
}

/** Assumes a role as a caller; returns credentials any client takes. */
export async function assume(
  world: World,
  as: Credentials,
  roleArn: string,
  options: { sessionName?: string; externalId?: string; policy?: object | string } = {},
): Promise<Credentials> {
  const { Credentials: given } = await new STSClient(world.as(as)).send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: options.sessionName ?? "cordon-test",
      ...(options.externalId && { ExternalId: options.externalId }),
      ...(options.policy && {
        Policy:
          typeof options.policy === "string" ? options.policy : JSON.stringify(options.policy),
      }),
    }),
  );
  return {
    accessKeyId: given?.AccessKeyId as string,
    secretAccessKey: given?.SecretAccessKey as string,
    sessionToken: given?.SessionToken as string,
  };
}

export function seedOf(world: World, account: string): Credentials {
  return world.callers.trusted(account, "seed", "seed");
}

/** Registers the security account as an administrator of StackSets, as the deployment does. */
export async function delegate(world: World): Promise<void> {
  await new OrganizationsClient(world.as(seedOf(world, management))).send(
    new RegisterDelegatedAdministratorCommand({
      AccountId: security,
      ServicePrincipal: "member.org.stacksets.cloudformation.amazonaws.com",
    }),
  );
}

export async function makeGroup(ec2: EC2Client, vpc: string, name: string, tags = {}) {
  const made = await ec2.send(
    new CreateSecurityGroupCommand({
      VpcId: vpc,
      GroupName: name,
      Description: name,
      ...(Object.keys(tags).length > 0 && {
        TagSpecifications: [
          {
            ResourceType: "security-group",
            Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value: String(Value) })),
          },
        ],
      }),
    }),
  );
  return made.GroupId as string;
}

/** Sends a command and returns the error's name; fails when it succeeds. */
export async function errorOf(sending: Promise<unknown>): Promise<Error> {
  try {
    await sending;
  } catch (error) {
    return error as Error;
  }
  throw new Error("The call was expected to fail, but it succeeded");
}
