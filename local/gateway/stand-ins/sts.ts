/**
 * Stands in for STS: sessions are the gateway's own, since the emulator would give one for a role
 * that does not exist. AssumeRole takes the parameters Cordon uses, GetSessionToken a duration;
 * others are refused by name.
 */
import { randomBytes } from "node:crypto";
import { isClosedToUserSessions, isSessionOfUser } from "../iam/authorize";
import type { Caller, Credentials } from "../iam/caller";
import type { Registry } from "../iam/callers";
import type { Policies } from "../iam/policies";
import { validateSessionPolicy } from "../iam/session-policy";
import { fromArn } from "../wire/arn";
import {
  type Answer,
  type ApiCall,
  ApiError,
  escapeXml,
  text,
  UnknownOperationError,
  xml,
} from "../wire/protocol";

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
const assumeParameters = new Set([
  "RoleArn",
  "RoleSessionName",
  "ExternalId",
  "Policy",
  "DurationSeconds",
  "SourceIdentity",
]);

/** Checks the shape of an AssumeRole call before anybody asks whether it is allowed. */
export function checkAssumeRole(call: ApiCall, caller: Caller): void {
  const { parameters } = call;
  const foreign = Object.keys(parameters).find((name) => !assumeParameters.has(name));
  if (foreign) throw new UnknownOperationError(`sts:AssumeRole with ${foreign}`);
  const roleArn = text(parameters.RoleArn) ?? "";
  if (!/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn)) {
    throw new ApiError("ValidationError", `${roleArn} is invalid`);
  }
  const duration = Number(text(parameters.DurationSeconds) ?? 3600);
  if (caller.roleArn && duration > 3600) {
    throw new ApiError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  sessionPolicy(call);
}

/** Refuses what STS and IAM refuse before any policy is read: calls with a user's session. */
export function checkSessionOfUser(call: ApiCall, caller: Caller): void {
  const session = isSessionOfUser(caller);
  const action = `${call.service}:${call.operation}`;
  if (session && isClosedToUserSessions(action)) {
    // IAM answers as if it did not know the key at all.
    if (call.service === "iam") {
      throw new ApiError(
        "InvalidClientTokenId",
        "The security token included in the request is invalid",
        403,
      );
    }
    throw sessionCredentials(call.operation);
  }
  if (action !== "sts:GetSessionToken") return;
  if (caller.roleArn) throw sessionCredentials(call.operation);
  if (caller.userName === undefined) {
    throw new UnknownOperationError("sts:GetSessionToken of a caller that is no user of IAM");
  }
  const foreign = Object.keys(call.parameters).find((name) => name !== "DurationSeconds");
  if (foreign) throw new UnknownOperationError(`sts:GetSessionToken with ${foreign}`);
}

function sessionCredentials(operation: string): ApiError {
  return new ApiError("AccessDenied", `Cannot call ${operation} with session credentials`, 403);
}

/** Gives a user temporary credentials that act as the user. No policy can deny it. */
export async function getSessionToken(
  call: ApiCall,
  caller: Caller,
  callers: Registry,
): Promise<Answer> {
  const seconds = Number(text(call.parameters.DurationSeconds) ?? 43_200);
  const credentials = await callers.openForUser(caller, seconds);
  return answer("GetSessionToken", described(credentials, callers));
}

function described(credentials: Required<Credentials>, callers: Registry): string {
  const { expiresAt } = callers.find(credentials.accessKeyId) as Caller;
  return [
    "<Credentials>",
    `<AccessKeyId>${credentials.accessKeyId}</AccessKeyId>`,
    `<SecretAccessKey>${credentials.secretAccessKey}</SecretAccessKey>`,
    `<SessionToken>${credentials.sessionToken}</SessionToken>`,
    `<Expiration>${new Date(expiresAt ?? Number.NaN).toISOString()}</Expiration>`,
    "</Credentials>",
  ].join("");
}

function sessionPolicy(call: ApiCall): object | undefined {
  const policy = text(call.parameters.Policy);
  return policy === undefined ? undefined : validateSessionPolicy(policy);
}

/**
 * Finds the source identity that a session gets: the one that is asked for, or the one of the session
 * that asks, which no role can change.
 */
function sourceIdentityOf(call: Pick<ApiCall, "parameters">, caller: Caller) {
  const asked = text(call.parameters.SourceIdentity);
  const kept = caller.context["aws:SourceIdentity"];
  if (kept !== undefined && asked !== undefined && asked !== kept) {
    throw new ApiError("AccessDenied", "A source identity cannot be changed", 403);
  }
  return kept ?? asked;
}

/** Opens the session; the gateway has decided that it may be. */
export async function assumeRole(
  call: ApiCall,
  caller: Caller,
  callers: Registry,
  policies: Policies,
): Promise<Answer> {
  const roleArn = String(call.parameters.RoleArn);
  const sessionName = String(call.parameters.RoleSessionName);
  const policy = sessionPolicy(call);
  const externalId = text(call.parameters.ExternalId);
  const role = await policies.role(roleArn);
  const seconds = Number(text(call.parameters.DurationSeconds) ?? 3600);
  if (role && seconds > role.maxSessionSeconds) {
    throw new ApiError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
  const sourceIdentity = sourceIdentityOf(call, caller);
  const credentials = await callers.open({
    roleArn,
    sessionName,
    ...(sourceIdentity && { context: { "aws:SourceIdentity": sourceIdentity } }),
    origin: caller.origin,
    openedBy: caller.accessKeyId,
    seconds,
    ...(policy && { sessionPolicy: policy }),
    ...(externalId && { externalId }),
  });
  const { account, resource } = fromArn(roleArn);
  const arn = `arn:aws:sts::${account}:assumed-role/${resource.split("/").at(-1)}/${sessionName}`;
  return answer(
    "AssumeRole",
    [
      described(credentials, callers),
      "<AssumedRoleUser>",
      `<AssumedRoleId>${role?.id}:${escapeXml(sessionName)}</AssumedRoleId>`,
      `<Arn>${escapeXml(arn)}</Arn>`,
      "</AssumedRoleUser>",
      sourceIdentity ? `<SourceIdentity>${sourceIdentity}</SourceIdentity>` : "",
    ].join(""),
  );
}

/** Says who the caller is. */
export function callerIdentity(caller: Caller): Answer {
  const userId = caller.context["aws:userid"] ?? "";
  return answer(
    "GetCallerIdentity",
    `<Arn>${escapeXml(caller.arn)}</Arn><UserId>${escapeXml(userId)}</UserId><Account>${caller.account}</Account>`,
  );
}

function answer(operation: string, result: string): Answer {
  const id = randomBytes(16).toString("hex");
  return xml(
    200,
    `<${operation}Response xmlns="${namespace}"><${operation}Result>${result}</${operation}Result><ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></${operation}Response>`,
  );
}
