/** Posts notices to a chat's incoming webhook, whose URL is a secret in an SSM parameter. */
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Notice } from "../notify/notice";
import { clientConfig } from "./client";

const postMs = 10_000;

/**
 * Opens the webhook. It reads the URL for every notice, so that a new URL takes effect at once.
 * Slack, Mattermost and Teams accept a JSON object with `text`.
 */
export function webhook(region: string, parameter: string) {
  const client = new SSMClient(clientConfig(region));
  return {
    /** @throws an Error that names parameter and status, never the URL, which is a secret */
    async post({ subject, text }: Pick<Notice, "subject" | "text">): Promise<void> {
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
        // Following a redirect could send the notice to another host.
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
 * Escapes the three characters that Slack uses for links and mentions: the name of a resource, such
 * as `<!channel>`, must not mention a whole channel. Markdown understands the entities, too.
 */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
