/** The statements that AddPermission writes into a function's policy. */
import { type Parameters, text } from "../wire/protocol";
import { required } from "./lambda-settings";

export interface PermissionStatement {
  readonly Sid: string;
  readonly [key: string]: unknown;
}

/** Builds the statement as AWS does: source ARNs by ArnLike, accounts by StringEquals. */
export function permissionStatement(
  parameters: Parameters,
  functionArn: string,
): PermissionStatement {
  const principal = required(parameters, "Principal");
  const sourceArn = text(parameters.SourceArn);
  const sourceAccount = text(parameters.SourceAccount);
  const organization = text(parameters.PrincipalOrgID);
  const equals = {
    ...(sourceAccount && { "AWS:SourceAccount": sourceAccount }),
    ...(organization && { "aws:PrincipalOrgID": organization }),
  };
  return {
    Sid: required(parameters, "StatementId"),
    Effect: "Allow",
    Principal: principal.endsWith(".amazonaws.com")
      ? { Service: principal }
      : principal === "*"
        ? "*"
        : { AWS: /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal },
    Action: required(parameters, "Action"),
    Resource: functionArn,
    ...((sourceArn || Object.keys(equals).length > 0) && {
      Condition: {
        ...(sourceArn && { ArnLike: { "AWS:SourceArn": sourceArn } }),
        ...(Object.keys(equals).length > 0 && { StringEquals: equals }),
      },
    }),
  };
}
