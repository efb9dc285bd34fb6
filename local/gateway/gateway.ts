/**
 * The one endpoint of the local organization. Every SDK call passes here: the caller is found by
 * access key, the call authorized, recorded, delayed or broken as asked, answered by a stand-in or
 * forwarded to the emulator as the account it concerns. Request signatures are not verified: keys
 * and session tokens are random, and nobody else has them.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type AuthorizeRequest, authorize, type Decision } from "./authorize";
import { type Caller, type Callers, loopback, Registry } from "./callers";
import { ArmedFaults, type Faults, isOwnCall } from "./faults";
import { Membership } from "./membership";
import { forward, type Moto, stateOf } from "./moto";
import { Policies } from "./policies";
import {
  type Answer,
  type ApiCall,
  ApiError,
  errorAnswer,
  header,
  json,
  list,
  member,
  parseXml,
  readCall,
  text,
  UnknownOperationError,
} from "./protocol";
import { type CallRecord, type DraftCall, isMutating, Recorder } from "./record";
import { type Check, resourceTable } from "./resources";
import { Administrators } from "./stand-ins/administrators";
import { type AutomationStandIn, Automations } from "./stand-ins/automation";
import { BucketPolicies } from "./stand-ins/bucket-policies";
import { CloudTrail, type CloudTrailStandIn } from "./stand-ins/cloudtrail";
import { ConfigService, type ConfigStandIn } from "./stand-ins/config";
import { LambdaControlPlane, type LambdaStandIn } from "./stand-ins/lambda";
import { organizations } from "./stand-ins/organizations";
import { ServiceControlPolicies } from "./stand-ins/service-control-policies";
import { StackSets, type StackSetsStandIn } from "./stand-ins/stack-sets";
import {
  assumeRole,
  callerIdentity,
  checkAssumeRole,
  checkSessionOfUser,
  getSessionToken,
} from "./stand-ins/sts";
import { Subscriptions, type SubscriptionsStandIn } from "./stand-ins/subscriptions";
import { TrustedAdvisor, type TrustedAdvisorStandIn } from "./stand-ins/trusted-advisor";
import { UserBoundaries } from "./stand-ins/user-boundary";
import { checkStrictly, correctAnswer } from "./strict";
import { withExecutionName } from "./strict-workflows";
import { Tasks } from "./tasks";
import { World } from "./world";

/** Takes the entries of a PutEvents call; returns one result per entry, in order. */
export type OnPutEvents = (
  entries: readonly Readonly<Record<string, unknown>>[],
  at: { readonly account: string; readonly region: string },
  caller: Caller,
) => Promise<readonly { EventId?: string; ErrorCode?: string; ErrorMessage?: string }[]>;

export interface Gateway {
  readonly url: string;
  readonly moto: Moto;
  readonly record: CallRecord;
  readonly callers: Callers;
  readonly faults: Faults;
  readonly lambda: LambdaStandIn;
  readonly cloudTrail: CloudTrailStandIn;
  readonly trustedAdvisor: TrustedAdvisorStandIn;
  readonly config: ConfigStandIn;
  readonly automation: AutomationStandIn;
  readonly stackSets: StackSetsStandIn;
  /** Who is in the organization. */
  readonly membership: Membership;
  readonly subscriptions: SubscriptionsStandIn;
  /** Minimum milliseconds from arrival to answer of every call by Cordon's own code. @default 0 */
  latencyMs: number;
  /** Delivers events; while unset PutEvents is refused by name, for the emulator delivers wrongly. */
  onPutEvents?: OnPutEvents;
  /**
   * Hears of the seconds that a workflow left out of a wait; it goes on once this has ended. While
   * unset, nobody's clock knows of them.
   */
  onLeftOut?: (seconds: number) => Promise<void>;
  authorize(request: AuthorizeRequest): Promise<Decision>;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly moto: Moto;
  /** Multiplies the seconds that workflows wait, in Wait states and before retries. @default 1 */
  readonly waitFactor?: number;
}

export async function startGateway({ moto, waitFactor = 1 }: GatewayOptions): Promise<Gateway> {
  const gateway = new LocalGateway(moto);
  await gateway.listen();
  await gateway.tasks.connect(moto, gateway.url, waitFactor);
  return gateway;
}

// Calls that move data and change no policy, tag or key, so that nothing remembered grows stale.
const dataOperations =
  /^(dynamodb:(Put|Update|Delete|Transact|Batch)\w*Items?|sqs:(Send|Delete|Change|Receive)Message\w*|sns:Publish\w*|events:PutEvents|kms:(Decrypt|Encrypt|GenerateDataKey)\w*|logs:\w+|cloudwatch:\w+|ec2:(ModifyNetworkInterfaceAttribute|CreateSnapshots|(Authorize|Revoke)SecurityGroup\w+|CreateSecurityGroup))$/;

class LocalGateway implements Gateway {
  url = "";
  latencyMs = 0;
  onPutEvents?: OnPutEvents;
  onLeftOut?: (seconds: number) => Promise<void>;
  readonly record = new Recorder();
  readonly faults = new ArmedFaults();
  readonly callers: Registry;
  readonly lambda: LambdaControlPlane;
  readonly cloudTrail = new CloudTrail(this.record.startedAt);
  readonly trustedAdvisor = new TrustedAdvisor();
  readonly config = new ConfigService();
  readonly automation = new Automations();
  readonly membership = new Membership();
  readonly stackSets: StackSets;
  readonly subscriptions: Subscriptions;
  readonly #boundaries = new UserBoundaries();
  readonly #serviceControl = new ServiceControlPolicies(this.membership);
  readonly #administrators = new Administrators(this.membership);
  readonly #bucketPolicies = new BucketPolicies();
  readonly tasks: Tasks;
  readonly #policies: Policies;
  readonly #world: World;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      console.error("The gateway failed:", error);
      response.destroy();
    });
  });

  constructor(readonly moto: Moto) {
    const state = stateOf(moto);
    this.#policies = new Policies(
      state,
      (arn) => this.lambda.policyOf(arn),
      (userId) => this.#boundaries.of(userId),
      this.membership,
      (account) => this.#serviceControl.of(account),
    );
    this.#world = new World(state, this.#policies);
    this.subscriptions = new Subscriptions(this, this.#policies);
    this.callers = new Registry(this.#policies, (request) => this.authorize(request));
    this.tasks = new Tasks(this.callers);
    const access = { url: () => this.url, callers: this.callers };
    this.stackSets = new StackSets(access, this.membership, (account) =>
      this.#administrators.administersStackSets(account),
    );
    this.lambda = new LambdaControlPlane((roleArn) => this.#trustsLambda(roleArn));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    // Longer than any SDK keeps a connection idle, so that none meets a socket being closed.
    this.#server.keepAliveTimeout = 60_000;
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  authorize(request: AuthorizeRequest): Promise<Decision> {
    return authorize(this.#policies, request);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const leftOut = this.tasks.leftOut(request.url);
    if (leftOut !== undefined) {
      await this.onLeftOut?.(leftOut);
      response.end();
      return;
    }
    const call = withExecutionName(
      readCall({
        method: request.method ?? "GET",
        target: request.url ?? "/",
        headers: request.headers,
        body: await bodyOf(request),
      }),
    );
    const admitted = this.tasks.made(call)
      ? await this.tasks.caller(call).catch((error: Error) => error)
      : await this.callers.admit(call.accessKeyId, call.sessionToken);
    const caller = admitted instanceof Error ? undefined : admitted;
    const action = `${call.service}:${call.operation}`;
    const entry = this.record.open({
      principal:
        caller?.arn ?? (admitted ? "states.amazonaws.com" : call.accessKeyId) ?? "anonymous",
      origin: caller?.origin ?? (admitted ? "service" : "workload"),
      accessKeyId: call.accessKeyId ?? "",
      sourceAddress: caller?.sourceAddress ?? loopback,
      userAgent: header(call.http, "user-agent") ?? "",
      account: caller?.account ?? "",
      region: call.region,
      service: call.service,
      action,
      request: call.parameters,
      mutating: isMutating(call.operation),
    });
    const arrival = performance.now();
    const own = caller !== undefined && isOwnCall(caller, action);
    const fault = own ? this.faults.next(action, caller) : undefined;
    if (fault) entry.fault = fault.kind;
    const answer =
      fault?.kind === "refuse"
        ? undefined
        : fault?.kind === "throttle"
          ? errorAnswer(call, throttling(call))
          : await this.#answer(call, admitted, entry);
    // Before the wait, which hides what it costs: after it, every answer of a burst would be late.
    if (caller && answer) this.cloudTrail.observe(entry, caller, answer);
    if (own && this.latencyMs > 0 && fault?.kind !== "refuse") {
      await waitUntil(arrival + this.latencyMs);
    }
    entry.endMs = this.record.now();
    if (!answer || fault?.kind === "drop" || fault?.kind === "kill") {
      if (fault?.kind === "kill") fault.onKill?.(caller as Caller);
      request.socket.destroy();
      return;
    }
    entry.status = answer.status;
    if (answer.errorCode) entry.errorCode = answer.errorCode;
    const body = Buffer.from(answer.body ?? "");
    response.writeHead(answer.status, { ...answer.headers, "content-length": String(body.length) });
    response.end(call.http.method === "HEAD" ? undefined : body);
  }

  async #answer(
    call: ApiCall,
    caller: Caller | Error | undefined,
    entry: DraftCall,
  ): Promise<Answer> {
    try {
      if (caller instanceof Error) throw refused(entry, caller);
      if (!caller) throw refused(entry, unknownCaller(call));
      return await this.#perform(call, caller, entry);
    } catch (error) {
      const known = error instanceof ApiError ? error : defect(entry.action, error);
      if (known.code === "CordonLocalUnknownOperation") this.record.unknown.push(entry);
      return errorAnswer(call, known);
    }
  }

  async #perform(call: ApiCall, caller: Caller, entry: DraftCall): Promise<Answer> {
    if (call.service === "sts" && call.operation === "AssumeRole") checkAssumeRole(call, caller);
    checkSessionOfUser(call, caller);
    const checks = await this.#authorizeCall(call, caller, entry).catch((error: unknown) => {
      throw refused(entry, error);
    });
    const effective = { account: checks[0]?.account ?? caller.account, region: call.region };
    const standIn = await this.#standIn(call, caller);
    if (standIn) return standIn;
    await checkStrictly(call, effective, this.#world, caller);
    this.#administrators.check(call, effective);
    // These headers belong to the connection that carried the call, not to the call.
    const { "transfer-encoding": _, expect: __, ...headers } = call.http.headers;
    try {
      const answer = await forward(
        this.moto,
        {
          method: call.http.method,
          path: call.http.target,
          headers: { ...headers, "content-length": String(call.http.body.length) },
          body: call.http.body,
        },
        effective.account,
        entry.action,
      );
      if (entry.action === "iam:CreateAccessKey" && answer.status < 300) {
        await this.#takeInKey(effective.account, answer);
      }
      if (entry.action === "sns:Publish" && answer.status < 300) {
        this.subscriptions.published(call, answer);
      }
      if (answer.status < 300) this.#administrators.observe(call, effective);
      return this.#boundaries.shownIn(call, correctAnswer(call, answer));
    } finally {
      if (entry.mutating && !dataOperations.test(entry.action)) {
        const { service, operation, parameters } = call;
        this.#policies.changed(service, effective.account, operation, parameters);
      }
    }
  }

  /** Decides a call; trusted callers are decided only where another account must let them in. */
  async #authorizeCall(call: ApiCall, caller: Caller, entry: DraftCall): Promise<readonly Check[]> {
    const trusted = caller.origin === "deployer" || caller.origin === "seed";
    if (trusted && !["sts:AssumeRole", "sns:Subscribe"].includes(entry.action)) return [];
    const operation = resourceTable[tableKey(call)];
    if (!operation) throw new UnknownOperationError(entry.action);
    const { account } = caller;
    const { region, parameters } = call;
    const checks = await operation({ account, region, parameters, world: this.#world, caller });
    if (checks.length === 0) throw new UnknownOperationError(`${entry.action} of nothing`);
    entry.checks = checks.map(({ action, resource }) => ({ action, resource }));
    entry.resource = [...new Set(checks.map(({ resource }) => resource))];
    const decisions = await Promise.all(
      checks.map((check) =>
        this.authorize({
          principal: caller,
          action: check.action,
          resource: check.resource,
          resourceAccount: check.account,
          region,
          ...(check.context && { context: check.context }),
          ...(check.lazy && { lazy: check.lazy }),
        }),
      ),
    );
    decisions.forEach((decision, index) => {
      if (!decision.allowed)
        throw new DeniedError(call, caller, checks[index] as Check, decision.why);
    });
    return checks;
  }

  async #standIn(call: ApiCall, caller: Caller): Promise<Answer | undefined> {
    const action = `${call.service}:${call.operation}`;
    if (action === "sts:AssumeRole") {
      return assumeRole(call, caller, this.callers, this.#policies);
    }
    if (action === "sts:GetCallerIdentity") return callerIdentity(caller);
    if (action === "sts:GetSessionToken") return getSessionToken(call, caller, this.callers);
    if (action === "cloudtrail:LookupEvents") return this.cloudTrail.answer(call, caller.account);
    if (call.service === "config") {
      return this.config.answer(
        call,
        { account: caller.account, region: call.region },
        this.#world,
      );
    }
    if (call.service === "ssm") {
      const answer = await this.automation.answer(call, caller);
      if (answer) return answer;
    }
    if (call.service === "support") return this.trustedAdvisor.answer(call, caller.account);
    if (call.service === "iam") {
      return this.#boundaries.answer(call, caller.account, this.#world, this.#policies);
    }
    if (call.service === "lambda") return this.lambda.answer(call, caller);
    if (call.service === "sns") return this.subscriptions.answer(call, caller);
    const at = { account: caller.account, region: call.region };
    const administrators = this.#administrators.answer(call, at);
    if (administrators) return administrators;
    const bucketPolicy = await this.#bucketPolicies.answer(call, caller.account, (bucket) =>
      this.#hasBucket(call, bucket, caller.account),
    );
    if (bucketPolicy) return bucketPolicy;
    const serviceControl = this.#serviceControl.answer(call, caller.account);
    if (serviceControl) return serviceControl;
    if (call.service === "organizations") {
      return organizations(call, caller.account, this.membership, this.#administrators);
    }
    if (call.service === "cloudformation") return this.stackSets.answer(call, caller.account);
    if (action === "events:PutEvents") {
      if (!this.onPutEvents) throw new UnknownOperationError("events:PutEvents");
      const entries = list<Readonly<Record<string, unknown>>>(call.parameters.Entries);
      const results = await this.onPutEvents(entries, at, caller);
      const failed = results.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
      return json({ FailedEntryCount: failed, Entries: results });
    }
    return undefined;
  }

  /** Makes a key that IAM has just issued one that the gateway admits as its user. */
  async #takeInKey(account: string, answer: Answer): Promise<void> {
    const issued = member(parseXml(answer.body.toString()), "CreateAccessKeyResponse");
    const key = member(member(issued, "CreateAccessKeyResult"), "AccessKey");
    await this.callers.issued(
      text(member(key, "AccessKeyId")) ?? "",
      account,
      text(member(key, "UserName")) ?? "",
    );
  }

  async #hasBucket(call: ApiCall, bucket: string, account: string): Promise<boolean> {
    const { authorization } = call.http.headers;
    const asked = { method: "HEAD", path: `/${bucket}`, headers: { authorization } };
    return (await forward(this.moto, asked, account, "s3:HeadBucket")).status === 200;
  }

  async #trustsLambda(roleArn: string): Promise<boolean> {
    const decision = await this.authorize({
      principal: { service: "lambda.amazonaws.com" },
      action: "sts:AssumeRole",
      resource: roleArn,
      resourceAccount: roleArn.split(":")[4] ?? "",
      region: "us-east-1",
    });
    return decision.allowed;
  }
}

/** Marks a call as not allowed: denied, or never judged. What fails later was allowed. */
function refused(entry: DraftCall, error: unknown): unknown {
  entry.allowed = false;
  entry.why = error instanceof DeniedError ? error.why : String((error as Error).message ?? error);
  return error;
}

/** A denial in the words and under the code of the service that would give it. */
class DeniedError extends ApiError {
  constructor(
    call: ApiCall,
    caller: Caller,
    check: Check,
    readonly why: string,
  ) {
    const sentence = `User: ${caller.arn} is not authorized to perform: ${check.action} on resource: ${check.resource} ${why}`;
    super(deniedCode(call, check), deniedPrefix(call) + sentence, 403);
  }
}

function deniedCode(call: ApiCall, check: Check): string {
  if (call.service === "sns" && check.action.startsWith("kms:")) return "KMSAccessDenied";
  if (call.service === "sns") return "AuthorizationError";
  if (call.protocol === "ec2") return "UnauthorizedOperation";
  return call.protocol === "query" || call.protocol === "rest-xml"
    ? "AccessDenied"
    : "AccessDeniedException";
}

function deniedPrefix(call: ApiCall): string {
  return call.protocol === "ec2" ? "You are not authorized to perform this operation. " : "";
}

/** Each protocol has its own words for a key that is unknown, inactive or deleted. */
function unknownCaller(call: ApiCall): ApiError {
  if (!call.accessKeyId) {
    return new ApiError(
      "MissingAuthenticationToken",
      "Request is missing Authentication Token",
      403,
    );
  }
  switch (call.protocol) {
    case "ec2":
      return new ApiError(
        "AuthFailure",
        "AWS was not able to validate the provided access credentials",
        401,
      );
    case "rest-xml":
      return new ApiError(
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        403,
      );
    case "query":
      return new ApiError(
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
        403,
      );
    case "json":
    case "rest-json":
      return new ApiError(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        call.protocol === "json" ? 400 : 403,
      );
  }
}

function throttling(call: ApiCall): ApiError {
  return call.protocol === "ec2" || call.protocol === "query"
    ? new ApiError("RequestLimitExceeded", "Request limit exceeded.", 503)
    : new ApiError("ThrottlingException", "Rate exceeded", 400);
}

// A defect of this organization must not look like an AWS answer that Cordon could handle.
function defect(action: string, error: unknown): ApiError {
  return new UnknownOperationError(action, `: ${error instanceof Error ? error.message : error}`);
}

// Load balancing is two APIs under one name, told apart by version.
function tableKey(call: ApiCall): string {
  return call.service === "elasticloadbalancing"
    ? `${call.service}:${call.version}:${call.operation}`
    : `${call.service}:${call.operation}`;
}

// Listening costs a fraction of iterating over the stream.
function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
  });
}

// Timers count whole milliseconds, from up to one ago: what is left is waited out turn by turn.
async function waitUntil(moment: number): Promise<void> {
  for (let rest = moment - performance.now(); rest > 0; rest = moment - performance.now()) {
    await new Promise<void>((resolve) => {
      if (rest > 1) setTimeout(resolve, Math.floor(rest));
      else setImmediate(resolve);
    });
  }
}
