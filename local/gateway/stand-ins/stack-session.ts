/**
 * Acts in an account as service-managed StackSets does: with the role stacksets-exec-… that the
 * service puts into every account it first deploys to, by calls that the gateway decides.
 */

import { createHash } from "node:crypto";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { management, organizationId } from "../accounts";
import { clientConfig, trustedConfig } from "../client";
import type { Registry } from "../iam/callers";
import type { StackSite } from "./stack-resources/stack-resource";

/** Where StackSets calls AWS, and whom it calls as. */
export interface StackAccess {
  /** The gateway's own address, known once it listens. */
  readonly url: string;
  readonly callers: Registry;
}

const administrator =
  "aws-service-role/stacksets.cloudformation.amazonaws.com/AWSServiceRoleForCloudFormationStackSetsOrgAdmin";

export class StackSessions {
  readonly #roles = new Map<string, Promise<string>>();

  constructor(private readonly access: StackAccess) {}

  /** Opens a session of the account's role, named after the operation it is for. */
  async at(account: string, region: string, operation: string): Promise<StackSite> {
    const making = this.#roles.get(account) ?? this.#makeRole(account);
    this.#roles.set(account, making);
    const roleArn = await making;
    const credentials = await this.access.callers.open({
      roleArn,
      sessionName: operation,
      origin: "service",
    });
    const settings = clientConfig(this.access, credentials, region);
    const clients = new Map<unknown, unknown>();
    return {
      account,
      region,
      client<C>(service: new (given: typeof settings) => C): C {
        const client = clients.get(service) ?? new service(settings);
        clients.set(service, client);
        return client as C;
      },
    };
  }

  async #makeRole(account: string): Promise<string> {
    const iam = new IAMClient(trustedConfig(this.access, account, "stacksets"));
    const hash = createHash("sha256").update(`${organizationId}/${account}`).digest("hex");
    const RoleName = `stacksets-exec-${hash.slice(0, 32)}`;
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: `arn:aws:iam::${management.id}:role/${administrator}` },
              Action: "sts:AssumeRole",
            },
          ],
        }),
      }),
    );
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    return Role?.Arn ?? "";
  }
}
