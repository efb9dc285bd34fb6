/** The embedded organization: emulator, gateway, functions, and the deployed program on top. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import type { StackContract } from "../../contract/outputs";
import { deploy } from "../../deploy";
import type { PlaybookId } from "../../functions/catalogue/playbooks";
import { readSettings } from "../../settings";
import { type Account, governedRegions, homeRegion, security } from "../gateway/accounts";
import { startMoto, stateOf } from "../gateway/emulator/moto";
import { type Gateway, startGateway } from "../gateway/gateway";
import { onClock } from "../samples/guardduty";
import { seedRecorder, seedRecorders } from "../seeds/config";
import {
  deployerSession,
  type Parameters,
  seedDeploymentRole,
  seedDeploymentRoles,
} from "../seeds/deployment-roles";
import { runAutomations } from "../services/automation";
import { Alarms, type Transition } from "../services/cloudwatch/alarms";
import {
  type Delivery,
  type EventBridgeEvent,
  emit as emitEvent,
  fireSchedule,
} from "../services/eventbridge/events";
import { Internet } from "../services/internet";
import { type LambdaRuntime, startLambda } from "../services/lambda/lambda";
import { type Deployment, type Engine, openEngine } from "./engine";

const root = path.resolve(__dirname, "../..");
/**
 * How many seconds of this machine a second of a timeout takes, of functions and of workflows' tasks:
 * a machine with other work must not end what AWS would let run.
 */
const slowdown = 10;

export interface LocalOrganization {
  readonly gateway: Gateway;
  readonly lambda: LambdaRuntime;
  /** The hosts that functions call beyond AWS. */
  readonly internet: Internet;
  /** Brings the program up under the policy pack; can be called again. */
  up(): Promise<Deployment>;
  preview(): Promise<Deployment>;
  /** Takes the program's resources down, as `pulumi destroy` does. */
  destroy(): Promise<void>;
  /** Prepares another team's stack, which may refer to this one, with its account's credentials. */
  stack(options: OtherStack): Promise<Engine>;
  /** The stack's outputs of the last `up`. */
  readonly contract: StackContract<PlaybookId>;
  /**
   * Emits an event onto the default bus of the account it names, as AWS services do. An account that
   * is none of ours has no bus here: its event appears on the security account's.
   */
  emit(region: string, event: EventBridgeEvent): Promise<Delivery[]>;
  /**
   * Does something, and then has CloudTrail report to EventBridge every change that was made meanwhile,
   * by whomever. On AWS each comes by itself, after seconds or minutes.
   */
  reported<T>(
    act: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly deliveries: readonly Delivery[] }>;
  /**
   * Takes an account into the organization, under the root, with the deployment's role; then waits
   * for the stack sets that deploy to it by themselves.
   */
  join(account: Account): Promise<void>;
  /**
   * Has the sweeper go through all accounts, as its schedule does from its making on, and works all
   * queues empty. Throws when the round could not begin.
   */
  sweep(): Promise<void>;
  /**
   * Evaluates the deployed alarms of every account and region, minute by minute since the last
   * time, as CloudWatch does all the time.
   */
  evaluateAlarms(): Promise<readonly Transition[]>;
  /**
   * Lets seconds pass for the functions: messages that were sent with a delay become visible. Drain the
   * queues afterwards.
   */
  pass(seconds: number): Promise<void>;
  /** Calls the watch on open incidents, as its schedule does, and waits until its looks are done. */
  watch(): Promise<void>;
  close(): Promise<void>;
}

/** A stack of another team, over the same state. Cordon's policy pack does not judge it. */
interface OtherStack {
  /** Directory of its project, relative to the repository's root. */
  readonly project: string;
  readonly account: string;
  readonly program: () => Promise<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, string>>;
}

export interface LocalOrganizationOptions {
  /** Settings on top of Pulumi.local.yaml, such as {"cordon:mode": "dry-run"}. */
  readonly config?: Readonly<Record<string, string>>;
  /** Environments of one function that run at once. @default 4 */
  readonly concurrency?: number;
  /**
   * Multiplies the seconds that workflows wait, in Wait states and before retries. By what is left
   * out the functions' clocks move forward. @default 1
   */
  readonly waitFactor?: number;
  /** A team's program in place of Cordon's own, and the directory of its policy pack. @default Cordon's */
  readonly team?: {
    readonly program: () => Promise<Record<string, unknown>>;
    readonly policyPack: string;
  };
  /** Gets a line for each resource the engine touches. */
  readonly onEvent?: (line: string) => void;
}

/** Gives the templates of the deployment roles the stack's settings, as people do. */
function bootstrapParameters(overrides: Readonly<Record<string, string>> = {}): Parameters {
  const { config } = parse(readFileSync(path.join(root, "Pulumi.local.yaml"), "utf8"));
  const names = ["MemberDeployment", "Detection", "ServiceControlPolicy", "ConformancePack"];
  return Object.fromEntries(
    [...names, "GovernManagementAccount", "RolePath"].flatMap((name) => {
      const key = name.charAt(0).toLowerCase() + name.slice(1);
      const value = overrides[key] ?? overrides[`cordon:${key}`] ?? config[`cordon:${key}`];
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
}

/** Starts an empty organization; the caller seeds it, brings the program up, and closes it. */
export async function openLocalOrganization(
  options: LocalOrganizationOptions = {},
): Promise<LocalOrganization> {
  // The SDK warns about Node 20 on every start of every process; functions run on Node 22.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const home = path.join(root, ".cordon", "local");
  mkdirSync(home, { recursive: true });
  const workDir = mkdtempSync(path.join(home, "run-"));
  const moto = await startMoto({
    python: process.env.CORDON_PYTHON ?? path.join(root, ".cordon/emulator/bin/python"),
    logFile: path.join(workDir, "emulator.log"),
  });
  const { waitFactor } = options;
  const gateway = await startGateway({
    moto,
    slowdown,
    ...(waitFactor !== undefined && { waitFactor }),
  });
  const internet = await Internet.open();
  const lambda = await startLambda(gateway, {
    internetUrl: internet.url,
    slowdown,
    ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
  });
  const alarms = new Alarms(gateway, lambda);
  runAutomations(gateway);
  const parameters = bootstrapParameters(options.config);
  await seedDeploymentRoles(gateway, parameters);
  await seedRecorders(gateway);

  let engine: Engine | undefined;
  let contract: StackContract<PlaybookId> | undefined;
  const open = async () => {
    engine ??= await openEngine({
      gatewayUrl: gateway.url,
      // One for each operation: it ends after an hour, by the clock that runs on.
      signIn: () => deployerSession(gateway),
      workDir,
      program: options.team?.program ?? (async () => ({ ...(await deploy(readSettings())) })),
      policyPack: path.join(root, options.team?.policyPack ?? "policies"),
      ...(options.config && { config: { ...options.config } }),
      ...(options.onEvent && { onEvent: options.onEvent }),
    });
    return engine;
  };
  /** Calls a function as its schedule does. */
  const call = async (name: string): Promise<void> => {
    const before = lambda.called.length;
    const at = { account: security.id, region: homeRegion };
    const [delivery] = await fireSchedule(gateway, at, name);
    if (delivery?.delivered !== true) throw new Error(`${name} was not called: ${delivery?.why}`);
    const made = () => lambda.called.slice(before).find((each) => each.functionName === name);
    while (made() === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    if (made()?.ok !== true) throw new Error(`${name} failed: ${made()?.error?.message}`);
  };
  const pass = async (seconds: number): Promise<void> => {
    lambda.advanceClock(seconds * 1_000);
    const state = stateOf(gateway.moto);
    for (const { at, queueUrl, body } of gateway.delayedMessages.due(seconds)) {
      const message = { QueueUrl: queueUrl, MessageBody: body };
      await state.json(at, "sqs", "AmazonSQS.SendMessage", message);
    }
  };

  return {
    gateway,
    lambda,
    internet,
    async up() {
      const deployment = await (await open()).up();
      contract = deployment.outputs as unknown as StackContract<PlaybookId>;
      return deployment;
    },
    preview: async () => (await open()).preview(),
    destroy: async () => (await open()).destroy(),
    stack: async ({ project, account, program, config }) =>
      openEngine({
        gatewayUrl: gateway.url,
        // Other accounts' teams have rights of their own, which are not decided here.
        signIn: () =>
          account === security.id
            ? deployerSession(gateway)
            : gateway.callers.trusted(account, "deployer", "deployer"),
        workDir: path.join(workDir, path.basename(project)),
        state: path.join(workDir, "state"),
        project: path.join(root, project),
        program,
        ...(config && { config: { ...config } }),
        ...(options.onEvent && { onEvent: options.onEvent }),
      }),
    get contract() {
      if (contract === undefined) throw new Error("The program has not been brought up yet");
      return contract;
    },
    emit: (region, given) => {
      const event = onClock(given, lambda.now());
      const account = gateway.membership.find(event.account ?? "")?.id ?? security.id;
      // What GuardDuty has sent it has when it is asked.
      if (event.source === "aws.guardduty") {
        gateway.findings.sent(region, event.detail);
        gateway.hubFindings.sent(region, event.detail);
      }
      return emitEvent(gateway, { account, region }, event);
    },
    async reported(act) {
      const { filed } = gateway.cloudTrail;
      const result = await act();
      const deliveries: Delivery[] = [];
      for (const { region, ...event } of gateway.cloudTrail.changesSince(filed)) {
        deliveries.push(
          ...(await emitEvent(gateway, { account: event.account, region }, { region, ...event })),
        );
      }
      return { result, deliveries };
    },
    async join(account) {
      gateway.membership.join(account);
      await seedDeploymentRole(gateway, account, "member", parameters);
      await seedRecorder(gateway, account.id);
      await gateway.stackSets.accountJoined(account.id);
    },
    async sweep() {
      await call(contract?.sweeper.functionName ?? "");
      await lambda.drain();
    },
    pass,
    async watch() {
      const before = new Set(gateway.delayedMessages.held);
      await call(contract?.watch.functionName ?? "");
      const spread = gateway.delayedMessages.held.filter((message) => !before.has(message));
      await lambda.drain();
      await pass(Math.max(0, ...spread.map(({ seconds }) => seconds)));
      await lambda.drain();
    },
    async evaluateAlarms() {
      const transitions: Transition[] = [];
      for (const { id } of gateway.membership.accounts) {
        for (const region of governedRegions) {
          transitions.push(...(await alarms.evaluate({ account: id, region })));
        }
      }
      return transitions;
    },
    async close() {
      try {
        await lambda.close();
      } finally {
        await internet.close();
        await gateway.close();
        await moto.close();
        rmSync(workDir, { recursive: true, force: true });
      }
    },
  };
}
