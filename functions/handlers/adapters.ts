/** The adapters of the security account that functions share, each loaded when first used. */

import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { brakeTable } from "../aws/brake-table";
import type { deadLetterTable } from "../aws/dead-letter-table";
import { deferred } from "../aws/deferred";
import type { journalTable } from "../aws/journal-table";
import type { PostedChannel } from "../catalogue/channels";
import type { ChannelClient } from "../notify/channel";
import type { DeliveryLog, DeliveryState } from "../notify/delivery-log";
import type { Approvals } from "../record/approvals";
import type { ExceptionRegister } from "../record/exceptions";
import type { Detectors } from "../record/finding-updates";
import type { Requests } from "../record/requests";

/** Where the function runs; Lambda sets it. */
export const region = process.env.AWS_REGION ?? "us-east-1";
export const now = () => new Date();
/** Makes the random part of a name. */
export const suffix = (): string => randomBytes(4).toString("hex");
/**
 * Waits, and keeps the process alive for it: Lambda ends an invocation that waits for nothing else.
 * A signal ends the wait with an AbortError.
 */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  wait(ms, undefined, signal && { signal });

export function openJournal(table: string): ReturnType<typeof journalTable> {
  return deferred(async () =>
    (await import("../aws/journal-table")).journalTable(region, table, now, sleep),
  );
}

export function openExceptions(table: string): ExceptionRegister {
  return deferred(async () =>
    (await import("../aws/exceptions-table")).exceptionsTable(region, table),
  );
}

export function openApprovals(table: string): Approvals {
  return deferred(async () => (await import("../aws/approval-table")).approvalTable(region, table));
}

export function openRequests(table: string): Requests {
  return deferred(async () => (await import("../aws/request-table")).requestTable(region, table));
}

export function openProofReader() {
  return deferred(async () => (await import("../aws/caller-proof")).proofReader(region));
}

export function openLinkMaker(keyArn: string) {
  return deferred(async () => (await import("../aws/page-links")).linkMaker(region, keyArn));
}

export function openLinkVerifier(keyArn: string) {
  return deferred(async () => (await import("../aws/page-links")).linkVerifier(region, keyArn));
}

export function openFunction(name: string) {
  return deferred(async () => (await import("../aws/lambda")).functionCaller(region, name));
}

export function openWaitingTasks() {
  return deferred(async () => (await import("../aws/workflow")).waitingTasks(region));
}

/** Opens the list of incidents whose findings are outdated. */
export function openFindingUpdates(table: string) {
  return deferred(async () =>
    (await import("../aws/finding-updates-table")).findingUpdatesTable(region, table, now),
  );
}

/** Opens Security Hub and GuardDuty, as their administrator calls them. */
export function openDetectors(): Detectors {
  const hub = deferred(async () => (await import("../aws/security-hub")).securityHub());
  const { archive } = deferred(async () => (await import("../aws/findings")).findings());
  return { read: hub.read, update: hub.update, archive };
}

export function openBrakes(table: string): ReturnType<typeof brakeTable> {
  return deferred(async () =>
    (await import("../aws/brake-table")).brakeTable(region, table, now, sleep),
  );
}

export function openSealer(keyArn: string) {
  return deferred(async () => (await import("../aws/seals")).sealer(region, keyArn, now));
}

export function openSealVerifier(keyArn: string) {
  return deferred(async () => (await import("../aws/seals")).sealVerifier(region, keyArn));
}

export function openTopic(arn: string) {
  return deferred(async () => (await import("../aws/messages")).noticeTopic(region, arn, now));
}

export function openDeadLetters(url: string) {
  return deferred(async () => (await import("../aws/messages")).deadLetters(region, url));
}

/** Opens the dead letters that are kept. */
export function openLetters(table: string): ReturnType<typeof deadLetterTable> {
  return deferred(async () =>
    (await import("../aws/dead-letter-table")).deadLetterTable(region, table, now, sleep),
  );
}

/** Opens a queue for messages as they are. */
export function openOutbox(url: string) {
  return deferred(async () => (await import("../aws/messages")).outbox(region, url));
}

export function openKeyRotationNotifications(table: string) {
  return deferred(async () =>
    (await import("../aws/notification-table")).keyRotationNotifications(region, table, now),
  );
}

/** Opens the log of notices about exceptions that end soon. */
export function openEndingExceptionNotifications(table: string) {
  return deferred(async () =>
    (await import("../aws/notification-table")).endingExceptionNotifications(region, table, now),
  );
}

/** Opens the log of digests that were sent. */
export function openDigestNotifications(table: string) {
  return deferred(async () =>
    (await import("../aws/notification-table")).digestNotifications(region, table, now),
  );
}

/** Opens what the digests list. */
export function openDigest(table: string) {
  return deferred(async () => (await import("../aws/digest-table")).digestTable(region, table));
}

/** Opens the log of the notices of storms. */
export function openStorm(table: string) {
  return deferred(async () => (await import("../aws/storm-table")).stormTable(region, table));
}

/** Opens the log of false positives that were counted. */
export function openCountedMarks(table: string) {
  return deferred(async () =>
    (await import("../aws/notification-table")).countedMarks(region, table, now),
  );
}

/** Opens the log of notices about breached rules. */
export function openBreachNotifications(table: string) {
  return deferred(async () =>
    (await import("../aws/notification-table")).breachNotifications(region, table, now),
  );
}

/** Opens the log of notices of findings about which nothing was changed. */
export function openFindingNotifications(table: string) {
  return deferred(async () =>
    (await import("../aws/notification-table")).findingNotifications(region, table, now),
  );
}

/** Opens the log of which channels have which messages. */
export function openDeliveryLog(table: string): DeliveryLog {
  return deferred(async () =>
    (await import("../aws/delivery-table")).deliveryLog(region, table, now),
  );
}

/** Reads what became of a message in each channel that was tried. */
export async function deliveriesOf(
  table: string,
  message: string,
): Promise<readonly DeliveryState[]> {
  return (await import("../aws/delivery-table")).deliveriesOf(region, table, message);
}

/** Opens the list of the e-mail addresses that confirmed a topic's subscription. */
export function openConfirmedAddresses(topicArn: string): () => Promise<readonly string[]> {
  return async () =>
    (await import("../aws/topic-subscriptions")).confirmedAddresses(region, topicArn);
}

/** Opens a channel that messages are posted to. */
export function openChannel(channel: PostedChannel): ChannelClient {
  return deferred(async () => {
    const [{ openChannel: open }, { secretReader }, senders] = await Promise.all([
      import("../channels/open"),
      import("../aws/secrets"),
      import("../aws/senders"),
    ]);
    return open(channel, { ...senders, secret: secretReader(region).read, fetch, now });
  });
}

export function openFindings() {
  return deferred(async () => (await import("../aws/findings")).findings());
}

export function openMail(from: string) {
  return deferred(async () => (await import("../aws/mail")).mail(region, from));
}

export function openOrganization() {
  return deferred(async () => (await import("../aws/organization")).organization(region));
}

/** Variables of a function that opens sessions in member accounts. */
export interface MemberAccess {
  readonly EXTERNAL_ID: string;
  /** IAM path of the member roles, "/" or "/one/or/more/". */
  readonly ROLE_PATH: string;
}

export function openSessions(role: string, access: MemberAccess) {
  return deferred(async () => {
    const { memberAccount, sessionsOf } = await import("../aws/sessions");
    return sessionsOf(assumable(role, access), memberAccount);
  });
}

export function openWorkQueue(url: string) {
  return deferred(async () => (await import("../aws/messages")).workQueue(region, url));
}

/** Opens sessions that read an account's networks and queues. */
export function openSurveys(role: string, access: MemberAccess) {
  return deferred(async () => {
    const [{ sessionsOf }, { survey }] = await Promise.all([
      import("../aws/sessions"),
      import("../aws/survey"),
    ]);
    return sessionsOf(assumable(role, access), survey);
  });
}

/** Opens sessions that read and change nothing. */
export function openInvestigations(role: string, access: MemberAccess) {
  return deferred(async () => {
    const [{ sessionsOf }, { investigator }] = await Promise.all([
      import("../aws/sessions"),
      import("../aws/investigator"),
    ]);
    return sessionsOf(assumable(role, access), investigator);
  });
}

function assumable(role: string, { EXTERNAL_ID, ROLE_PATH }: MemberAccess) {
  return { region, role, rolePath: ROLE_PATH, externalId: EXTERNAL_ID };
}

export function openWorkflow(stateMachineArn: string) {
  return deferred(async () => (await import("../aws/workflow")).workflow(region, stateMachineArn));
}
