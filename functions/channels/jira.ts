/** Opens an issue of Jira Cloud for each incident, comments on it, and moves it to a status at the end. */
import type { Channel } from "../catalogue/channels";
import type { ChannelClient } from "../notify/channel";
import { jiraComment, jiraIssue } from "../notify/forms/jira";
import { isEnd } from "../notify/forms/words";
import type { Message } from "../notify/message";
import { ask, type Request, textAt } from "./http";
import { type ChannelPorts, secretOf } from "./ports";

export function jira(
  { site, project, issueType, user, secret, done }: Channel & { readonly type: "jira" },
  ports: ChannelPorts,
): ChannelClient {
  const open = async () => {
    const token = await secretOf(secret, /^\S{8,}$/, "a Jira API token", ports);
    const basic = Buffer.from(`${user}:${token}`).toString("base64");
    return (path: string, request: Pick<Request, "body" | "method" | "known"> = {}) =>
      ask(
        {
          who: `Jira at ${site}, with the token of ${secret},`,
          url: `${site}/rest/api/3/issue${path}`,
          headers: { authorization: `Basic ${basic}` },
          secrets: [token, basic],
          ...request,
        },
        ports.fetch,
      );
  };
  type Api = Awaited<ReturnType<typeof open>>;

  const create = async (api: Api, message: Message): Promise<string> => {
    const fields = { project: { key: project }, issuetype: { name: issueType } };
    const { value } = await api("", { body: { fields: { ...fields, ...jiraIssue(message) } } });
    const key = textAt(value, "key");
    if (key === undefined) throw new Error(`Jira at ${site} named no issue`);
    return key;
  };
  /** Finds the transition to the status of closed issues. */
  const wayOut = (value: unknown): string | undefined => {
    const { transitions = [] } = (value ?? {}) as { transitions?: readonly unknown[] };
    const isWanted = (each: unknown) =>
      textAt(each, "to", "name")?.toLowerCase() === done?.toLowerCase();
    return textAt(transitions.find(isWanted), "id");
  };
  /** @returns whether the issue is there still */
  const comment = async (api: Api, key: string, message: Message): Promise<boolean> => {
    const path = `/${encodeURIComponent(key)}`;
    const known = [404];
    if (!isEnd(message) || done === undefined) {
      const body = { body: jiraComment(message) };
      return (await api(`${path}/comment`, { body, known })).status !== 404;
    }
    const found = await api(`${path}/transitions`, { method: "GET", known });
    if (found.status === 404) return false;
    const transition = wayOut(found.value);
    const remark =
      transition === undefined
        ? `No transition leads from here to the status ${done}: Cordon left the issue where it is.`
        : undefined;
    await api(`${path}/comment`, { body: { body: jiraComment(message, remark) } });
    if (transition !== undefined) {
      await api(`${path}/transitions`, { body: { transition: { id: transition } } });
    }
    return true;
  };
  return {
    async post(message, { thread }) {
      const api = await open();
      if (thread !== undefined && (await comment(api, thread, message))) return { thread };
      const key = await create(api, message);
      return message.origin?.incident === undefined ? {} : { thread: key };
    },
  };
}
