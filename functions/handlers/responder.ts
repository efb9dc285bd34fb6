/** Shares the variables, ports and policy of the functions that run playbooks. */
import { isFinal, isNotEnabled, isRefusal } from "../aws/errors";
import { timeLeftMs } from "../aws/time-left";
import { memberRoleName } from "../catalogue/member-role-name";
import { approvalWorkflowArn } from "../catalogue/own-roles";
import { type Family, familiesOf, familyOf, type PlaybookId } from "../catalogue/playbooks";
import type { ResponsePolicy } from "../decide/circumstances";
import { carryOutApproved } from "../flows/respond/approved";
import { answerAddress, handOn } from "../flows/respond/block";
import { followUp } from "../flows/respond/follow-up";
import { askAboutHost } from "../flows/respond/host";
import { answerRequest } from "../flows/respond/request";
import { answer } from "../flows/respond/respond";
import type { Answer, Responder } from "../flows/respond/responder";
import type {
  AddressTask,
  ApprovedTask,
  HostTask,
  RequestedTask,
  Task,
} from "../flows/respond/tasks";
import { lookAgain } from "../flows/respond/watch";
import { lookUpStatements } from "../iam/investigation-reads";
import type { Incident } from "../model/incident";
import type { Attempt } from "../model/ports";
import { calmly } from "../notify/storm";
import { executionName } from "../record/approvals";
import { hasExpired, linkMessage, pageAddress, writeLink } from "../record/page-links";
import { digestOf } from "../record/seal";
import { readerOf } from "../remediate/facts";
import {
  now,
  openApprovals,
  openBrakes,
  openDeadLetters,
  openDigest,
  openExceptions,
  openFindingNotifications,
  openFindings,
  openInvestigations,
  openJournal,
  openLinkMaker,
  openOrganization,
  openRequests,
  openSealer,
  openSessions,
  openStorm,
  openTopic,
  openWorkflow,
  openWorkQueue,
  region,
  sleep,
  suffix,
} from "./adapters";
import {
  json,
  list,
  memberVariables,
  oneOf,
  optional,
  ownRolesOf,
  ownRoleVariables,
  text,
  type Values,
  wholeNumber,
} from "./environment";

/** Variables of every function that runs playbooks. */
export const responderVariables = {
  ...memberVariables,
  ...ownRoleVariables,
  MODE: oneOf("dry-run", "enforce"),
  /** How far responses go by themselves. */
  POLICY: json<ResponsePolicy["stage"]>(),
  SAMPLE_FINDINGS: oneOf("act", "log"),
  JOURNAL_TABLE: text,
  /** URL of the playbook's own queue, through which an incident is looked at again. */
  QUEUE_URL: text,
  /** URL of the queue of those who contain instances; where credentials of instances are contained. */
  HOST_QUEUE_URL: optional(text),
  /** URL of the queue of those who block addresses; where instances are contained, and any are blocked. */
  ADDRESS_QUEUE_URL: optional(text),
  /** ARN of the key with which plans are sealed. */
  SEAL_KEY: text,
  NOTICE_TOPIC_ARN: text,
  /** Notices of each urgency that are published on their own in ten minutes. */
  NOTICES_ALONE: wholeNumber,
  DEAD_LETTER_QUEUE_URL: text,
  GOVERNED_REGIONS: list,
  /** ARNs that are never changed automatically. */
  PROTECTED_RESOURCES: list,
  /** Limits of automatic responses, and what Cordon asks about first. */
  BRAKES: json<Pick<ResponsePolicy, "brakes" | "criticalResources" | "forwarders">>(),
  /** The break-glass roles and users; names and paths in IAM may hold commas. */
  BREAK_GLASS: json<ResponsePolicy["breakGlass"]>(),
  /** Which of a user's active keys to disable: all, or the one the finding names. */
  DISABLE_KEYS: oneOf("all", "named"),
  /** For how long addresses are blocked, and which never; absent where none are. */
  BLOCKING: optional(json<NonNullable<ResponsePolicy["blocking"]>>()),
  /** Which accounts the service control policies bind. */
  GUARDRAILS: oneOf("all", "some", "none"),
  /** The approval page; absent without one. */
  PAGE: optional(
    json<{
      readonly url: string;
      /** ARN of the key behind its links. */
      readonly key: string;
      /** For how long people may answer. */
      readonly hours: number;
    }>(),
  ),
} as const;

type ResponderEnvironment = Values<typeof responderVariables>;

/** Who runs, and which delivery of the message it is. */
interface Run extends Attempt {
  readonly runner: string;
}

/** Left of the function's time when no further page of the event history is asked for. */
const reserveMs = 60_000;

/** Opens the ports that answering incidents of a playbook needs. */
export function openResponder(environment: ResponderEnvironment, playbook: PlaybookId) {
  const journal = openJournal(environment.JOURNAL_TABLE);
  const brakes = openBrakes(environment.JOURNAL_TABLE);
  const approvals = openApprovals(environment.JOURNAL_TABLE);
  const requests = openRequests(environment.JOURNAL_TABLE);
  const workflow = openWorkflow(approvalWorkflowArn(region, environment.SECURITY_ACCOUNT));
  const topic = openTopic(environment.NOTICE_TOPIC_ARN);
  const storm = openStorm(environment.JOURNAL_TABLE);
  const publish = calmly(topic.publish, storm, now, environment.NOTICES_ALONE);
  const exceptions = openExceptions(environment.JOURNAL_TABLE);
  const { account, unitsOf } = openOrganization();
  const findings = openFindingNotifications(environment.JOURNAL_TABLE);
  const { currency } = openFindings();
  const sealer = openSealer(environment.SEAL_KEY);
  const queue = openWorkQueue(environment.QUEUE_URL);
  const pages = environment.PAGE && openPageAddresses(environment.PAGE);
  const hosts = openWorkQueue(environment.HOST_QUEUE_URL ?? environment.QUEUE_URL);
  const { ADDRESS_QUEUE_URL } = environment;
  const addresses = ADDRESS_QUEUE_URL === undefined ? undefined : openWorkQueue(ADDRESS_QUEUE_URL);
  const sessions = new Map(
    familiesOf(playbook).map((family) => [
      family,
      openSessions(memberRoleName(family, "contain"), environment),
    ]),
  );
  const sessionsOf = (family: Family) => {
    const found = sessions.get(family);
    if (found === undefined) throw new Error(`${playbook} takes no role of the family ${family}`);
    return found;
  };
  const investigations = openInvestigations(memberRoleName("identity", "investigate"), environment);
  const send = (task: Task["task"], incident: string, after: readonly number[]) =>
    queue.send(after.map((seconds) => ({ task: { task, incident }, seconds })));
  const responderOf = (run: Run): Responder => {
    // Beside the first reads: a plan that is ready finds its seal ready, too.
    void sealer.prepare();
    return {
      ...run,
      journal,
      brakes,
      now,
      sleep,
      publish,
      findings,
      suffix,
      mayOpen: (seconds) => run.delivery < run.lastDelivery && timeLeftMs() > seconds * 1_000,
      isFinal,
      isRefusal,
      account,
      unitsOf,
      exceptions,
      currency,
      assume: (family, ...more) => sessionsOf(family).open(...more),
      seal: sealer.seal,
      distrust: sealer.check,
      lookAgain: (incident, after) => send("look-again", incident, after),
      followUp: (incident, after) => send("follow-up", incident, [after]),
      askAboutHost: (incident) =>
        hosts.send([{ task: { task: "ask-about-host", incident }, seconds: 0 }]),
      approval: approvals.find,
      ...(pages && { pageAddress: pages }),
      requests,
      askApproval: async (record, quiet) => {
        const {
          id: incident,
          incident: { playbook },
        } = record;
        const digest = digestOf(record);
        await workflow.start(executionName(incident, digest), {
          incident,
          digest,
          playbook,
          quiet,
        });
      },
      reader: ({ place, playbook: own, resource }) => {
        const { permissions } = readerOf(resource.kind);
        return sessionsOf(familyOf(own)).reuse(place, permissions({ place, resource }), "facts");
      },
      policy: policyOf(environment),
    };
  };
  return {
    journal,
    publish,
    findings,
    digest: openDigest(environment.JOURNAL_TABLE),
    now,
    account,
    sessionsOf,
    deadLetters: openDeadLetters(environment.DEAD_LETTER_QUEUE_URL),
    sampleFindings: environment.SAMPLE_FINDINGS,
    answer: (incident: Incident, run: Run): Promise<Answer> => answer(incident, responderOf(run)),
    answerAddress: (task: AddressTask, run: Run): Promise<Answer> =>
      answerAddress(task, environment.SECURITY_ACCOUNT, responderOf(run)),
    handOn: async (incident: Incident, event: unknown): Promise<void> =>
      addresses && handOn(incident, event, (task) => addresses.send([{ task, seconds: 0 }])),
    askAboutHost: (task: HostTask, run: Run): Promise<Answer> =>
      askAboutHost(task, responderOf(run)),
    carryOut: (task: ApprovedTask, run: Run): Promise<Answer> =>
      carryOutApproved(task, responderOf(run)),
    answerRequest: (task: RequestedTask, playbook: PlaybookId, run: Run): Promise<Answer> =>
      answerRequest(task, playbook, responderOf(run)),
    perform: (task: Task, run: Run): Promise<Answer> =>
      task.task === "look-again"
        ? lookAgain(task, responderOf(run))
        : followUp(task, {
            journal,
            now,
            sleep,
            publish,
            isNotEnabled,
            regions: environment.GOVERNED_REGIONS,
            until: now().getTime() + timeLeftMs() - reserveMs,
            history: async ({ incident }) =>
              (await investigations.open(incident.place, lookUpStatements, "follow-up")).trail,
          }),
  };
}

/** Opens what makes addresses of the page, which end when the time to answer does. */
function openPageAddresses({
  url,
  key,
  hours,
}: NonNullable<ResponderEnvironment["PAGE"]>): NonNullable<Responder["pageAddress"]> {
  const { codeOf } = openLinkMaker(key);
  return async (record) => {
    const expires = Math.floor(Date.parse(record.plannedAt) / 1_000) + hours * 3_600;
    const link = { kind: "view", incident: record.id, digest: digestOf(record), expires } as const;
    if (hasExpired(link, now())) return undefined;
    return pageAddress(url, writeLink(link, await codeOf(linkMessage(link))));
  };
}

function policyOf(environment: ResponderEnvironment): ResponsePolicy {
  return {
    mode: environment.MODE,
    stage: environment.POLICY,
    sampleFindings: environment.SAMPLE_FINDINGS,
    governedRegions: environment.GOVERNED_REGIONS,
    protectedResources: environment.PROTECTED_RESOURCES,
    ...environment.BRAKES,
    breakGlass: environment.BREAK_GLASS,
    ownRoles: ownRolesOf(environment),
    disableKeys: environment.DISABLE_KEYS,
    guardrails: environment.GUARDRAILS,
    blocking: environment.BLOCKING,
  };
}
