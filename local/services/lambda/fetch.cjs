/**
 * Stands in for the way from a function to the internet: sends what is fetched from a host to
 * local/services/internet.ts, which answers for it. As strict as the real way is where it matters: https
 * alone, and no address of this machine but the one at which AWS is.
 */
exports.throughInternet = (internetUrl, awsUrl) => {
  const realFetch = globalThis.fetch;
  return async (input, init = {}) => {
    const target = new URL(input);
    if (awsUrl && target.origin === new URL(awsUrl).origin) return realFetch(input, init);
    if (target.protocol !== "https:") {
      throw new TypeError(
        `fetch failed: no stand-in answers ${target.protocol}//${target.host} here`,
      );
    }
    const headers = new Headers(init.headers);
    headers.set("x-local-host", target.host);
    return realFetch(new URL(target.pathname + target.search, internetUrl), { ...init, headers });
  };
};
