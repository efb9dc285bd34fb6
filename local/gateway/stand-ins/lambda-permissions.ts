/** The statements that AddPermission writes into a function's policy. */
import { type Parameters, text } from "../wire/protocol";
import { invalid, required } from "./lambda-settings";

export interface PermissionStatement {
  readonly Sid: string;
  readonly [key: string]: unknown;
}

/**
 * Builds the statement as AWS does: source ARNs by ArnLike, accounts and the authorization of function
 * URLs by StringEquals, calls through one by Bool.
 */
export function permissionStatement(
  parameters: Parameters,
  functionArn: string,
): PermissionStatement {
  const principal = required(parameters, "Principal");
  const sourceArn = text(parameters.SourceArn);
  const sourceAccount = text(parameters.SourceAccount);
  const organization = text(parameters.PrincipalOrgID);
  const action = required(parameters, "Action");
  const urlAuthType = text(parameters.FunctionUrlAuthType);
  if (urlAuthType && action !== "lambda:InvokeFunctionUrl") {
    throw invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
  }
  const viaUrl = parameters.InvokedViaFunctionUrl === true;
  if (viaUrl && action !== "lambda:InvokeFunction") {
    throw invalid("InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action");
  }
  const equals = {
    ...(sourceAccount && { "AWS:SourceAccount": sourceAccount }),
    ...(organization && { "aws:PrincipalOrgID": organization }),
    ...(urlAuthType && { "lambda:FunctionUrlAuthType": urlAuthType }),
  };
  return {
    Sid: required(parameters, "StatementId"),
    Effect: "Allow",
    Principal: principal.endsWith(".amazonaws.com")
      ? { Service: principal }
      : principal === "*"
        ? "*"
        : { AWS: /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal },
    Action: action,
    Resource: functionArn,
    ...((sourceArn || viaUrl || Object.keys(equals).length > 0) && {
      Condition: {
        ...(viaUrl && { Bool: { "lambda:InvokedViaFunctionUrl": "true" } }),
        ...(sourceArn && { ArnLike: { "AWS:SourceArn": sourceArn } }),
        ...(Object.keys(equals).length > 0 && { StringEquals: equals }),
      },
    }),
  };
}
