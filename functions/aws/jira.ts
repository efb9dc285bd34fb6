/** Creates issues in Jira Cloud, with an API token from Secrets Manager. */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { JiraAccess } from "../catalogue/notification-targets";
import type { Notice } from "../notify/notice";
import { clientConfig } from "./client";

const postMs = 10_000;
/** Most characters of a summary that Jira accepts. */
const summaryLimit = 255;

/** Opens Jira. It reads the token for every issue, so that a new token takes effect at once. */
export function jira({ site, project, issueType, user, secret }: JiraAccess) {
  const client = new SecretsManagerClient(clientConfig(secret.split(":")[3] ?? ""));
  return {
    /** @throws an Error that names site, secret and status, never the token */
    async create({ subject, text }: Pick<Notice, "subject" | "text">): Promise<void> {
      const { SecretString: token } = await client.send(
        new GetSecretValueCommand({ SecretId: secret }),
      );
      if (!token) throw new Error(`The secret ${secret} must hold a Jira API token as text`);
      const response = await fetch(`${site}/rest/api/3/issue`, {
        method: "POST",
        headers: {
          accept: "application/json",
          authorization: `Basic ${Buffer.from(`${user}:${token.trim()}`).toString("base64")}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({
          fields: {
            project: { key: project },
            issuetype: { name: issueType },
            summary: subject.slice(0, summaryLimit),
            description: document(text),
          },
        }),
        // Following a redirect could send the token to another host.
        redirect: "manual",
        signal: AbortSignal.timeout(postMs),
      }).catch((error: Error) => {
        throw new Error(`Jira at ${site} did not answer: ${error.name}`);
      });
      // Jira answers 201 when it created the issue.
      if (response.status !== 201) {
        throw new Error(`Jira at ${site} answered ${response.status}, with the token of ${secret}`);
      }
    },
  };
}

/** Converts text to Atlassian Document Format: one paragraph a block, one hard break a line. */
function document(text: string): object {
  const blocks = text.trim().split(/\n{2,}/);
  return {
    type: "doc",
    version: 1,
    content: blocks.map((block) => ({
      type: "paragraph",
      content: block.split("\n").flatMap((line, index) => [
        ...(index === 0 ? [] : [{ type: "hardBreak" }]),
        // The format does not allow empty text.
        ...(line === "" ? [] : [{ type: "text", text: line }]),
      ]),
    })),
  };
}
