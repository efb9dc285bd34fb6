/** A setting of Systems Manager that an account has once in a region; null where it was never set. */
import {
  GetServiceSettingCommand,
  ResetServiceSettingCommand,
  SSMClient,
  UpdateServiceSettingCommand,
} from "@aws-sdk/client-ssm";
import { memberConfig } from "../client";
import type { OpenSetting } from "./setting";

export const serviceSetting =
  (SettingId: string): OpenSetting =>
  (region, credentials) => {
    const client = new SSMClient(memberConfig(region, credentials));
    return {
      async read() {
        const { ServiceSetting } = await client.send(new GetServiceSettingCommand({ SettingId }));
        const { Status, SettingValue } = ServiceSetting ?? {};
        return { value: Status === "Default" ? null : (SettingValue ?? null), tags: {} };
      },
      async write(_account, value) {
        await (value === null
          ? client.send(new ResetServiceSettingCommand({ SettingId }))
          : client.send(
              new UpdateServiceSettingCommand({ SettingId, SettingValue: String(value) }),
            ));
      },
    };
  };
