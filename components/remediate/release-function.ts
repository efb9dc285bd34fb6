/** The way back: restores what an incident's journal says stood before. */
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../functions/handlers/release";
import { memberRoleName } from "../../functions/member-role-name";
import { families, functionRoleNames } from "../../functions/permissions";
import {
  type MemberAccess,
  memberEnvironment,
  type RecordAccess,
  recordStatements,
  sessionStatement,
} from "../access";
import { InlineFunction } from "../inline-function";

export interface ReleaseFunctionArgs extends RecordAccess, MemberAccess {}

/** Invoked by people who hold lambda:InvokeFunction on it; nothing triggers it. */
export class ReleaseFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;

  constructor(name: string, args: ReleaseFunctionArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:remediate:ReleaseFunction", name, {}, opts);
    const release = new InlineFunction<Environment>(
      `${name}-worker`,
      {
        entry: "functions/handlers/release.ts",
        functionName: "cordon-release",
        roleName: functionRoleNames.release,
        description: "Undoes what an incident changed, as far as it still stands",
        environment: {
          JOURNAL_TABLE: args.journalTableName,
          NOTICE_TOPIC_ARN: args.noticeTopicArn,
          ...memberEnvironment(args),
        },
        statements: [
          sessionStatement(args, ...families.map((family) => memberRoleName(family, "release"))),
          ...recordStatements(args),
        ],
        timeoutSeconds: 120,
        memoryMb: 1024,
      },
      { parent: this },
    );
    this.functionName = release.functionName;
    this.registerOutputs({ functionName: this.functionName });
  }
}
