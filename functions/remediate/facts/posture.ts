import { isDeepStrictEqual } from "node:util";
import { type Control, controlIds, controls } from "../../catalogue/controls";
import { cordonTag } from "../../catalogue/quarantine-group";
import { isOptedOut } from "../../catalogue/tags";
import type { SettingState } from "../../model/member-account";
import { granted } from "../steps/change-setting";
import type { FactsReader, TargetState } from "./reader";

/** What a control's change must remember: the setting's value; undefined where the resource is gone. */
export interface PostureFacts {
  readonly setting: SettingState | undefined;
}

export const postureFacts: FactsReader<"posture", PostureFacts> = {
  async read({ resource }, { settings }) {
    return { setting: await settings.read(resource.control, resource.id) };
  },
  circumstances({ setting }, { resource }): TargetState {
    if (setting === undefined) return { state: "missing", quarantined: false, optedOut: false };
    const control: Control = controls[resource.control];
    return {
      state: "present",
      quarantined: isDeepStrictEqual(setting.value, control.wanted),
      drift: `the setting of ${resource.name} was changed back`,
      optedOut: isOptedOut(setting.tags),
      tags: setting.tags,
      ...limitOf(control, resource.name, setting),
    };
  },
  permissions: ({ place, resource } = { place: { account: "*", region: "*" } }) =>
    (resource?.kind === "posture" ? [resource.control] : controlIds).flatMap((control) =>
      granted(controls[control].reads, resource?.id ?? "*", place),
    ),
};

function limitOf(
  { asks, resourceType }: Control,
  name: string,
  setting: SettingState,
): Pick<TargetState, "limit"> {
  if (resourceType === "AWS::EC2::SecurityGroup" && Object.hasOwn(setting.tags, cordonTag)) {
    return {
      limit: {
        tier: "notify",
        why: `${name} has the tag ${cordonTag}: it may be Cordon's own, which the sweeper keeps`,
        manualSteps: [`If it is not Cordon's, have the tag removed from ${name}.`],
      },
    };
  }
  const why = setting.asks ?? asks;
  return why === undefined ? {} : { limit: { tier: "approve", why, manualSteps: [] } };
}
