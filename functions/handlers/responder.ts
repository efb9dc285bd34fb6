/** What the functions that carry out playbooks share: what their component tells them, and its use. */
import { isRefusal } from "../aws/errors";
import type { Family } from "../catalogue";
import type { ResponsePolicy } from "../decide/circumstances";
import type { Incident } from "../incident";
import { memberRoleName } from "../member-role-name";
import { readerOf } from "../remediate/facts";
import { type Answer, answer } from "../response";
import {
  list,
  type MemberAccess,
  now,
  openDeadLetters,
  openJournal,
  openOrganization,
  openSessions,
  openTopic,
  sleep,
} from "./adapters";

/** What the component must set on every function that carries out playbooks. */
export interface ResponderEnvironment extends MemberAccess {
  readonly MODE: "dry-run" | "enforce";
  readonly SAMPLE_FINDINGS: "act" | "log";
  readonly JOURNAL_TABLE: string;
  readonly NOTICE_TOPIC_ARN: string;
  readonly DEAD_LETTER_QUEUE_URL: string;
  /** Comma-separated. */
  readonly GOVERNED_REGIONS: string;
  /** Comma-separated ARNs that are never changed automatically; may be empty. */
  readonly PROTECTED_RESOURCES: string;
  /** The ways back in, as JSON: names and paths in IAM may hold commas. */
  readonly BREAK_GLASS: string;
  /** Which of a user's active keys to disable: all, or the one the finding names. */
  readonly DISABLE_KEYS: "all" | "named";
}

/** Opens what answering an incident of a family takes. */
export function openResponder(environment: ResponderEnvironment, family: Family) {
  const journal = openJournal(environment.JOURNAL_TABLE);
  const { publish } = openTopic(environment.NOTICE_TOPIC_ARN);
  const { account } = openOrganization();
  const sessions = openSessions(memberRoleName(family, "contain"), environment);
  return {
    journal,
    publish,
    account,
    sessions,
    deadLetters: openDeadLetters(environment.DEAD_LETTER_QUEUE_URL),
    sampleFindings: environment.SAMPLE_FINDINGS,
    answer: (
      incident: Incident,
      run: { readonly runner: string; readonly delivery: number; readonly lastDelivery: number },
    ): Promise<Answer> =>
      answer(incident, {
        ...run,
        journal,
        now,
        sleep,
        publish,
        isRefusal,
        account,
        assume: sessions.open,
        reader: ({ place, resource }) =>
          sessions.reuse(place, readerOf(resource.kind).permissions(), "facts"),
        policy: policyOf(environment),
      }),
  };
}

function policyOf(environment: ResponderEnvironment): ResponsePolicy {
  return {
    mode: environment.MODE,
    sampleFindings: environment.SAMPLE_FINDINGS,
    governedRegions: list(environment.GOVERNED_REGIONS),
    protectedResources: list(environment.PROTECTED_RESOURCES),
    breakGlass: JSON.parse(environment.BREAK_GLASS) as ResponsePolicy["breakGlass"],
    disableKeys: environment.DISABLE_KEYS,
  };
}
