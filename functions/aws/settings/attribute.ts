/**
 * Settings that are an attribute of what one operation describes and another modifies, as RDS and Redshift
 * have them. What waits to be applied counts as the value: that takes minutes, or until the maintenance
 * window.
 */
import type { Value } from "../../catalogue/controls/control";
import type { SettingState } from "../../model/member-account";
import type { Setting } from "./setting";

/** What an operation describes. */
interface Described {
  readonly PendingModifiedValues?: object | undefined;
}

export interface Attribute<Found extends Described> {
  /** As the description has it. */
  readonly name: Extract<keyof Found, string>;
  /** As the modification takes it. @default the same */
  readonly parameter?: string;
  /** Days that it ought to be at least. @default the control's entry says what it ought to be */
  readonly atLeast?: number;
  /**
   * Waits for the maintenance window unless the modification says ApplyImmediately, which RDS alone has.
   * @default AWS applies it at once
   */
  readonly waits?: true;
}

interface Resource<Found extends Described> {
  find(id: string): Promise<Found | undefined>;
  modify(id: string, change: Readonly<Record<string, Value>>): Promise<unknown>;
  /** Says what is known of the resource beside the value: its tags, and what keeps it from being changed. */
  about(found: Found, id: string): Pick<SettingState, "tags" | "asks" | "left">;
}

export function attributeSetting<Found extends Described>(
  { name, parameter = name, atLeast, waits }: Attribute<Found>,
  { find, modify, about }: Resource<Found>,
): Setting {
  return {
    async read(id) {
      const found = await find(id);
      if (found === undefined) return undefined;
      const value = (pendingIn(found)[name] ?? found[name] ?? false) as Value;
      return {
        value,
        ...(atLeast !== undefined && { wanted: Math.max(Number(value), atLeast) }),
        ...about(found, id),
      };
    },
    async write(id, value) {
      const change = { [parameter]: value };
      if (!waits) return void (await modify(id, change));
      // ApplyImmediately brings forward what else waits for the window, too, such as an upgrade that
      // stops the database (API reference, "ModifyDBInstance"). Then this change waits with it.
      const others = Object.keys(pendingIn((await find(id)) ?? {})).filter((each) => each !== name);
      await modify(id, { ...change, ApplyImmediately: others.length === 0 });
    },
  };
}

function pendingIn({ PendingModifiedValues }: Described): { readonly [name: string]: unknown } {
  const waiting = Object.entries(PendingModifiedValues ?? {});
  return Object.fromEntries(waiting.filter(([, value]) => value !== undefined));
}

/** Says why AWS would refuse any change of something that is stopped, or in the middle of another one. */
export function unlessAvailable(
  what: string,
  status: string | undefined,
): Pick<SettingState, "left"> {
  if (status === "available") return {};
  return {
    left: `${what} is ${status ?? "of no known status"}, and AWS changes the settings only of what is available. Cordon looks again when Security Hub reports it again`,
  };
}
