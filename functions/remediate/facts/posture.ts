import { isDeepStrictEqual } from "node:util";
import { type ControlId, controlIds, controlOf } from "../../catalogue/controls";
import type { Value } from "../../catalogue/controls/control";
import { isCustom } from "../../catalogue/custom";
import { cordonTag } from "../../catalogue/quarantine-group";
import { isOptedOut } from "../../catalogue/tags";
import type { SettingState } from "../../model/member-account";
import type { Resource } from "../../model/resource";
import { granted } from "../steps/shared/setting";
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
    return {
      state: "present",
      quarantined: isDeepStrictEqual(setting.value, wantedOf(resource.control, setting)),
      drift: `the setting of ${resource.name} was changed back`,
      optedOut: isOptedOut(setting.tags),
      tags: setting.tags,
      ...limitOf(resource, setting),
    };
  },
  permissions: ({ place, resource } = { place: { account: "*", region: "*" } }) =>
    (resource?.kind === "posture" ? [resource.control] : controlIds).flatMap((control) =>
      granted(controlOf(control).reads, resource?.id ?? "*", place),
    ),
};

/** Gives the value that a setting ought to have. */
export function wantedOf(control: ControlId, setting: SettingState): Value {
  const { wanted = setting.wanted } = controlOf(control);
  if (wanted === undefined)
    throw new Error(`Neither ${control} nor its setting says what is wanted`);
  return wanted;
}

function limitOf(
  { control, id, name }: Extract<Resource, { readonly kind: "posture" }>,
  { left, asks, tags }: SettingState,
): Pick<TargetState, "limit"> {
  const isCordons =
    isCustom(control) && (id.startsWith("cordon-") || Object.hasOwn(tags, cordonTag));
  const why = isCordons
    ? `${name} has Cordon's name or tag: no custom playbook changes what may be Cordon's own`
    : left;
  if (why !== undefined) return { limit: { tier: "notify", why, manualSteps: [] } };
  return approvalOf(control, asks);
}

function approvalOf(control: ControlId, asks: string | undefined): Pick<TargetState, "limit"> {
  const why = asks ?? controlOf(control).asks;
  return why === undefined ? {} : { limit: { tier: "approve", why, manualSteps: [] } };
}
