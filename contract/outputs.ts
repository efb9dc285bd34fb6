/**
 * What other stacks, the command line and the drill may rely on. Imports nothing of Cordon's: other
 * repositories copy it (docs/contract.md). Taking an output away, or changing what one means, needs
 * another `contractVersion`; adding one does not.
 */
import * as pulumi from "@pulumi/pulumi";

/** The promise that this file describes. */
export const contractVersion = 1;

/** One rule's queue and the function that works through it. */
export interface QueuedFunctionContract {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly deadLetterQueueUrl: string;
  readonly functionName: string;
}

/** The workflow that answers exposed access keys. */
export interface ExposedKeyContract {
  /** Each run is one key; its last state names how it ended. */
  readonly stateMachineArn: string;
  /** Events that did not reach the workflow, or that it refused, with the reason. */
  readonly deadLetterQueueUrl: string;
  /** Asks Trusted Advisor for keys whose events did not arrive; responders may invoke it, too. */
  readonly reconcileFunctionName: string;
}

/** The topic of key rotation reports, and the function that processes them. */
export interface KeyRotationContract extends QueuedFunctionContract {
  /** Gets one message for each user and evaluation; teams may subscribe. */
  readonly topicArn: string;
}

/** What one entry of the policy says; what it leaves out, a less specific entry says. */
export interface PolicyStance {
  readonly response?: "automatic" | "ask" | "dry-run";
  /** The only finding types that are automatic, possibly ending in "*". */
  readonly types?: readonly string[];
  /** What is done about all others: a dry run if absent. */
  readonly others?: "ask" | "dry-run";
  readonly notifyFrom?: number;
  readonly askFrom?: number;
  readonly automaticFrom?: number;
}

/** How far responses go by themselves, where `mode` is enforce. */
export interface PolicyContract<Playbook extends string = string> {
  readonly notifyFrom: number;
  readonly askFrom?: number;
  readonly automaticFrom: number;
  /** A playbook that is missing is in dry run. */
  readonly playbooks: Readonly<Partial<Record<Playbook, PolicyStance>>>;
  readonly rules: readonly (PolicyStance & {
    readonly playbooks?: readonly Playbook[];
    readonly accounts?: readonly string[];
    readonly units?: readonly string[];
  })[];
}

/** Outputs of a Cordon stack, as plain values. `contractOutputs` says what each is for. */
export interface StackContract<Playbook extends string = string> {
  readonly contractVersion: typeof contractVersion;
  readonly mode: "dry-run" | "enforce";
  readonly policy: PolicyContract<Playbook>;
  readonly hubBusArn: string;
  readonly noticeTopicArn: string;
  readonly journalTableName: string;
  readonly releaseFunctionName: string;
  readonly approveFunctionName: string;
  readonly redriveFunctionName: string;
  readonly approvalPageUrl: string;
  readonly memberRoleNames: readonly string[];
  /** "account/region/vpc" to the id of the VPC's quarantine group. */
  readonly quarantineGroups: Readonly<Record<string, string>>;
  readonly responders: Readonly<Record<Playbook, QueuedFunctionContract>>;
  /** The second queue of a playbook that has two, for severe findings and what people send. */
  readonly urgent: Readonly<Partial<Record<Playbook, QueuedFunctionContract>>>;
  /** Has open incidents looked at: after calls in their accounts, and all when its function is invoked. */
  readonly watch: QueuedFunctionContract;
  readonly triage: QueuedFunctionContract;
  /** The second queue of triage: findings that Security Hub imports. */
  readonly imported: QueuedFunctionContract;
  /** Releases what analysts send from Security Hub. */
  readonly releases: QueuedFunctionContract;
  /** Sweeps all accounts when its function is invoked, by its schedule or by a responder. */
  readonly sweeper: QueuedFunctionContract;
  readonly exposedKeys: ExposedKeyContract;
  readonly keyRotation: KeyRotationContract;
}

interface Documented {
  readonly what: string;
  /** Who may use it, and how. */
  readonly use: string;
}

/** Documents every output. The table in docs/contract.md is made of it, and tested against it. */
export const contractOutputs: Readonly<Record<keyof StackContract, Documented>> = {
  contractVersion: {
    what: "Version of this contract, a number.",
    use: "Every reader; `readContract` refuses any other.",
  },
  mode: {
    what: "`dry-run` (plans, records and announces, changes nothing) or `enforce`.",
    use: "Every reader.",
  },
  policy: {
    what: "How far responses go by themselves, as in `cordon:policy`: `notifyFrom`, `askFrom`, `automaticFrom`, `playbooks`, `rules`.",
    use: "Every reader.",
  },
  hubBusArn: {
    what: "ARN of the event bus on which findings arrive.",
    use: "Nobody else: its policy admits Cordon's forwarders only, and EventBridge passes no received event on to a third bus.",
  },
  noticeTopicArn: {
    what: "ARN of the SNS topic that notifies responders and programs of every incident.",
    use: "Accounts in `cordon:consumerAccounts` subscribe queues of their own; see below.",
  },
  journalTableName: {
    what: "Name of the DynamoDB table that remembers every change and what was before.",
    use: "Analysts of the security account, to read. Nobody else writes.",
  },
  releaseFunctionName: {
    what: "Name of the function that takes an incident back.",
    use: "Analysts of the security account with `lambda:InvokeFunction`, by `npx cordon release`.",
  },
  approveFunctionName: {
    what: "Name of the function that takes answers to plans that wait for people, and what people ask for by command.",
    use: "Responders of the security account with `lambda:InvokeFunction`, by `npx cordon approve`, `reject`, `contain` and `adopt`.",
  },
  redriveFunctionName: {
    what: "Name of the function that lists dead letters, and sends them again.",
    use: "Responders of the security account with `lambda:InvokeFunction`, by `npx cordon redrive`.",
  },
  approvalPageUrl: {
    what: "Address of the approval page; empty where `cordon:approvalPage` is false.",
    use: "Responders, by a link from `npx cordon page` or a notice. Without a link it shows nothing.",
  },
  memberRoleNames: {
    what: "Names of the roles through which Cordon acts, the same in every governed account.",
    use: "Service control policies and permission boundaries, to exempt them.",
  },
  quarantineGroups: {
    what: "`account/region/vpc` to the id of the VPC's quarantine security group.",
    use: "Owners of the accounts, to recognise the group and to leave it as it is.",
  },
  responders: {
    what: "Playbook to its queue (`queueUrl`, `queueArn`, `deadLetterQueueUrl`) and function (`functionName`). `block-address` is among them where `cordon:blockAddresses` says so.",
    use: "Analysts of the security account, to read logs. `cordon-notify-dead-letters` empties the dead-letter queues: `npx cordon redrive` lists what was in them.",
  },
  urgent: {
    what: "The same for the second queue of a playbook that has two: severe findings, and what people send from Security Hub.",
    use: "As responders.",
  },
  watch: {
    what: "The same for the function that has open incidents looked at, whether they are contained.",
    use: "Analysts of the security account; `functionName` may be invoked at any time: all open incidents are looked at.",
  },
  triage: {
    what: "The same for findings that no playbook answers.",
    use: "As responders.",
  },
  imported: {
    what: "The same for the second queue of triage: findings that Security Hub imports.",
    use: "As responders.",
  },
  releases: {
    what: "The same for findings whose containment is to be released; the function is `releaseFunctionName`.",
    use: "As responders.",
  },
  sweeper: {
    what: "The same for the function that gives every VPC a closed quarantine group.",
    use: "Analysts of the security account; `functionName` may be invoked at any time: it goes through all accounts.",
  },
  exposedKeys: {
    what: "The workflow that answers exposed access keys: `stateMachineArn`, `deadLetterQueueUrl`, `reconcileFunctionName`.",
    use: "Analysts of the security account; `reconcileFunctionName` may be invoked at any time.",
  },
  keyRotation: {
    what: "Users who must rotate an access key: the topic of the reports (`topicArn`), and the queue and function that process them.",
    use: "Queues of the security account may subscribe to `topicArn`; the rest as responders.",
  },
};

/** The same promise while the engine still works it out. */
export type Outputs<T> = { [K in keyof T]: pulumi.Input<T[K]> };

/**
 * Reads a Cordon stack from another one. The deployment that reads it fails, in one sentence, where
 * the stack is none of Cordon's, keeps another version of the contract, or lacks an output.
 */
export function readContract(stack: pulumi.StackReference): {
  [K in keyof StackContract]: pulumi.Output<StackContract[K]>;
} {
  const read = (key: string) =>
    pulumi
      .all([stack.name, stack.getOutput("contractVersion"), stack.getOutput(key)])
      .apply(([name, version, value]) => {
        const problem = problemOf(name, version, key, value);
        if (problem !== undefined) throw new pulumi.RunError(problem);
        return value;
      });
  const keys = Object.keys(contractOutputs);
  return Object.fromEntries(keys.map((key) => [key, read(key)])) as ReturnType<typeof readContract>;
}

/** Describes the fault of a stack's output; undefined when there is none. */
function problemOf(stack: string, version: unknown, key: string, value: unknown) {
  if (version === undefined) {
    return `${stack} is no stack of Cordon's: it has no output contractVersion`;
  }
  if (version !== contractVersion) {
    return `${stack} keeps version ${version} of Cordon's contract, but this program reads version ${contractVersion}: take contract/outputs.ts from the Cordon that is deployed there`;
  }
  return value === undefined
    ? `${stack} has no output ${key}: an older Cordon is deployed there, which must be brought up again`
    : undefined;
}
