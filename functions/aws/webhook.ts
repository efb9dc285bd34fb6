/** Posts notices to a chat's incoming webhook, whose URL is a secret in an SSM parameter. */
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Notice } from "../notify/notice";
import { clientConfig } from "./client";

const postMs = 10_000;

/**
 * Opens the webhook. The URL is read for every notice, so that a new one counts at once; Slack,
 * Mattermost and Teams take a JSON object with `text`.
 */
export function webhook(region: string, parameter: string) {
  const client = new SSMClient(clientConfig(region));
  return {
    /** @throws naming parameter and status, never the URL: who knows it may post */
    async post({ subject, text }: Notice): Promise<void> {
      const { Parameter } = await client.send(
        new GetParameterCommand({ Name: parameter, WithDecryption: true }),
      );
      const url = Parameter?.Value ?? "";
      // Only TLS keeps the notice, and the secret in the path, private.
      if (!URL.canParse(url) || new URL(url).protocol !== "https:") {
        throw new Error(`The SSM parameter ${parameter} must hold an https URL`);
      }
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text: escaped(`${subject}\n\n${text}`) }),
        // A redirect would carry the notice to another host.
        redirect: "manual",
        signal: AbortSignal.timeout(postMs),
      }).catch((error: Error) => {
        throw new Error(`The webhook of ${parameter} did not answer: ${error.name}`);
      });
      if (!response.ok) {
        throw new Error(`The webhook of ${parameter} answered ${response.status}`);
      }
    },
  };
}

/**
 * Writes the three characters as entities by which Slack marks links and mentions: a member account
 * must not mention everyone by the name of a resource, such as `<!channel>`. Markdown reads them too.
 */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
