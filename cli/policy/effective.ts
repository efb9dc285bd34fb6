/** `npx cordon policy`: what is deployed, as the responders read it. */
import {
  deployedPlaybooks,
  type PlaybookId,
  playbookIds,
} from "../../functions/catalogue/playbooks";
import type { StagePolicy, Stance } from "../../functions/decide/stage-policy";
import { section } from "../incidents/columns";

export interface Effective {
  readonly mode: "dry-run" | "enforce";
  readonly policy: StagePolicy;
}

/** One sentence about why there is nothing to show. */
export class Problem extends Error {}

/** Reads the variables of a deployed function. */
export type ReadVariables = (functionName: string) => Promise<Readonly<Record<string, string>>>;

/**
 * Reads the policy from every responder.
 *
 * @throws Problem where they do not have one, or not all the same
 */
export async function effective(variablesOf: ReadVariables): Promise<Effective> {
  const read = await Promise.all(
    // One more may be deployed, with the same.
    deployedPlaybooks(false).map((id) => variablesOf(`cordon-respond-${id}`).then(readVariables)),
  );
  const [first, ...others] = read;
  if (first === undefined) {
    throw new Problem(
      "A deployed responder has no policy: an older version of Cordon is deployed.",
    );
  }
  if (others.some((each) => JSON.stringify(each) !== JSON.stringify(first))) {
    throw new Problem(
      "The responders do not have the same policy: a deployment has stopped half-way. Run pulumi up again.",
    );
  }
  return first;
}

function readVariables({
  MODE,
  POLICY,
}: Readonly<Record<string, string | undefined>>): Effective | undefined {
  if (MODE !== "dry-run" && MODE !== "enforce") return undefined;
  try {
    return { mode: MODE, policy: JSON.parse(POLICY ?? "") as StagePolicy };
  } catch {
    return undefined;
  }
}

/** Writes it for people. */
export function linesOf({ mode, policy }: Effective): readonly string[] {
  const { playbooks, rules, ...tiers } = policy;
  return [
    mode === "enforce"
      ? "Mode enforce: responses go as far as the policy says."
      : "Mode dry-run: nothing is changed, whatever the policy says.",
    `Findings are ${tiersText({ askFrom: tiers.automaticFrom, ...tiers })}; below ${tiers.notifyFrom} logged.`,
    ...section(
      "Playbooks",
      playbookIds.map((id: PlaybookId) => {
        const stance = playbooks[id];
        const said = stance === undefined ? "dry run, because it is not named" : stanceText(stance);
        return `${id.padEnd(20)} ${said}`;
      }),
    ),
    ...section(
      "Rules: an account before its units, an inner unit before an outer one, units before the above",
      rules.map(({ accounts = [], units = [], playbooks: named, ...stance }) => {
        const places = [...accounts, ...units].join(", ");
        return `${places}, ${named?.join(", ") ?? "every playbook"}: ${stanceText(stance)}`;
      }),
    ),
  ];
}

function stanceText({ response, types, others = "dry-run", ...tiers }: Stance): string {
  const tiered = tiersText(tiers);
  const named = types === undefined ? "" : ` for ${types.join(", ")}, ${said(others)} for others`;
  return [response === undefined ? "" : `${said(response)}${named}`, tiered]
    .filter((part) => part !== "")
    .join("; ");
}

function tiersText({ notifyFrom, askFrom, automaticFrom }: Stance): string {
  const parts = [
    ["notified", notifyFrom],
    ["asked about", askFrom],
    ["automatic", automaticFrom],
  ] as const;
  return parts
    .flatMap(([what, from]) => (from === undefined ? [] : [`${what} from ${from}`]))
    .join(", ");
}

function said(response: NonNullable<Stance["response"]>): string {
  return response === "dry-run" ? "dry run" : response;
}
