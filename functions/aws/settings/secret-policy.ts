/** The resource policy of a secret, as JSON; null where it has none. */
import {
  DeleteResourcePolicyCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Value } from "../../catalogue/controls/control";
import { command } from "../../model/command";
import type { SettingState } from "../../model/member-account";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { tagsOf } from "../tags";
import { leftIfOwn } from "./own";
import { servicesIn } from "./policy-services";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials, account) => {
  const client = new SecretsManagerClient(memberConfig(region, credentials));
  const arnOf = (id: string) => `arn:aws:secretsmanager:${region}:${account}:secret:${id}`;
  const stateOf = async (id: string): Promise<SettingState | undefined> => {
    const SecretId = arnOf(id);
    const found = await client.send(new DescribeSecretCommand({ SecretId }));
    const { Tags, OwningService, DeletedDate, PrimaryRegion = region } = found;
    // Of these Secrets Manager gives and takes no policy.
    const left =
      DeletedDate !== undefined
        ? `Secret ${id} is to be deleted, and has no policy that could be changed. To keep it: ${command`aws secretsmanager restore-secret --secret-id=${SecretId} --region=${region}`}`
        : PrimaryRegion !== region
          ? `Secret ${id} is a replica: contain the one in ${PrimaryRegion}, whose policy it gets`
          : undefined;
    if (left !== undefined) return { value: null, tags: tagsOf(Tags), left };
    const { ResourcePolicy } = await client.send(new GetResourcePolicyCommand({ SecretId }));
    const value: Value = ResourcePolicy ? JSON.parse(ResourcePolicy) : null;
    const services = [...servicesIn(value), ...(OwningService ? [OwningService] : [])];
    return {
      value,
      tags: tagsOf(Tags),
      ...leftIfOwn("Secret", id, {}, "people need to release"),
      ...(services.length > 0 && {
        asks: `Secret ${id} is used by ${services.join(", ")}, which could not any more`,
      }),
    };
  };
  return {
    read: (id) => orUndefined(stateOf(id), "ResourceNotFoundException"),
    async write(id, value) {
      const SecretId = arnOf(id);
      if (value === null) await client.send(new DeleteResourcePolicyCommand({ SecretId }));
      else {
        const ResourcePolicy = JSON.stringify(value);
        await client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }));
      }
    },
  };
};
