/** What the accounts have of AWS Config before Cordon comes: a recorder that knows IAM users. */

import {
  ConfigServiceClient,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  StartConfigurationRecorderCommand,
} from "@aws-sdk/client-config-service";
import { accounts, homeRegion } from "../gateway/accounts";
import { ownerConfig } from "../gateway/client";
import type { Gateway } from "../gateway/gateway";

/** Starts the recorder of every account in the home region. */
export async function seedRecorders(gateway: Gateway): Promise<void> {
  await Promise.all(accounts.map(({ id }) => seedRecorder(gateway, id)));
}

/**
 * Makes and starts a recorder of everything in one region of an account. AWS Config takes no rule
 * where there is none.
 */
export async function seedRecorder(
  gateway: Gateway,
  account: string,
  region = homeRegion,
  bucket = `config-${account}`,
): Promise<void> {
  const config = new ConfigServiceClient(ownerConfig(gateway, account, region));
  await config.send(
    new PutConfigurationRecorderCommand({
      ConfigurationRecorder: {
        name: "default",
        roleARN: `arn:aws:iam::${account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`,
        recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
      },
    }),
  );
  await config.send(
    new PutDeliveryChannelCommand({
      DeliveryChannel: { name: "default", s3BucketName: bucket },
    }),
  );
  await config.send(
    new StartConfigurationRecorderCommand({ ConfigurationRecorderName: "default" }),
  );
  config.destroy();
}
