/**
 * The one endpoint of the local organization. Every SDK call passes here: the caller is found by
 * access key, the call authorized, recorded, delayed or broken as asked, answered by a stand-in or
 * forwarded to the emulator as the account it concerns. Request signatures are not verified but for
 * sts:GetCallerIdentity: keys and session tokens are random, and no other process has them.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { TokenBuckets } from "./buckets";
import type { Moto } from "./emulator/moto";
import { ArmedFaults, type Faults, isOwnCall } from "./faults";
import { authorize } from "./iam/authorize";
import { type Caller, loopback } from "./iam/caller";
import { type Callers, Registry } from "./iam/callers";
import type { AuthorizeRequest, Decision } from "./iam/decision";
import { bodyOf, close, listen, waitUntil } from "./listen";
import { inPages } from "./pages";
import { type CallRecord, type DraftCall, isMutating, type RecordedCall, Recorder } from "./record";
import { DeniedError, defect, expiredSession, throttling, unknownCaller } from "./refusals";
import { deploymentTable, resourceTable } from "./resources";
import type { Check } from "./resources/operation";
import { type OnPutEvents, type Past, Services, type StandIns } from "./services";
import { checkAssumeRole, checkSessionOfUser } from "./stand-ins/sts";
import { checkArguments } from "./strict/arguments";
import { withExecutionName } from "./strict/workflows";
import { Tasks } from "./tasks";
import {
  type Answer,
  type ApiCall,
  ApiError,
  errorAnswer,
  header,
  readCall,
  UnknownOperationError,
} from "./wire/protocol";
import { isSignedBy } from "./wire/signature";

export interface Gateway extends StandIns {
  readonly url: string;
  readonly moto: Moto;
  readonly record: CallRecord;
  readonly callers: Callers;
  readonly faults: Faults;
  /** Minimum milliseconds from arrival to answer of every call by Cordon's own code. @default 0 */
  latencyMs: number;
  /**
   * Milliseconds after which a changed policy, key or tag of a principal decides calls: IAM takes
   * some seconds to take effect everywhere. @default 0
   */
  policyLagMs: number;
  /** Members of a page of every list. @default what answers decides, mostly all */
  pageSize?: number | undefined;
  /** Throttles calls by Cordon's own code at AWS's request rates. @default none */
  buckets: TokenBuckets | undefined;
  /** Delivers events; while unset PutEvents is refused by name, for the emulator delivers wrongly. */
  onPutEvents?: OnPutEvents;
  /**
   * Hears of the seconds that a workflow left out of a wait; it goes on once this has ended. While
   * unset, no clock is set forward.
   */
  onLeftOut?: (seconds: number) => Promise<void>;
  /** Hears of each answer as it is sent. */
  onAnswer?: (call: ApiCall, entry: RecordedCall, answer: Answer) => void;
  authorize(request: AuthorizeRequest): Promise<Decision>;
  /** Waits until no call is under way, neither here nor on its way from a process that has ended. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly moto: Moto;
  /** Multiplies the seconds that workflows wait, in Wait states and before retries. @default 1 */
  readonly waitFactor?: number;
  /** How many seconds of this machine a second of a workflow task's timeout takes. @default 1 */
  readonly slowdown?: number;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { moto, waitFactor = 1, slowdown = 1 } = options;
  const gateway = new LocalGateway(moto);
  await gateway.listen();
  await gateway.tasks.connect(moto, gateway.url, waitFactor, slowdown);
  return gateway;
}

class LocalGateway implements Gateway {
  url = "";
  latencyMs = 0;
  policyLagMs = 0;
  pageSize?: number | undefined;
  buckets: TokenBuckets | undefined;
  onPutEvents?: OnPutEvents;
  onLeftOut?: (seconds: number) => Promise<void>;
  onAnswer?: (call: ApiCall, entry: RecordedCall, answer: Answer) => void;
  readonly record = new Recorder();
  readonly faults: ArmedFaults;
  readonly callers: Registry;
  readonly tasks: Tasks;
  readonly lambda: StandIns["lambda"];
  readonly cloudTrail: StandIns["cloudTrail"];
  readonly trustedAdvisor: StandIns["trustedAdvisor"];
  readonly config: StandIns["config"];
  readonly automation: StandIns["automation"];
  readonly stackSets: StandIns["stackSets"];
  readonly delayedMessages: StandIns["delayedMessages"];
  readonly findings: StandIns["findings"];
  readonly hubFindings: StandIns["hubFindings"];
  readonly membership: StandIns["membership"];
  readonly subscriptions: StandIns["subscriptions"];
  readonly #services: Services;
  readonly #underWay = new Set<Promise<void>>();
  readonly #server = createServer((request, response) => {
    const serving = this.#serve(request, response)
      .catch((error: unknown) => {
        console.error("The gateway failed:", error);
        response.destroy();
      })
      .finally(() => this.#underWay.delete(serving));
    this.#underWay.add(serving);
  });

  constructor(readonly moto: Moto) {
    this.faults = new ArmedFaults(moto);
    const services = new Services(this);
    this.#services = services;
    this.callers = new Registry(services.policies, (request) => this.authorize(request));
    this.tasks = new Tasks(this.callers);
    this.lambda = services.lambda;
    this.cloudTrail = services.cloudTrail;
    this.trustedAdvisor = services.trustedAdvisor;
    this.config = services.config;
    this.automation = services.automation;
    this.stackSets = services.stackSets;
    this.delayedMessages = services.delayedMessages;
    this.findings = services.findings;
    this.hubFindings = services.hubFindings;
    this.membership = services.membership;
    this.subscriptions = services.subscriptions;
  }

  async listen(): Promise<void> {
    this.url = await listen(this.#server);
  }

  authorize(request: AuthorizeRequest): Promise<Decision> {
    return authorize(this.#services.policies, request);
  }

  async settled(): Promise<void> {
    do {
      await Promise.all(this.#underWay);
      // What has been sent is read in a turn of its own, after one that takes the connection.
      for (let turns = 0; turns < 3; turns++) await new Promise((next) => setImmediate(next));
    } while (this.#underWay.size > 0);
  }

  async close(): Promise<void> {
    await this.lambda.close();
    await close(this.#server);
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
      : await this.callers.holder(call.accessKeyId, call.sessionToken);
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
    const full = own && this.buckets?.take(call, caller.account, call.region) === false;
    const fault = own && !full ? this.faults.next(action, caller) : undefined;
    const kind = full ? "throttle" : fault?.kind;
    if (kind) entry.fault = kind;
    const replicas = own ? this.faults.replicas(action, caller) : undefined;
    if (kind === "lag") await replicas?.beforeWrite();
    const answer =
      kind === "refuse"
        ? undefined
        : kind === "throttle"
          ? errorAnswer(call, throttling(call))
          : await this.#answer(call, admitted, entry, replicas?.current);
    // Before the wait, which hides what it costs: after it, every answer of a burst would be late.
    if (caller && answer) this.#services.cloudTrail.observe(entry, caller, answer);
    if (own && this.latencyMs > 0 && kind !== "refuse") {
      await waitUntil(arrival + this.latencyMs);
    }
    entry.endMs = this.record.now();
    if (kind === "stall") return;
    if (!answer || kind === "drop" || kind === "kill") {
      if (kind === "kill") fault?.onKill?.(caller as Caller);
      request.socket.destroy();
      return;
    }
    entry.status = answer.status;
    if (answer.errorCode) entry.errorCode = answer.errorCode;
    this.onAnswer?.(call, entry, answer);
    const body = Buffer.from(answer.body ?? "");
    // By the caller's clock: a function that ran ahead of the answer's date would retry every error.
    const date = (caller?.origin === "cordon" ? this.callers.clock() : new Date()).toUTCString();
    const length = String(body.length);
    response.writeHead(answer.status, { ...answer.headers, date, "content-length": length });
    response.end(call.http.method === "HEAD" ? undefined : body);
  }

  async #answer(
    call: ApiCall,
    caller: Caller | Error | undefined,
    entry: DraftCall,
    past?: Past,
  ): Promise<Answer> {
    try {
      if (caller instanceof Error) throw refused(entry, caller);
      if (!caller) throw refused(entry, unknownCaller(call));
      // Step Functions renews the sessions of its tasks by itself.
      if (!this.tasks.made(call) && this.callers.hasExpired(caller))
        throw refused(entry, expiredSession(call));
      if (entry.action === "sts:GetCallerIdentity") this.#verifySignature(call);
      return await this.#perform(call, caller, entry, past);
    } catch (error) {
      const known = error instanceof ApiError ? error : defect(entry.action, error);
      if (known.code === "CordonLocalUnknownOperation") this.record.unknown.push(entry);
      return errorAnswer(call, known);
    }
  }

  /** Others may present such a request for its signer: it proves who that is. */
  #verifySignature(call: ApiCall): void {
    const secret = this.callers.secretOf(call.accessKeyId ?? "");
    if (secret === undefined || isSignedBy(call.http, secret)) return;
    throw new ApiError(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
      403,
    );
  }

  async #perform(call: ApiCall, caller: Caller, entry: DraftCall, past?: Past): Promise<Answer> {
    checkArguments(call, this.moto.models);
    if (call.service === "sts" && call.operation === "AssumeRole") checkAssumeRole(call, caller);
    checkSessionOfUser(call, caller);
    const checks = await this.#authorizeCall(call, caller, entry).catch((error: unknown) => {
      throw refused(entry, error);
    });
    const account = checks[0]?.account ?? caller.account;
    return inPages(call, this.pageSize, this.moto.models, (whole) =>
      this.#services.answer(whole, caller, entry, account, past),
    );
  }

  /**
   * Decides a call. Trusted callers have no role and are decided only where another account must let
   * them in; the deployment has its roles, and is decided like everyone.
   */
  async #authorizeCall(call: ApiCall, caller: Caller, entry: DraftCall): Promise<readonly Check[]> {
    const deployment = caller.origin === "deployer" && caller.roleArn !== undefined;
    const trusted = caller.origin === "seed" || (caller.origin === "deployer" && !deployment);
    if (trusted && !["sts:AssumeRole", "sns:Subscribe"].includes(entry.action)) return [];
    const operation =
      resourceTable[tableKey(call)] ?? (deployment ? deploymentTable[tableKey(call)] : undefined);
    if (!operation) throw new UnknownOperationError(entry.action);
    const { account } = caller;
    const { region, parameters } = call;
    const { world } = this.#services;
    const checks = await operation({ account, region, parameters, world, caller });
    if (checks.length === 0) throw new UnknownOperationError(`${entry.action} of nothing`);
    entry.checks = checks.map(({ action, resource, context }) => ({
      action,
      resource,
      ...(deployment && context && { context }),
    }));
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
}

/** Marks a call as not allowed: denied, or never judged. What fails later was allowed. */
function refused(entry: DraftCall, error: unknown): unknown {
  entry.allowed = false;
  entry.why = error instanceof DeniedError ? error.why : String((error as Error).message ?? error);
  return error;
}

// Load balancing has two APIs under one name, distinguished by version.
function tableKey(call: ApiCall): string {
  return call.service === "elasticloadbalancing"
    ? `${call.service}:${call.version}:${call.operation}`
    : `${call.service}:${call.operation}`;
}
