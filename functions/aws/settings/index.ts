/** Every setting that a posture control is about: one file each, loaded when it is first used. */
import type { ControlId } from "../../catalogue/controls";
import type { Settings } from "../../model/member-account";
import type { Credentials } from "../client";
import { once } from "../deferred";
import type { OpenSetting } from "./setting";

const openers: { readonly [C in ControlId]: () => Promise<OpenSetting> } = {
  "bucket-public-access": once(async () => (await import("./bucket-public-access")).open),
  "image-sharing": once(async () => (await import("./sharing")).image),
  "instance-metadata": once(async () => (await import("./instance-metadata")).open),
  "kms-key-rotation": once(async () => (await import("./kms-key-rotation")).open),
  "open-rdp": once(async () => (await import("./open-port")).openPort(3389)),
  "open-ssh": once(async () => (await import("./open-port")).openPort(22)),
  "public-snapshots": once(async () => (await import("./sharing")).publicSnapshots),
  "snapshot-sharing": once(async () => (await import("./sharing")).snapshot),
  "subnet-public-addresses": once(async () => (await import("./subnet-public-addresses")).open),
  "table-recovery": once(async () => (await import("./table-recovery")).open),
  "volume-encryption-by-default": once(
    async () => (await import("./volume-encryption-by-default")).open,
  ),
};

/** Reads and writes settings with a session's credentials. */
export function settings(region: string, credentials: Credentials, account: string): Settings {
  const setting = async (control: ControlId) =>
    (await openers[control]())(region, credentials, account);
  return {
    read: async (control, id) => (await setting(control)).read(id),
    write: async (control, id, value) => (await setting(control)).write(id, value),
  };
}
