/** The interface of a setting that a posture control or a containment is about. Types only. */
import type { Value } from "../../catalogue/controls/control";
import type { SettingState } from "../../model/member-account";
import type { Credentials } from "../client";

export interface Setting {
  read(id: string): Promise<SettingState | undefined>;
  write(id: string, value: Value): Promise<void>;
}

/** Makes what reads and writes one setting in an account and region. */
export type OpenSetting = (region: string, credentials: Credentials, account: string) => Setting;
