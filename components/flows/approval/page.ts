/** The approval page, deployed: a function open to the internet, and the key behind the links to it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../../functions/handlers/approval-page";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import type { PageAccess } from "../../blocks/access";
import { alarmOnErrors, alarmOnThrottles } from "../../blocks/function-alarms";
import { InlineFunction } from "../../blocks/inline-function";
import { SealKey } from "../../record/seal-key";

export interface ApprovalPageArgs {
  readonly homeRegion: string;
  readonly securityAccount: string;
  /** Names of the roles that make links: of the functions that ask people, and of the one that answers. */
  readonly linkingRoles: readonly string[];
  /** Hours for which people may answer. */
  readonly approvalHours: number;
  readonly noticeTopicArn: pulumi.Input<string>;
}

// People who answer at night are few. Beyond ten requests a second for each, Lambda answers 429: a flood
// keeps people from the page, and from nothing else.
const reservedConcurrency = 5;

/** Shows people what waits for them, and takes their answers. */
export class ApprovalPage extends pulumi.ComponentResource implements PageAccess {
  readonly url: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;
  readonly hours: number;

  constructor(name: string, args: ApprovalPageArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:ApprovalPage", name, {}, opts);
    const { keyArn } = new SealKey(
      `${name}-links`,
      {
        securityAccount: args.securityAccount,
        seals: "the links to Cordon's approval page",
        alias: "alias/cordon-page-links",
        sealingRoles: args.linkingRoles,
        checkingRoles: [functionRoleNames.approvalPage],
      },
      { parent: this },
    );
    this.keyArn = keyArn;
    this.hours = args.approvalHours;
    const page = this.createFunction(name, args);
    // A browser cannot sign a request: links are what lets people in. The provider adds the two
    // statements that Lambda wants of an open URL: lambda:InvokeFunctionUrl by lambda:FunctionUrlAuthType,
    // and lambda:InvokeFunction by lambda:InvokedViaFunctionUrl.
    const { functionUrl } = new aws.lambda.FunctionUrl(
      `${name}-url`,
      { functionName: page.functionName, authorizationType: "NONE" },
      { parent: this },
    );
    this.url = functionUrl;
    const of = {
      functionName: functionRoleNames.approvalPage,
      alarmTopicArn: args.noticeTopicArn,
      opts: { parent: this },
    };
    const instead = "answer by npx cordon approve or reject";
    alarmOnErrors(`${name}-errors`, { ...of, what: `failed: see its log, and ${instead}` });
    alarmOnThrottles(
      `${name}-throttles`,
      of,
      `a flood of requests keeps people from the page; ${instead}`,
    );
    this.registerOutputs({ url: this.url, keyArn: this.keyArn });
  }

  private createFunction(
    name: string,
    { homeRegion, securityAccount }: ApprovalPageArgs,
  ): InlineFunction<Environment> {
    return new InlineFunction<Environment>(
      name,
      {
        entry: "functions/handlers/approval-page.ts",
        functionName: functionRoleNames.approvalPage,
        roleName: functionRoleNames.approvalPage,
        description: "Approval: shows people what waits, and hands their answers on",
        environment: { PAGE_KEY: this.keyArn, APPROVE_FUNCTION: functionRoleNames.approve },
        // All that the entrance from the internet may do: what it hands on, the other function checks.
        statements: [
          { actions: ["kms:VerifyMac"], resources: [this.keyArn] },
          {
            actions: ["lambda:InvokeFunction"],
            resources: [
              `arn:aws:lambda:${homeRegion}:${securityAccount}:function:${functionRoleNames.approve}`,
            ],
          },
        ],
        // The function that it hands answers to has 60: an answer that was taken is also said.
        timeoutSeconds: 75,
        memoryMb: 512,
        reservedConcurrency,
      },
      { parent: this },
    );
  }
}
