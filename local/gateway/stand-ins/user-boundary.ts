/**
 * Stands in for the permissions boundaries of IAM users, of which the emulator knows only those of
 * roles: setting and removing one, and telling it in the answer of GetUser. A boundary belongs to the
 * user's id, so that it does not come back with a new user of the same name.
 */
import { randomUUID } from "node:crypto";
import { missing, type Policies } from "../iam/policies";
import {
  type Answer,
  type ApiCall,
  ApiError,
  escapeXml,
  text,
  UnknownOperationError,
  xml,
} from "../wire/protocol";
import type { World } from "../world";

export class UserBoundaries {
  readonly #byUser = new Map<string, string>();

  /** ARN of the policy that bounds a user; undefined when none does. */
  of(userId: string): string | undefined {
    return this.#byUser.get(userId);
  }

  /** Sets or removes a boundary; undefined for every other call. */
  async answer(
    call: ApiCall,
    account: string,
    world: World,
    policies: Policies,
  ): Promise<Answer | undefined> {
    const { operation, parameters } = call;
    if (call.service !== "iam") return undefined;
    if (operation === "CreateUser" && parameters.PermissionsBoundary !== undefined) {
      throw new UnknownOperationError("iam:CreateUser with PermissionsBoundary");
    }
    if (!/^(Put|Delete)UserPermissionsBoundary$/.test(operation)) return undefined;
    const name = text(parameters.UserName) ?? "";
    const user = await policies.user(account, name);
    if (!user) {
      throw new ApiError("NoSuchEntity", `The user with name ${name} cannot be found.`, 404);
    }
    if (operation === "PutUserPermissionsBoundary") {
      this.#byUser.set(user.id, await existing(parameters.PermissionsBoundary, account, world));
    } else if (!this.#byUser.delete(user.id)) {
      throw new ApiError("NoSuchEntity", `${name} has no permissions boundary.`, 404);
    }
    policies.changed("iam", account, operation, parameters);
    return xml(
      200,
      `<${operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${operation}Response>`,
    );
  }

  /** Adds the boundary to the emulator's answer of GetUser. */
  shownIn(call: ApiCall, answer: Answer): Answer {
    if (call.service !== "iam" || call.operation !== "GetUser") return answer;
    const body = answer.body.toString();
    const arn = this.of(/<UserId>([^<]+)<\/UserId>/.exec(body)?.[1] ?? "");
    if (arn === undefined) return answer;
    const boundary = [
      "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>",
      `<PermissionsBoundaryArn>${escapeXml(arn)}</PermissionsBoundaryArn></PermissionsBoundary>`,
    ].join("");
    const { "content-length": _, ...headers } = answer.headers;
    return { ...answer, headers, body: body.replace("</User>", `${boundary}</User>`) };
  }
}

async function existing(boundary: unknown, account: string, world: World): Promise<string> {
  const arn = text(boundary) ?? "";
  if (!/^arn:aws:iam::(aws|\d{12}):policy\/.+$/.test(arn)) {
    throw new ApiError("ValidationError", `Value (${arn}) failed validation: ARN expected`);
  }
  const found = await world.state
    .query({ account, region: "us-east-1" }, "iam", "GetPolicy", { PolicyArn: arn })
    .catch(missing);
  if (!found) {
    throw new ApiError(
      "NoSuchEntity",
      `Scope ARN: ${arn} does not exist or is not attachable.`,
      404,
    );
  }
  return arn;
}
