/**
 * Answers the calls that were let through: by a stand-in where there is one, else by the emulator as
 * the account the call concerns, with what it would get wrong checked before and corrected after.
 */

import { forward, type Moto, stateOf } from "./emulator/moto";
import { Replicas } from "./emulator/replicas";
import type { Caller } from "./iam/caller";
import type { Registry } from "./iam/callers";
import type { AuthorizeRequest, Decision } from "./iam/decision";
import { Membership } from "./iam/membership";
import { Policies } from "./iam/policies";
import type { RecordedCall } from "./record";
import { Administrators } from "./stand-ins/administrators";
import { type AutomationStandIn, Automations } from "./stand-ins/automation";
import { BucketPolicies } from "./stand-ins/bucket-policies";
import { CloudTrail, type CloudTrailStandIn } from "./stand-ins/cloudtrail";
import { ConfigService, type ConfigStandIn } from "./stand-ins/config";
import { DelayedMessages } from "./stand-ins/delayed-messages";
import { Findings, type FindingsStandIn } from "./stand-ins/findings";
import { HubFindings, type HubFindingsStandIn } from "./stand-ins/hub-findings";
import { LambdaControlPlane, type LambdaStandIn } from "./stand-ins/lambda";
import { requirePollable } from "./stand-ins/lambda-polling";
import { organizations } from "./stand-ins/organizations";
import { ServiceControlPolicies } from "./stand-ins/service-control-policies";
import { StackSets, type StackSetsStandIn } from "./stand-ins/stack-sets";
import { assumeRole, callerIdentity, getSessionToken } from "./stand-ins/sts";
import { Subscriptions, type SubscriptionsStandIn } from "./stand-ins/subscriptions";
import { Transitions } from "./stand-ins/transitions";
import { TrustedAdvisor, type TrustedAdvisorStandIn } from "./stand-ins/trusted-advisor";
import { UserBoundaries } from "./stand-ins/user-boundary";
import { checkAgainstPast, checkStrictly, correctAnswer } from "./strict";
import { checkEntries } from "./strict/events";
import {
  type Answer,
  type ApiCall,
  json,
  list,
  member,
  parseXml,
  text,
  UnknownOperationError,
} from "./wire/protocol";
import { type Place, World } from "./world";

/** Takes the entries of a PutEvents call; returns one result per entry, in order. */
export type OnPutEvents = (
  entries: readonly Readonly<Record<string, unknown>>[],
  at: Place,
  caller: Caller,
) => Promise<readonly { EventId?: string; ErrorCode?: string; ErrorMessage?: string }[]>;

/** The emulator's state of some time ago, from which reads are answered that a write has not reached. */
export type Past = Pick<Moto, "url">;

/** Interfaces of the stand-ins beside the AWS APIs. */
export interface StandIns {
  readonly lambda: LambdaStandIn;
  readonly cloudTrail: CloudTrailStandIn;
  readonly trustedAdvisor: TrustedAdvisorStandIn;
  readonly config: ConfigStandIn;
  readonly automation: AutomationStandIn;
  readonly findings: FindingsStandIn;
  readonly hubFindings: HubFindingsStandIn;
  readonly stackSets: StackSetsStandIn;
  /** Who is in the organization. */
  readonly membership: Membership;
  readonly subscriptions: SubscriptionsStandIn;
  readonly delayedMessages: Pick<DelayedMessages, "due" | "held">;
}

/** The gateway, as the services need it: by the time of their first call it is complete. */
export interface ServiceHost {
  readonly moto: Moto;
  readonly url: string;
  readonly callers: Registry;
  readonly record: { readonly startedAt: number };
  readonly policyLagMs: number;
  readonly onPutEvents?: OnPutEvents;
  authorize(request: AuthorizeRequest): Promise<Decision>;
}

type Recorded = Pick<RecordedCall, "action" | "mutating">;

// Calls that move data and change no policy, tag or key, so that nothing remembered grows stale.
const dataOperations =
  /^(dynamodb:(Put|Update|Delete|Transact|Batch)\w*Items?|sqs:(Send|Delete|Change|Receive)Message\w*|sns:Publish\w*|events:PutEvents|kms:(Decrypt|Encrypt|GenerateDataKey|GenerateMac|VerifyMac)\w*|logs:\w+|cloudwatch:\w+|ec2:(ModifyNetworkInterfaceAttribute|CreateSnapshots|(Authorize|Revoke)SecurityGroup\w+|CreateSecurityGroup))$/;

const ownStacks = new Set(["DescribeStacks", "UpdateTerminationProtection"]);

export class Services implements StandIns {
  readonly cloudTrail: CloudTrail;
  readonly trustedAdvisor = new TrustedAdvisor();
  readonly config = new ConfigService();
  readonly automation = new Automations();
  readonly findings = new Findings();
  readonly hubFindings = new HubFindings();
  readonly delayedMessages = new DelayedMessages();
  readonly membership = new Membership();
  readonly lambda = new LambdaControlPlane(
    (roleArn) => this.#trustsLambda(roleArn),
    (queueArn, fn) => requirePollable(queueArn, fn, this.world),
  );
  readonly stackSets: StackSets;
  readonly subscriptions: Subscriptions;
  /** What authorization goes by. */
  readonly policies: Policies;
  readonly world: World;
  readonly #boundaries = new UserBoundaries();
  readonly #serviceControl = new ServiceControlPolicies(this.membership);
  readonly #administrators = new Administrators(this.membership);
  readonly #bucketPolicies = new BucketPolicies();
  readonly #transitions = new Transitions();
  /** What policies were, while `policyLagMs` is set. */
  #pastPolicies: Replicas | undefined;

  constructor(private readonly host: ServiceHost) {
    const inEffect = () => this.#pastPolicies?.current?.url ?? host.moto.url;
    this.policies = this.#policiesOf({
      get url() {
        return inEffect();
      },
    });
    this.world = new World(
      stateOf(host.moto),
      this.policies,
      (mapping) => this.lambda.mappings.get(mapping)?.functionName,
      (arn) => this.lambda.tagsOf(arn),
    );
    this.cloudTrail = new CloudTrail(host.record.startedAt, () => host.callers.clock());
    this.subscriptions = new Subscriptions(host, this.policies);
    this.stackSets = new StackSets(host, this.membership, (account) =>
      this.#administrators.administersStackSets(account),
    );
  }

  /** Answers a call that takes effect in `account`; throws what the service refuses. */
  async answer(
    call: ApiCall,
    caller: Caller,
    entry: Recorded,
    account: string,
    past?: Past,
  ): Promise<Answer> {
    const answer = await this.#standIn(call, caller, entry.action);
    return answer ?? this.#emulated(call, caller, entry, account, past);
  }

  #policiesOf(moto: Past): Policies {
    return new Policies(
      stateOf(moto),
      (arn) => this.lambda.policyOf(arn),
      (userId) => this.#boundaries.of(userId),
      this.membership,
      (account) => this.#serviceControl.of(account),
    );
  }

  async #standIn(call: ApiCall, caller: Caller, action: string): Promise<Answer | undefined> {
    if (action === "sts:AssumeRole") {
      return assumeRole(call, caller, this.host.callers, this.policies);
    }
    if (action === "sts:GetCallerIdentity") return callerIdentity(caller);
    if (action === "sts:GetSessionToken") return getSessionToken(call, caller, this.host.callers);
    if (action === "cloudtrail:LookupEvents") return this.cloudTrail.answer(call, caller.account);
    const at = { account: caller.account, region: call.region };
    if (call.service === "sqs") {
      return this.delayedMessages.answer(call, at, (batch) =>
        stateOf(this.host.moto).json(at, "sqs", "AmazonSQS.SendMessageBatch", batch),
      );
    }
    if (call.service === "config") return this.config.answer(call, at, this.world);
    if (call.service === "ssm") {
      const answer = await this.automation.answer(call, caller);
      if (answer) return answer;
    }
    if (call.service === "support") return this.trustedAdvisor.answer(call, caller.account);
    if (call.service === "iam") {
      return this.#boundaries.answer(call, caller.account, this.world, this.policies);
    }
    if (call.service === "lambda") return this.lambda.answer(call, caller);
    if (call.service === "sns") return this.subscriptions.answer(call, caller);
    const administrators = this.#administrators.answer(call, at);
    if (administrators) return administrators;
    const findings = await this.findings.answer(call, caller.account, (detector) =>
      this.#hasDetector(call, detector, caller.account),
    );
    if (findings) return findings;
    const hubFindings = await this.hubFindings.answer(call, caller.account, () =>
      this.#hasHub(call, caller.account),
    );
    if (hubFindings) return hubFindings;
    const bucketPolicy = await this.#bucketPolicies.answer(call, caller.account, (bucket) =>
      this.#hasBucket(call, bucket, caller.account),
    );
    if (bucketPolicy) return bucketPolicy;
    const serviceControl = this.#serviceControl.answer(call, caller.account);
    if (serviceControl) return serviceControl;
    if (call.service === "organizations") {
      return organizations(call, caller.account, this.membership, this.#administrators);
    }
    // The emulator has stacks of an account's own; those of stack sets are the stand-in's.
    if (call.service === "cloudformation" && !ownStacks.has(call.operation)) {
      return this.stackSets.answer(call, caller.account);
    }
    if (action === "events:PutEvents") return this.#putEvents(call, caller, at);
    return undefined;
  }

  async #putEvents(call: ApiCall, caller: Caller, at: Place): Promise<Answer> {
    if (!this.host.onPutEvents) throw new UnknownOperationError("events:PutEvents");
    checkEntries(call);
    const entries = list<Readonly<Record<string, unknown>>>(call.parameters.Entries);
    const results = await this.host.onPutEvents(entries, at, caller);
    const failed = results.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
    return json({ FailedEntryCount: failed, Entries: results });
  }

  async #emulated(
    call: ApiCall,
    caller: Caller,
    { action, mutating }: Recorded,
    account: string,
    past?: Past,
  ): Promise<Answer> {
    const at = { account, region: call.region };
    // A write that a replica answers is refused by what that replica does not know yet.
    if (past && mutating)
      await checkAgainstPast(call, at, new World(stateOf(past), this.#policiesOf(past)), caller);
    await checkStrictly(call, at, this.world, caller);
    this.#administrators.check(call, at);
    // These headers belong to the connection that carried the call, not to the call.
    const { "transfer-encoding": _, expect: __, ...headers } = call.http.headers;
    try {
      if (mutating && call.service === "iam") await this.#keepPolicies();
      const answer = await forward(
        past && !mutating ? past : this.host.moto,
        {
          method: call.http.method,
          path: call.http.target,
          headers: { ...headers, "content-length": String(call.http.body.length) },
          body: call.http.body,
        },
        account,
        action,
      );
      if (answer.status < 300) {
        if (action === "iam:CreateAccessKey") await this.#takeInKey(account, answer);
        if (action === "iam:UpdateUser") await this.#rename(account, call);
        if (action === "sns:Publish") this.subscriptions.published(call, answer);
        this.#administrators.observe(call, at);
        this.#transitions.observe(call, at);
      }
      const shown = this.#transitions.shownIn(call, at, caller, correctAnswer(call, answer));
      return this.#boundaries.shownIn(call, shown);
    } finally {
      if (mutating && !dataOperations.test(action)) {
        const { service, operation, parameters } = call;
        const forget = () => this.policies.changed(service, account, operation, parameters);
        if (this.#pastPolicies && service === "iam") {
          setTimeout(forget, this.#pastPolicies.longestMs).unref();
        } else forget();
      }
    }
  }

  /** Keeps what policies were before a write, while they lag. */
  async #keepPolicies(): Promise<void> {
    const { policyLagMs } = this.host;
    if (policyLagMs === 0) this.#pastPolicies = undefined;
    else if (this.#pastPolicies?.lagMs !== policyLagMs) {
      this.#pastPolicies = new Replicas(this.host.moto, policyLagMs);
    }
    await this.#pastPolicies?.beforeWrite();
  }

  /** Makes a key that IAM has just issued one that the gateway admits as its user. */
  async #takeInKey(account: string, answer: Answer): Promise<void> {
    const issued = member(parseXml(answer.body.toString()), "CreateAccessKeyResponse");
    const key = member(member(issued, "CreateAccessKeyResult"), "AccessKey");
    await this.host.callers.issued(
      text(member(key, "AccessKeyId")) ?? "",
      text(member(key, "SecretAccessKey")) ?? "",
      account,
      text(member(key, "UserName")) ?? "",
    );
  }

  async #rename(account: string, { operation, parameters }: ApiCall): Promise<void> {
    this.policies.changed("iam", account, operation, parameters);
    const [before, after] = [text(parameters.UserName), text(parameters.NewUserName)];
    if (before && after) await this.host.callers.renamed(account, before, after);
  }

  async #hasBucket(call: ApiCall, bucket: string, account: string): Promise<boolean> {
    const { authorization } = call.http.headers;
    const asked = { method: "HEAD", path: `/${bucket}`, headers: { authorization } };
    return (await forward(this.host.moto, asked, account, "s3:HeadBucket")).status === 200;
  }

  async #hasDetector(call: ApiCall, detector: string, account: string): Promise<boolean> {
    const { authorization } = call.http.headers;
    const path = `/detector/${encodeURIComponent(detector)}`;
    const asked = { method: "GET", path, headers: { authorization } };
    return (await forward(this.host.moto, asked, account, "guardduty:GetDetector")).status === 200;
  }

  async #hasHub(call: ApiCall, account: string): Promise<boolean> {
    const { authorization } = call.http.headers;
    const asked = { method: "GET", path: "/accounts", headers: { authorization } };
    const { moto } = this.host;
    return (await forward(moto, asked, account, "securityhub:DescribeHub")).status === 200;
  }

  async #trustsLambda(roleArn: string): Promise<boolean> {
    const decision = await this.host.authorize({
      principal: { service: "lambda.amazonaws.com" },
      action: "sts:AssumeRole",
      resource: roleArn,
      resourceAccount: roleArn.split(":")[4] ?? "",
      region: "us-east-1",
    });
    return decision.allowed;
  }
}
