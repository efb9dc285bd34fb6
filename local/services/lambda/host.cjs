/**
 * Runs one Lambda execution environment: loads the deployed bundle and answers one invocation at
 * a time over the IPC channel. Kept tiny, because its start counts into every cold start.
 *
 * From the parent: {invoke: {requestId, payload, timeoutMs, slowdown, arn}}, {clockOffsetMs},
 * {listLoaded}.
 * To the parent: {ready}, {log}, {result}, {error: {type, message, trace}, fatal}, {loaded: URLs}.
 * The first argument is the clock's offset in milliseconds, the second the URL of what stands in for
 * the internet; without it there is none.
 */
const fs = require("node:fs");
const path = require("node:path");
const url = require("node:url");
const { throughInternet } = require("./fetch.cjs");

globalThis.fetch = throughInternet(
  process.argv[3] ?? "http://127.0.0.1:1",
  process.env.AWS_ENDPOINT_URL,
);

const RealDate = Date;
let offset = Number(process.argv[2]);
const now = () => RealDate.now() + offset;
// Leases and timestamps of the function's code follow this clock; timers keep real time.
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
});
RealDate.prototype.constructor = globalThis.Date;

// By IPC and not by pipe: a line then never arrives after the result it precedes.
for (const stream of [process.stdout, process.stderr]) {
  let partial = "";
  stream.write = (chunk, encoding, done) => {
    const lines = (partial + (typeof chunk === "string" ? chunk : Buffer.from(chunk))).split("\n");
    partial = lines.pop();
    for (const log of lines) report({ log });
    const callback = typeof encoding === "function" ? encoding : done;
    if (callback) process.nextTick(callback);
    return true;
  };
}

function report(message, then) {
  if (process.connected) process.send(message, then);
}

function fail(type, thrown, fatal, then) {
  const isError = thrown instanceof Error;
  const error = {
    type: type ?? (isError ? thrown.name : typeof thrown),
    message: isError ? thrown.message : String(thrown),
    trace: isError ? String(thrown.stack).split("\n") : [],
  };
  report({ error, fatal }, then);
}

const die = (type) => (thrown) => fail(type, thrown, true, () => process.exit(1));
process.on("uncaughtException", die());
process.on("unhandledRejection", die("Runtime.UnhandledPromiseRejection"));
process.on("disconnect", () => process.exit());
const [file, name] = process.env._HANDLER.split(".");
let handler;

// 6 MB and what Lambda adds to an answer.
const longestAnswer = 6_291_556;

// Only during an invocation, for else the channel holds the process.
process.on("beforeExit", () => {
  // The handler waits for what no longer holds the process, and so can never answer.
  die("Runtime.NodejsExit")(new Error("Runtime exited without providing a reason"));
});

process.on("message", ({ invoke, clockOffsetMs, listLoaded }) => {
  if (clockOffsetMs !== undefined) offset = clockOffsetMs;
  if (listLoaded) report({ loaded: loadedScripts() });
  if (invoke) answer(invoke);
});

async function answer({ requestId, payload, timeoutMs, slowdown, arn }) {
  const started = performance.now();
  const context = {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: arn,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () =>
      Math.max(0, timeoutMs - (performance.now() - started) / slowdown),
  };
  // Lambda's runtime ends with the handler's own work: the channel must not prolong it.
  process.channel?.unref();
  try {
    const result = await handler(JSON.parse(payload), context);
    const text = JSON.stringify(result) ?? "null";
    if (Buffer.byteLength(text) > longestAnswer) {
      const limit = `maximum allowed payload size (${longestAnswer} bytes)`;
      die("Function.ResponseSizeTooLarge")(new Error(`Response payload size exceeded ${limit}.`));
    } else {
      report({ result: text });
    }
  } catch (thrown) {
    fail(undefined, thrown, false);
  } finally {
    process.channel?.ref();
  }
}

// A debugger that attaches gets every script of the engine: attached afterwards, it costs the
// measured run nothing, and no loader has to be hooked.
function loadedScripts() {
  const { Session } = require("node:inspector");
  const session = new Session();
  const loaded = [];
  session.connect();
  session.on("Debugger.scriptParsed", ({ params }) => loaded.push(params.url));
  session.post("Debugger.enable");
  session.disconnect();
  return loaded;
}

load().catch(die("Runtime.ImportModuleError"));

async function load() {
  const found = ["mjs", "js"].map((ending) =>
    path.join(process.env.LAMBDA_TASK_ROOT, `${file}.${ending}`),
  );
  const entry = found.find((each) => fs.existsSync(each)) ?? found[1];
  handler = (await import(url.pathToFileURL(entry)))[name];
  if (typeof handler !== "function") {
    die("Runtime.HandlerNotFound")(new Error(`${file}.${name} is undefined or not exported`));
  } else if (handler.length > 2) {
    die("Local.CallbackHandler")(new Error(`${file}.${name} takes a callback: return a promise`));
  } else {
    report({ ready: true });
  }
}
