/** Reads secrets: SecureStrings of SSM, by their names, and secrets of Secrets Manager, by their ARNs. */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { ChannelRefused } from "../notify/channel";
import { clientConfig } from "./client";
import { isFinal } from "./errors";

/** @param region where the parameters are; a secret's ARN names its own */
export function secretReader(region: string) {
  const read = async (name: string): Promise<string | undefined> => {
    if (!name.startsWith("arn:")) {
      const client = new SSMClient(clientConfig(region));
      const get = new GetParameterCommand({ Name: name, WithDecryption: true });
      return (await client.send(get)).Parameter?.Value;
    }
    const client = new SecretsManagerClient(clientConfig(name.split(":")[3] ?? ""));
    return (await client.send(new GetSecretValueCommand({ SecretId: name }))).SecretString;
  };
  return {
    /** Reads it for each message, so that a new value takes effect at once. */
    async read(name: string): Promise<string> {
      const value = await read(name).catch((error: Error) => {
        const why = `The secret ${name} cannot be read: ${error.name}`;
        throw isFinal(error) ? new ChannelRefused(why) : new Error(why);
      });
      if (!value?.trim()) throw new ChannelRefused(`The secret ${name} is empty, or no text`);
      return value;
    },
  };
}
