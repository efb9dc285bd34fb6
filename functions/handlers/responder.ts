/** Shares the variables, ports and policy of the functions that run playbooks. */
import { isFinal, isRefusal } from "../aws/errors";
import { memberRoleName } from "../catalogue/member-role-name";
import type { Family } from "../catalogue/playbooks";
import type { ResponsePolicy } from "../decide/circumstances";
import { answer } from "../flows/respond/respond";
import type { Answer } from "../flows/respond/responder";
import type { Incident } from "../model/incident";
import { readerOf } from "../remediate/facts";
import {
  now,
  openDeadLetters,
  openJournal,
  openOrganization,
  openSealer,
  openSessions,
  openTopic,
  sleep,
} from "./adapters";
import { json, list, memberVariables, oneOf, text, type Values } from "./environment";

/** Variables of every function that runs playbooks. */
export const responderVariables = {
  ...memberVariables,
  MODE: oneOf("dry-run", "enforce"),
  SAMPLE_FINDINGS: oneOf("act", "log"),
  JOURNAL_TABLE: text,
  /** ARN of the key with which plans are sealed. */
  SEAL_KEY: text,
  NOTICE_TOPIC_ARN: text,
  DEAD_LETTER_QUEUE_URL: text,
  GOVERNED_REGIONS: list,
  /** ARNs that are never changed automatically. */
  PROTECTED_RESOURCES: list,
  /** The break-glass roles and users; names and paths in IAM may hold commas. */
  BREAK_GLASS: json<ResponsePolicy["breakGlass"]>(),
  /** With ROLE_PATH they name Cordon's own roles, which no response changes. */
  SECURITY_ACCOUNT: text,
  DEPLOYMENT_ROLE: text,
  /** Which of a user's active keys to disable: all, or the one the finding names. */
  DISABLE_KEYS: oneOf("all", "named"),
} as const;

type ResponderEnvironment = Values<typeof responderVariables>;

/** Opens the ports that answering an incident of a family needs. */
export function openResponder(environment: ResponderEnvironment, family: Family) {
  const journal = openJournal(environment.JOURNAL_TABLE);
  const { publish } = openTopic(environment.NOTICE_TOPIC_ARN);
  const { account } = openOrganization();
  const sealer = openSealer(environment.SEAL_KEY);
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
    ): Promise<Answer> => {
      // Beside the first reads: a plan that is ready finds its seal ready, too.
      void sealer.prepare();
      return answer(incident, {
        ...run,
        journal,
        now,
        sleep,
        publish,
        isFinal,
        isRefusal,
        account,
        assume: sessions.open,
        seal: sealer.seal,
        reader: ({ place, resource }) =>
          sessions.reuse(place, readerOf(resource.kind).permissions(), "facts"),
        policy: policyOf(environment),
      });
    },
  };
}

function policyOf(environment: ResponderEnvironment): ResponsePolicy {
  return {
    mode: environment.MODE,
    sampleFindings: environment.SAMPLE_FINDINGS,
    governedRegions: environment.GOVERNED_REGIONS,
    protectedResources: environment.PROTECTED_RESOURCES,
    breakGlass: environment.BREAK_GLASS,
    ownRoles: {
      securityAccount: environment.SECURITY_ACCOUNT,
      rolePath: environment.ROLE_PATH,
      deploymentRole: environment.DEPLOYMENT_ROLE,
    },
    disableKeys: environment.DISABLE_KEYS,
  };
}
