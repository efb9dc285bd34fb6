import {
  type ClosingId,
  closingOf,
  closingsOf,
  containmentIds,
} from "../../catalogue/containments";
import { filled, type Value } from "../../catalogue/controls/control";
import { memberRoleName } from "../../catalogue/member-role-name";
import { isOptedOut } from "../../catalogue/tags";
import type { SettingState } from "../../model/member-account";
import type { Place } from "../../model/resource";
import { isAlike } from "../steps/shared/alike";
import { granted } from "../steps/shared/setting";
import type { FactsReader, Knowledge, TargetState } from "./reader";

/** A setting, and the value that contains its resource. */
interface ClosingState extends SettingState {
  readonly setting: ClosingId;
  readonly wanted: Value;
}

/** What containing a resource must remember: its settings, in order; undefined where it is gone. */
export interface ResourceFacts {
  readonly settings: readonly ClosingState[] | undefined;
}

export const resourceFacts: FactsReader<"resource", ResourceFacts> = {
  async read({ place, resource: { type, id } }, account, { policy }) {
    const read = closingsOf(type).map(async (setting): Promise<ClosingState | undefined> => {
      const found = await account.settings.read(setting, id);
      return found && { ...found, setting, wanted: wantedOf(setting, id, place, policy) };
    });
    const settings = (await Promise.all(read)).filter((each) => each !== undefined);
    return { settings: settings.length < read.length ? undefined : settings };
  },
  circumstances({ settings }, { resource }): TargetState {
    if (settings === undefined) return { state: "missing", quarantined: false, optedOut: false };
    const tags = Object.assign({}, ...settings.map((each) => each.tags)) as SettingState["tags"];
    return {
      state: "present",
      quarantined: settings.every(({ value, wanted }) => isAlike(value, wanted)),
      drift: `a setting that contains ${resource.name} was changed back`,
      optedOut: isOptedOut(tags),
      tags,
      ...limitOf(settings),
    };
  },
  permissions: ({ place, resource } = { place: { account: "*", region: "*" } }) =>
    (resource?.kind === "resource" ? [resource.type] : containmentIds)
      .flatMap(closingsOf)
      .flatMap((setting) => granted(closingOf(setting).reads, resource?.id ?? "*", place)),
};

/** Gives the value of a setting that contains the resource. */
function wantedOf(
  setting: ClosingId,
  id: string,
  place: Place,
  policy: Knowledge["policy"],
): Value {
  const { denies, wanted } = closingOf(setting);
  if (denies === undefined) {
    if (wanted === undefined) throw new Error(`${setting} does not say what contains`);
    return wanted;
  }
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "CordonContained",
        Effect: "Deny",
        Principal: "*",
        Action: denies.actions,
        Resource: denies.resources.map((arn) => filled(arn, { id, ...place })),
        Condition: { ArnNotLike: { "aws:PrincipalArn": exempt(place, policy) } },
      },
    ],
  };
}

/**
 * Lists who may still do anything: the roles that contain and release, break-glass in the account, and its
 * root user, so that nobody is locked out for good.
 */
function exempt({ account }: Place, { breakGlass, ownRoles }: Knowledge["policy"]) {
  const principals = `arn:aws:iam::${account}:`;
  return [
    ...(["contain", "release"] as const).map(
      (duty) => `${principals}role${ownRoles.rolePath}${memberRoleName("resource", duty)}`,
    ),
    `${principals}root`,
    ...breakGlass.roles.map((pattern) => `${principals}role/${pattern}`),
    ...breakGlass.users.map((pattern) => `${principals}user/${pattern}`),
  ];
}

function limitOf(settings: readonly ClosingState[]): Pick<TargetState, "limit"> {
  const left = settings.flatMap((each) => each.left ?? []);
  if (left.length > 0) return { limit: { tier: "notify", why: left.join(". "), manualSteps: [] } };
  const asks = settings.flatMap((each) => each.asks ?? []);
  if (asks.length === 0) return {};
  return { limit: { tier: "approve", why: asks.join(". "), manualSteps: [] } };
}
