import { expect } from "chai";
import { openChannel } from "../../../functions/channels/open";
import type { InternetRequest } from "../../../local/services/internet";
import { contained, message } from "../../support/messages";
import { channels, type Host, hosts, now, portsTo, providersOf } from "../../support/providers";

type Json = Record<string, unknown>;
type Spoil = (request: InternetRequest) => InternetRequest;

/** Changes the body of a request. */
const body =
  (change: (value: Json) => void): Spoil =>
  (request) => {
    const value = JSON.parse(request.body) as Json;
    change(value);
    return { ...request, body: JSON.stringify(value) };
  };
const headers =
  (changes: Readonly<Record<string, string>>): Spoil =>
  (request) => ({ ...request, headers: { ...request.headers, ...changes } });
const path =
  (to: string): Spoil =>
  (request) => ({ ...request, path: to });
const method =
  (to: string): Spoil =>
  (request) => ({ ...request, method: to });
const at = (value: unknown, ...keys: readonly (string | number)[]): Json =>
  keys.reduce((from, key) => (from as Json)[key] as Json, value as Json);

const long = (length: number) => "x".repeat(length);

/** What each provider refuses: the change, and a part of the answer. */
const refused: Readonly<Record<Host, readonly (readonly [string, Spoil, string])[]>> = {
  slack: [
    ["a long header", body((v) => (at(v, "blocks", 0, "text").text = long(151))), "<=150"],
    [
      "an empty text",
      body((v) => (at(v, "blocks", 1, "elements", 0, "elements", 0).text = "")),
      ">=1",
    ],
    [
      "a mention",
      body((v) => (at(v, "blocks", 1, "elements", 0, "elements", 0).type = "broadcast")),
      "invalid_blocks",
    ],
    [
      "a link by http",
      body(
        (v) =>
          (at(v, "blocks", 1, "elements", 0, "elements")[0] = {
            type: "link",
            url: "http://a",
            text: "a",
          }),
      ),
      "https://",
    ],
    [
      "markup",
      body((v) => (at(v, "blocks")[1] = { type: "section", text: { type: "mrkdwn", text: "a" } })),
      "invalid_blocks",
    ],
    ["a field that it does not know", body((v) => (v.as_user = true)), "as_user"],
    ["another channel", body((v) => (v.channel = "C1")), "channel_not_found"],
    ["a thread that is not there", body((v) => (v.thread_ts = "1.2")), "thread_not_found"],
    [
      "too much",
      body(
        (v) =>
          (at(v, "blocks", 1).elements = Array.from({ length: 90 }, () => ({
            type: "rich_text_section",
            elements: [{ type: "text", text: long(150) }],
          }))),
      ),
      "msg_blocks_too_long",
    ],
    ["another token", headers({ authorization: "Bearer xoxb-1" }), "invalid_auth"],
    [
      "a form",
      headers({ "content-type": "application/x-www-form-urlencoded" }),
      "invalid_post_type",
    ],
    ["another method", path("/api/chat.delete"), "unknown_method"],
  ],
  teams: [
    [
      "a card with Markdown",
      body((v) => (at(v, "attachments", 0, "content", "body", 0).type = "TextBlock")),
      "RichTextBlock",
    ],
    [
      "facts, which have Markdown",
      body((v) => (at(v, "attachments", 0, "content", "body", 0).facts = [])),
      "facts",
    ],
    [
      "a link by http",
      body((v) => (at(v, "attachments", 0, "content", "actions", 0).url = "http://a")),
      "https://",
    ],
    [
      "another version",
      body((v) => (at(v, "attachments", 0, "content").version = "1.6")),
      "version",
    ],
    ["no attachment", body((v) => (v.attachments = [])), "attachments"],
    [
      "too much",
      body(
        (v) => (at(v, "attachments", 0, "content", "body", 0, "inlines", 0).text = long(28_000)),
      ),
      "RequestEntityTooLarge",
    ],
    ["another signature", path("/workflows/5f1?sig=x"), "DirectApiAuthorizationRequired"],
    ["another method", method("GET"), "InvalidRequestContent"],
  ],
  pagerduty: [
    ["a long summary", body((v) => (at(v, "payload").summary = long(1_025))), "<=1024"],
    [
      "a severity that it does not know",
      body((v) => (at(v, "payload").severity = "high")),
      "severity",
    ],
    ["no source", body((v) => delete at(v, "payload").source), "source"],
    ["a long key of an alert", body((v) => (v.dedup_key = long(256))), "<=255"],
    [
      "another integration key",
      body((v) => (v.routing_key = long(32))),
      "'routing_key' is invalid",
    ],
    ["a key of another length", body((v) => (v.routing_key = long(20))), "routing_key"],
    ["an action that it does not know", body((v) => (v.event_action = "close")), "event_action"],
    ["a field that it does not know", body((v) => (v.urgency = "high")), "urgency"],
    ["too much", body((v) => (at(v, "payload", "custom_details").x = long(530_000))), "Too large"],
    ["another path", path("/v1/enqueue"), "/v1/enqueue is not known here"],
  ],
  opsgenie: [
    ["a long message", body((v) => (v.message = long(131))), "<=130"],
    ["a long description", body((v) => (v.description = long(15_001))), "<=15000"],
    ["many details", body((v) => (at(v, "details").x = long(8_000))), "details are too long"],
    ["a long tag", body((v) => (v.tags = [long(51)])), "<=50"],
    ["a priority that it does not know", body((v) => (v.priority = "P0")), "priority"],
    ["a field that it does not know", body((v) => (v.links = [])), "links"],
    ["another key", headers({ authorization: "GenieKey x" }), "Could not authenticate"],
    [
      "an action that it does not know",
      path("/v2/alerts/a/snooze?identifierType=alias"),
      "is not known here",
    ],
    [
      "an action by another name",
      path("/v2/alerts/a/close?identifierType=id"),
      "is not known here",
    ],
  ],
  webhook: [
    ["another signature", headers({ "webhook-signature": "v1,AAAA" }), ""],
    ["another id", headers({ "webhook-id": "other" }), ""],
    ["an older time", headers({ "webhook-timestamp": "1795000000" }), ""],
    ["another body", body((v) => (v.heading = "Released")), ""],
    ["another method", method("GET"), ""],
  ],
  jira: [
    ["a long summary", body((v) => (at(v, "fields").summary = long(256))), "pattern"],
    ["a summary of two lines", body((v) => (at(v, "fields").summary = "a\nb")), "pattern"],
    [
      "an empty text",
      body((v) => (at(v, "fields", "description", "content", 0, "content", 0).text = "")),
      ">=1",
    ],
    [
      "a node that it does not know",
      body((v) => (at(v, "fields", "description", "content", 0).type = "panel")),
      "Invalid",
    ],
    [
      "a mark that it does not know",
      body(
        (v) =>
          (at(v, "fields", "description", "content", 0, "content", 0).marks = [
            { type: "underline" },
          ]),
      ),
      "Invalid",
    ],
    [
      "a document of too much",
      body((v) => (at(v, "fields", "description", "content", 0, "content", 0).text = long(32_767))),
      "CONTENT_LIMIT_EXCEEDED",
    ],
    ["a field that it does not know", body((v) => (at(v, "fields").labels = [])), "labels"],
    [
      "another project",
      body((v) => (at(v, "fields", "project").key = "OPS")),
      "valid project is required",
    ],
    ["another user", headers({ authorization: "Basic x" }), "You are not authenticated."],
    ["a comment on no issue", path("/rest/api/3/issue/SEC-9/comment"), "Issue does not exist"],
    ["another version", path("/rest/api/2/issue"), "is not known here"],
  ],
  servicenow: [
    ["a long title", body((v) => (v.short_description = long(161))), "<=160"],
    ["a long description", body((v) => (v.description = long(4_001))), "<=4000"],
    ["a level that it does not know", body((v) => (v.urgency = "4")), "urgency"],
    [
      "a field that it does not know",
      body((v) => (v.assignment_group = "soc")),
      "assignment_group",
    ],
    ["another password", headers({ authorization: "Basic x" }), "User Not Authenticated"],
    [
      "another table",
      path("/api/now/table/problem?sysparm_fields=sys_id,number"),
      "is not known here",
    ],
    [
      "a record that is not there",
      (request) => ({
        ...request,
        method: "PATCH",
        path: `/api/now/table/incident/${"0".repeat(32)}?sysparm_fields=sys_id,number`,
      }),
      "No Record found",
    ],
  ],
};

describe("the stand-in of a provider", () => {
  for (const type of Object.keys(hosts) as Host[]) {
    for (const [what, spoil, said] of refused[type]) {
      it(`of ${type} refuses ${what}`, async () => {
        const provider = providersOf()[type];
        const { ports, exchanges } = portsTo(providersOf()[type].answer);
        await openChannel(channels[type], ports).post(message(), { id: "3f9d", at: now });
        const [{ request, answer }] = exchanges as [(typeof exchanges)[0]];
        // The one that is not spoiled is taken.
        expect(answer.status).to.be.below(300);
        const { status, body: text = "", said: read } = provider.answer(spoil(request));
        const isRefused = type === "slack" ? text.startsWith('{"ok":false') : status >= 400;
        expect([isRefused, text.includes(said), read], text).to.deep.equal([true, true, null]);
      });
    }
  }

  it("of servicenow refuses to resolve without a code, by its data policy", async () => {
    const provider = providersOf().servicenow;
    const { ports, exchanges } = portsTo(provider.answer);
    const client = openChannel(channels.servicenow, ports);
    const { thread = "" } = await client.post(message(), { id: "3f9d", at: now });
    await client.post(contained, { id: "3f9e", at: now, thread });
    const resolve = body((v) => (v.state = "6"))(exchanges[1]!.request);
    const { status, body: text } = provider.answer(resolve);
    expect([status, text]).to.deep.equal([
      403,
      '{"error":{"message":"Operation Failed","detail":"Data Policy Exception"},"status":"failure"}',
    ]);
  });
});
