import { expect } from "chai";
import { ask, type Request } from "../../../functions/channels/http";
import { ChannelRefused } from "../../../functions/notify/channel";
import { errorOf } from "../../support/local/gateway";

const request: Request = {
  who: "It",
  url: "https://example.com/a?sig=s3cret",
  secrets: ["s3cret"],
};
const json = { headers: { "content-type": "application/json; charset=utf-8" } };
const answering =
  (body: string | null, init: ResponseInit = json) =>
  async () =>
    new Response(body, init);

describe("a request to a provider", () => {
  it("is bounded in time, is not led elsewhere, and says what it is", async () => {
    let sent: RequestInit = {};
    await ask({ ...request, body: { a: "ü" } }, async (_, init = {}) => {
      sent = init;
      return new Response("{}", json);
    });
    const { signal, ...rest } = sent;
    expect(signal).to.be.instanceOf(AbortSignal);
    expect(rest).to.deep.equal({
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/json; charset=utf-8",
      },
      body: '{"a":"ü"}',
      redirect: "manual",
    });
  });

  for (const url of ["http://example.com/s3cret", "ftp://example.com/s3cret", "s3cret", ""]) {
    it(`is not sent to ${url.split("s3cret")[0] || "nowhere"}`, async () => {
      let calls = 0;
      const fetch = async () => {
        calls += 1;
        return new Response("{}", json);
      };
      const error = await errorOf(ask({ ...request, url }, fetch));
      expect([error.constructor, error.message, calls]).to.deep.equal([
        ChannelRefused,
        "It: its address must be an https URL",
        0,
      ]);
    });
  }

  it("has the value of the answer, and none of an empty one", async () => {
    expect(await ask(request, answering('{"ok":true}'))).to.deep.equal({
      status: 200,
      value: { ok: true },
    });
    expect(await ask(request, answering(null, { status: 204 }))).to.deep.equal({
      status: 204,
      value: undefined,
    });
  });

  it("reads no endless answer", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(Buffer.alloc(65_536, "a"));
      },
    });
    const error = await errorOf(ask(request, async () => new Response(endless, json)));
    expect(error.message).to.equal("It answered 200 with something else than expected");
    expect(pulled).to.be.below(8);
  });

  const refused = [301, 307, 400, 401, 403, 404, 410, 413, 422];
  const passing = [408, 425, 429, 500, 502, 503, 504];
  for (const status of [...refused, ...passing]) {
    it(`${refused.includes(status) ? "is refused" : "may be tried again"} after ${status}`, async () => {
      const error = await errorOf(
        ask(request, answering('{"why":"s3cret\\u202e no"}', { status, ...json })),
      );
      expect(error instanceof ChannelRefused).to.equal(refused.includes(status));
      expect(error.message).to.equal(`It answered ${status}: {"why":"…\\u202e no"}`);
    });
  }

  it("repeats no page, and of JSON a part", async () => {
    const page = { status: 404, headers: { "content-type": "text/html" } };
    const error = await errorOf(ask(request, answering("<html>s3cret", page)));
    expect(error.message).to.equal("It answered 404");
    const long = await errorOf(
      ask(request, answering(JSON.stringify("x".repeat(9_000)), { status: 400, ...json })),
    );
    expect(long.message).to.equal(`It answered 400: "${"x".repeat(198)}…`);
  });

  it("gives back a status that the caller knows", async () => {
    const { status } = await ask(
      { ...request, known: [404] },
      answering("<html>", { status: 404, headers: { "content-type": "text/html" } }),
    );
    expect(status).to.equal(404);
  });

  it("names why nobody answered, and nothing of the address", async () => {
    const failed = new TypeError("fetch failed: https://example.com/a?sig=s3cret", {
      cause: Object.assign(new Error("getaddrinfo s3cret"), { code: "ENOTFOUND" }),
    });
    const error = await errorOf(ask(request, () => Promise.reject(failed)));
    expect([error.message, error.cause]).to.deep.equal(["It did not answer: ENOTFOUND", undefined]);
    const late = await errorOf(
      ask(request, () => Promise.reject(new DOMException("s3cret", "TimeoutError"))),
    );
    expect(late.message).to.equal("It did not answer: TimeoutError");
    expect(String(late.stack)).not.to.contain("s3cret");
  });
});
