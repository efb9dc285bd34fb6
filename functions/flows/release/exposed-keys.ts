/** The access keys of a user that no release may leave active: those that are known to be exposed. */
import type { IncidentRecord, Journal } from "../../record/journal";
import type { Engine } from "../../remediate/engine";
import { allSteps, asOwn } from "../../remediate/plan";
import { kindOf, type StepOf, step } from "../../remediate/steps";

type DisableKey = StepOf<"disable-access-key">;

/**
 * Lists the steps that disable the exposed keys of the incident's user that are active. It asks for
 * all keys of the user: a key may have been reported, or made, since the plan was.
 */
export async function activeExposedKeys(
  record: IncidentRecord,
  { assume, journal }: Pick<Engine, "assume"> & { readonly journal: Pick<Journal, "isExposed"> },
): Promise<readonly DisableKey[]> {
  const active = asOwn(record).map(async (own) => {
    const user = userOf(own);
    if (user === undefined) return [];
    const { place } = own.incident;
    const disabling = (accessKey: string) => step("disable-access-key", { user, accessKey });
    const statements = kindOf("disable-access-key").undoPermissions(disabling("*"), place);
    const account = await assume("identity", place, statements, record.id);
    const keys = (await account.identity.accessKeys(user.name)) ?? [];
    const ids = keys.filter((key) => key.active).map(({ id }) => id);
    return (await exposed(ids, journal)).map(disabling);
  });
  return (await Promise.all(active)).flat();
}

/** Lists the keys that the incident disabled and that any finding reported as exposed. */
export function exposedKeys(
  record: IncidentRecord,
  journal: Pick<Journal, "isExposed">,
): Promise<readonly string[]> {
  const keys = allSteps(record.plan).flatMap((each) =>
    each.kind === "disable-access-key" ? [each.accessKey] : [],
  );
  return exposed(keys, journal);
}

async function exposed(
  keys: readonly string[],
  journal: Pick<Journal, "isExposed">,
): Promise<readonly string[]> {
  const known = await Promise.all(keys.map((key) => journal.isExposed(key)));
  return keys.filter((_, index) => known[index]);
}

function userOf({ incident, plan }: IncidentRecord): DisableKey["user"] | undefined {
  if (incident.resource.kind !== "user") return undefined;
  for (const each of allSteps(plan)) {
    if ("user" in each) return each.user;
    if (each.kind === "tag-principal") return each.principal;
  }
  return undefined;
}
