/** Checks what Systems Manager checks of documents, and the emulator does not. */

import { readRunbook } from "../runbook";
import { type ApiCall, text, UnknownOperationError } from "../wire/protocol";
import type { StrictCheck } from "./check";

export const documentChecks: Readonly<Record<string, StrictCheck>> = {
  // Take any content that is JSON.
  "ssm:CreateDocument": async (call) => requireRunbook(call),
  "ssm:UpdateDocument": async (call) => requireRunbook(call),
};

function requireRunbook({ parameters, operation }: ApiCall): void {
  const { DocumentType = "Automation", DocumentFormat, Content } = parameters;
  if (DocumentType !== "Automation" || DocumentFormat !== "JSON") {
    throw new UnknownOperationError(
      `ssm:${operation} of the type ${DocumentType} in ${text(DocumentFormat) ?? "no format"}`,
    );
  }
  readRunbook(text(Content) ?? "");
}
