/**
 * The functions that take messages, as their handlers wire them, over an organization held in memory: the
 * account that events are about, and another member that has resources of the same names.
 */
import type { Context, SQSEvent } from "aws-lambda";
import { driftCalls } from "../../functions/catalogue/calls";
import { quarantineSource, reconcileSource } from "../../functions/catalogue/patterns";
import type { PlaybookId } from "../../functions/catalogue/playbooks";
import { isAnsweredElsewhere, primaryPlaybook } from "../../functions/catalogue/routing";
import { customActions } from "../../functions/catalogue/security-hub-actions";
import { isImport } from "../../functions/catalogue/security-hub-imports";
import { callParser } from "../../functions/detect/api-call";
import { detect } from "../../functions/detect/detect";
import type { Detected } from "../../functions/detect/detected";
import { detectExposedKey } from "../../functions/detect/exposed-key";
import { detectImported, type Imported } from "../../functions/detect/imported";
import { detectAddress } from "../../functions/detect/remote-address";
import { detectSecurityHub } from "../../functions/detect/security-hub";
import { keepLetter } from "../../functions/flows/dead-letters/keep";
import { cutExposedKey } from "../../functions/flows/exposed-key/cut";
import { notifyFailedReport, notifyKeyRotation } from "../../functions/flows/key-rotation/notify";
import { readMessage } from "../../functions/flows/key-rotation/report";
import { readReceived } from "../../functions/flows/notify/received";
import { expiredIn } from "../../functions/flows/release/expired";
import { lookAfterCalls } from "../../functions/flows/respond/rounds";
import { taskOf } from "../../functions/flows/respond/tasks";
import { handleTask } from "../../functions/flows/sweep/account";
import { taskOf as sweepTaskOf } from "../../functions/flows/sweep/tasks";
import { answerTo, notify } from "../../functions/flows/triage/triage";
import { answerArchived, noteForDigest, queueHandler } from "../../functions/handlers/delivery";
import type { Incident } from "../../functions/model/incident";
import { isRegional } from "../../functions/model/resource";
import type { Notice } from "../../functions/notify/notice";
import type { BreachNotice, FindingNotice } from "../../functions/notify/notification-log";
import * as builders from "./builders";
import type { AccountState } from "./memory-account";
import { MemoryDeadLetters } from "./memory-dead-letters";
import { MemoryDigest } from "./memory-digest";
import { MemoryNotificationLog } from "./memory-notification-log";
import { type RunResult, SimulatedWorld } from "./simulated-world";
import { world as sweepWorld } from "./sweeps";

export const securityAccount = "123456789012";
export const otherMember = "333344445555";
const topicArn = `arn:aws:sns:us-east-1:${securityAccount}:cordon-topic`;
const queueArn = `arn:aws:sqs:us-east-1:${securityAccount}:cordon-queue`;
const members: Readonly<Record<string, string>> = {
  [builders.account]: "Web shop",
  [otherMember]: "Data",
  [securityAccount]: "Security",
};

/** What became of one message, and everything that was done meanwhile. */
export interface Ending {
  readonly outcome: string;
  readonly reason: string;
  /** Absent where the function answered. */
  readonly error?: Error;
}

/** An organization in which one message is answered. */
export class Organization {
  readonly home: SimulatedWorld;
  /** A member with a user, a role and settings of the same names, and everywhere else. */
  readonly elsewhere: SimulatedWorld;
  readonly notices: Notice[] = [];
  readonly digest = new MemoryDigest();
  /** Names and bodies of runs of the workflow that were started. */
  readonly started: object[] = [];
  readonly sweeps = sweepWorld();
  /** Looks that the watch has sent. */
  readonly looks: unknown[] = [];
  readonly letters = new MemoryDeadLetters(() => this.now());
  /** Refused messages that were kept. */
  readonly refused: string[] = [];

  constructor(
    state: AccountState,
    private readonly at: Date,
  ) {
    this.home = new SimulatedWorld(state);
    this.elsewhere = new SimulatedWorld(foreign(state));
    for (const world of [this.home, this.elsewhere]) {
      world.pass(at.getTime() - world.now().getTime());
    }
  }

  now(): Date {
    return this.at;
  }

  readonly account = async (id: string) =>
    Object.hasOwn(members, id) ? { id, name: members[id] ?? "" } : undefined;

  readonly notifier = {
    account: this.account,
    publish: async (notice: Notice) => void this.notices.push(notice),
    sampleFindings: "act",
    findings: new MemoryNotificationLog<FindingNotice>(),
    notifications: new MemoryNotificationLog<BreachNotice>(),
    now: () => this.at,
  } as const;

  /** The account and region that a resource is in: what is global is in every region. */
  worldOf({ place, resource }: Pick<Incident, "place" | "resource">): SimulatedWorld {
    const isHere = place.region === builders.region || !isRegional(resource);
    return place.account === builders.account && isHere ? this.home : this.elsewhere;
  }

  async answer(incident: Incident) {
    const account = await this.account(incident.place.account);
    const policy = { stage: builders.posturePolicy };
    return answerOf(
      await this.worldOf(incident).answer(incident, { account: () => account, policy }),
    );
  }
}

/** Another account's users, roles and settings have other ids and keys under the same names. */
function foreign(state: AccountState): AccountState {
  const { users, roles, settings = {}, ...rest } = structuredClone(state);
  return {
    ...rest,
    instances: {},
    interfaces: {},
    users: mapped(users, (user, index) => ({
      ...user,
      id: `AIDAEXAMPLEFOREIGN${index}`,
      keys: user.keys.map((key, number) => ({ ...key, id: `AKIAEXAMPLEFOREIGN${index}${number}` })),
    })),
    roles: mapped(roles, (role, index) => ({ ...role, id: `AROAEXAMPLEFOREIGN${index}` })),
    settings: mapped(settings, () => ({ value: ["of another account"], tags: {} })),
  };
}

function mapped<T>(of: Record<string, T>, make: (each: T, index: number) => T): Record<string, T> {
  return Object.fromEntries(
    Object.entries(of).map(([name, each], index) => [name, make(each, index)]),
  );
}

function answerOf<T>(ending: RunResult<T>): T {
  if (ending.kind === "answered") return ending.value;
  throw ending.kind === "failed" ? ending.error : new Error("The run died");
}

const context = {
  invokedFunctionArn: `arn:aws:lambda:us-east-1:${securityAccount}:function:cordon`,
  awsRequestId: "request-1",
  getRemainingTimeInMillis: () => Number.POSITIVE_INFINITY,
} as Context;

/** Hands a body to a function of a queue, through the handler that every such function has. */
async function throughQueue(
  body: string,
  here: Organization,
  answer: (event: unknown) => Promise<readonly Answered[]>,
): Promise<Ending> {
  let answers: readonly Answered[] = [];
  let failed: Error | undefined;
  const handler = queueHandler(
    { queueArn, refuse: async (_body, reason) => void here.refused.push(reason) },
    async ({ event }) => {
      try {
        answers = await answer(event);
        return answers as never;
      } catch (error) {
        failed = error as Error;
        throw error;
      }
    },
    () => here.now(),
  );
  const attributes = { ApproximateReceiveCount: "1" };
  const Records = [{ messageId: "m-1", body, attributes, eventSourceARN: queueArn }];
  const { batchItemFailures } = await handler({ Records } as unknown as SQSEvent, context);
  if (failed !== undefined) return { outcome: "failed", reason: failed.message, error: failed };
  if (batchItemFailures.length > 0) throw new Error("The handler failed, and no answer did");
  const [refused] = here.refused;
  const [first] = answers;
  if (refused !== undefined) return { outcome: "refused", reason: refused };
  return first ?? { outcome: "left to another function", reason: "" };
}

type Answered = Pick<Ending, "outcome" | "reason">;
type Entry = (body: string, here: Organization) => Promise<Ending>;

/** A responder, as functions/handlers/respond.ts has it. */
export const responderOf =
  (playbook: PlaybookId): Entry =>
  (body, here) =>
    throughQueue(body, here, async (event) => {
      const task = taskOf(event);
      if (task !== undefined) return [await perform(task, playbook, here)];
      const detected = detect(event, securityAccount);
      if (detected.kind !== "incident" && (primaryPlaybook(event) ?? playbook) !== playbook)
        return [];
      if (detected.kind === "refused") return [{ outcome: "refused", reason: detected.reason }];
      if (detected.kind === "archived") return [await answerArchived(detected, ports(here))];
      if (detected.kind === "unanswered") return [await notify(detected, here.notifier)];
      if (detected.incident.playbook !== playbook) return [];
      return [await here.answer(detected.incident)];
    });

async function perform(
  task: NonNullable<ReturnType<typeof taskOf>>,
  playbook: PlaybookId,
  here: Organization,
): Promise<Answered> {
  const { home } = here;
  if ("refused" in task) return { outcome: "refused", reason: task.refused };
  switch (task.task) {
    case "approved":
      return answerOf(await home.approved(task));
    case "requested":
      return answerOf(await home.requested(task.request, playbook));
    case "ask-about-host":
      return answerOf(await home.askAboutHost(task.incident));
    case "block-address": {
      const detected = detectAddress(task.event, task.address, securityAccount);
      return "refused" in detected
        ? { outcome: "refused", reason: detected.refused }
        : here.answer(detected.incident);
    }
    case "look-again":
      return answerOf(await home.watch(task.incident));
    default:
      return { outcome: "followed up", reason: "" };
  }
}

const ports = (here: Organization) => ({ digest: here.digest, now: () => here.now() });

/** Triage, as functions/handlers/triage.ts has it. */
export const triage: Entry = (body, here) =>
  throughQueue(body, here, async (event) => {
    if (isAnsweredElsewhere(event)) return [];
    const all: readonly (Detected | Imported)[] = isImport(event)
      ? detectImported(event, securityAccount)
      : [detect(event, securityAccount)];
    const answers: Answered[] = [];
    for (const each of all) answers.push(await triaged(each, here));
    return answers;
  });

async function triaged(detected: Detected | Imported, here: Organization): Promise<Answered> {
  switch (detected.kind) {
    case "refused":
      return { outcome: "refused", reason: detected.reason };
    case "incident":
      throw new Error("Rule and catalogue disagree: a defect");
    case "archived":
      return answerArchived(detected, ports(here));
    case "ignored":
      return { outcome: "logged", reason: detected.reason };
    case "unanswered": {
      const answered = await answerTo(detected, here.notifier);
      await noteForDigest(here.digest, detected, answered, here.now());
      return answered;
    }
  }
}

/** The workflow's first state, as functions/handlers/cut-exposed-key.ts has it. */
export const cutKey: Entry = async (body, here) => {
  const { home } = here;
  const event = JSON.parse(body);
  // Only Cordon's own functions start runs with such an event: no rule matches it.
  if ([reconcileSource, quarantineSource].some((own) => event.source === own)) {
    detectExposedKey(event, securityAccount);
    return { outcome: "matched by no rule", reason: "" };
  }
  const stateOf = (account: string) => (account === builders.account ? home : here.elsewhere).state;
  return ended(() =>
    cutExposedKey(event, {
      ...here.notifier,
      securityAccount,
      delivery: 1,
      lastDelivery: 6,
      owner: async ({ account }, key) =>
        Object.entries(stateOf(account).users).find(([, { keys }]) =>
          keys.some(({ id }) => id === key),
        )?.[0],
      uniqueId: async ({ account }, name) => userIn(stateOf(account), name)?.id,
      keyActive: async ({ account }, name, key) =>
        userIn(stateOf(account), name)?.keys.find(({ id }) => id === key)?.active,
      keys: async ({ account }, name) => userIn(stateOf(account), name)?.keys,
      isExposed: async (key) => home.exposed.has(key),
      answer: (incident) => here.answer(incident),
      start: async (name, event) => void here.started.push({ name, event }),
    }),
  );
};

const userIn = ({ users }: AccountState, name: string) =>
  Object.hasOwn(users, name) ? users[name] : undefined;

async function ended(work: () => Promise<Answered>): Promise<Ending> {
  try {
    const { outcome, reason } = await work();
    return { outcome, reason };
  } catch (error) {
    return { outcome: "failed", reason: (error as Error).message, error: error as Error };
  }
}

/** The release function's queue, as functions/handlers/release.ts has it. */
export const release: Entry = (body, here) =>
  throughQueue(body, here, async (event) => {
    const expired = expiredIn(event);
    if (expired !== undefined) return [answerOf(await here.home.end(expired))];
    const requested = detectSecurityHub(event, securityAccount, [customActions.release]);
    const about = requested.kind === "incident" ? requested.incident : undefined;
    const world = about === undefined ? here.elsewhere : here.worldOf(about);
    return [answerOf(await world.request(requested))];
  });

/** The sweeper's queue, as functions/handlers/sweep.ts has it. */
export const sweep: Entry = (body, here) =>
  throughQueue(body, here, async (event) => [
    await handleTask(sweepTaskOf(event), { ...here.sweeps.sweeper, now: () => here.now() }),
  ]);

const callOf = callParser("a call that may let a contained target out", ...driftCalls);

/** The watch's queue, as functions/handlers/watch.ts has it. */
export const watch: Entry = (body, here) =>
  ended(async () => {
    const call = callOf(parsed(body));
    if (call.kind === "refused") return { outcome: "refused", reason: call.reason };
    const { looks } = await lookAfterCalls(new Set([call.account]), {
      openIncidents: async () =>
        Object.values(here.home.items).map(
          ({ record, status }) => ({ ...record, status }) as never,
        ),
      send: async (_playbook, sent) => void here.looks.push(...sent),
      sleep: async () => undefined,
      end: async () => undefined,
      now: () => here.now(),
    });
    return { outcome: looks > 0 ? "looked again" : "logged", reason: `${looks} looks` };
  });

/** The queue of reports of key rotation, as functions/handlers/notify-key-rotation.ts has it. */
export const keyRotation: Entry = (body, here) =>
  throughQueue(body, here, async (event) => {
    const read = readMessage(event, topicArn);
    if (read.kind === "refused") return [{ outcome: "refused", reason: read.reason }];
    const notifier = {
      account: here.account,
      keysMade: async (account: string, name: string) =>
        account === builders.account && userIn(here.home.state, name) !== undefined
          ? [new Date("2026-01-01T00:00:00Z")]
          : undefined,
      isRefusal: () => false,
      maxAgeDays: 90,
      notifications: Object.assign(new MemoryNotificationLog(), { admit: async () => true }),
      responders: { name: "notices", notify: here.notifier.publish },
      owner: undefined,
      now: () => here.now(),
    };
    return [
      read.kind === "failed"
        ? await notifyFailedReport(read.failed, notifier)
        : await notifyKeyRotation(read.report, notifier),
    ];
  });

/** What keeps dead letters: the body may be anything at all. */
export const deadLetters: Entry = (body, here) =>
  ended(async () => {
    const message = { messageId: "m-1", body, messageAttributes: {} };
    const { letter } = await keepLetter(
      message,
      { queue: "cordon-triage", handler: "cordon-triage" },
      { letters: here.letters, deliveries: 5, now: () => here.now() },
    );
    return { outcome: "kept", reason: letter.about };
  });

/** What reads the notices' topic for a channel. */
export const channel: Entry = (body) =>
  ended(async () => {
    const read = readReceived(parsed(body), topicArn);
    return typeof read === "string"
      ? { outcome: "refused", reason: read }
      : { outcome: "sent on", reason: read.message.heading };
  });

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
