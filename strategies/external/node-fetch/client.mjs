// fetch: as many loops of await as lanes, on Node.js' one event loop.
import fs from "node:fs";
import readline from "node:readline";
import timers from "node:timers/promises";
import tls from "node:tls";

const told = readline.createInterface({ input: fs.createReadStream(null, { fd: 3 }) })[Symbol.asyncIterator]();
const hear = async () => JSON.parse((await told.next()).value);

function say(text) {
    for (let bytes = Buffer.from(text); bytes.length > 0;)
        bytes = bytes.subarray(fs.writeSync(4, bytes));
}

const sayLine = (line) => say(JSON.stringify(line) + "\n");
const linesOf = (path) => fs.readFileSync(path, "utf8").trimEnd().split("\n");

// Of itself fetch opens a connection whenever none is free at that moment: often more than there are lanes. Node.js has
// no function to choose otherwise; this symbol is how its HTTP library, undici, is told from outside.
async function limitConnections() {
    const name = Symbol.for("undici.globalDispatcher.1");
    await fetch("data:,");
    const Agent = globalThis[name].constructor;
    globalThis[name] = new Agent({
        connections: task.concurrency,
        connect: {
            timeout: task.connect_timeout_s * 1000,
            rejectUnauthorized: task.verify,
            secureContext: tls.createSecureContext({ ca: task.ca_file ? fs.readFileSync(task.ca_file) : undefined }),
        },
    });
}

sayLine({ harness: 1, client: "fetch", runtime: `Node.js ${process.versions.node}` });
const task = await hear();
const batches = linesOf(task.batches).map((line) => JSON.parse(line));
const due = task.due ? linesOf(task.due).map(Number) : null;
await limitConnections();
let records = [];
let next = 0;
let go = process.hrtime.bigint();

const now = () => Number(process.hrtime.bigint() - go);

// The words for what went wrong, by the code of the error below fetch's own.
const WORDS = {
    ENOTFOUND: "could not resolve", EAI_AGAIN: "could not resolve",
    ECONNREFUSED: "could not connect", EHOSTUNREACH: "could not connect", ENETUNREACH: "could not connect",
    UND_ERR_CONNECT_TIMEOUT: "timed out", UND_ERR_HEADERS_TIMEOUT: "timed out", UND_ERR_BODY_TIMEOUT: "timed out",
    ECONNRESET: "connection lost", EPIPE: "connection lost", UND_ERR_SOCKET: "connection lost",
    UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "connection lost",
};

function errorOf(error) {
    if (error.name === "TimeoutError")
        return "timed out";
    const code = error.cause?.code ?? "";
    const isOfTls = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO/.test(code);
    return `${WORDS[code] ?? (isOfTls ? "tls failed" : "bad response")}: ${error.cause?.message ?? error.message}`;
}

// Is the batch to go on?
async function send(index, place, lane) {
    const request = batches[index % batches.length][place];
    const headers = new Headers(request.headers);
    if (!headers.has("Accept-Encoding"))
        headers.set("Accept-Encoding", "identity");
    const started = now();
    try {
        const response = await fetch(request.url, {
            method: request.method, headers, body: request.body ?? undefined, redirect: "manual",
            signal: AbortSignal.timeout(task.timeout_s * 1000),
        });
        const { byteLength } = await response.arrayBuffer();
        records.push([index, place, lane, started, null, now(), response.status, byteLength, null]);
        return request.expect ? response.status === request.expect : response.status < 400;
    } catch (error) {
        records.push([index, place, lane, started, null, now(), null, 0, errorOf(error)]);
        return false;
    }
}

async function runLane(lane, isTimed) {
    while (next < task.batch_count) {
        const index = next++;
        for (let early; isTimed && due && (early = due[index] - now()) > 0;)
            await timers.setTimeout(Math.ceil(early / 1e6)); // whole milliseconds
        for (let place = 0; place < batches[index % batches.length].length; place++)
            if (!await send(index, place, lane))
                break;
    }
}

const run = (isTimed) => Promise.all(Array.from({ length: task.concurrency }, (_, lane) => runLane(lane, isTimed)));

if (task.warm)
    await run(false);
[records, next] = [[], 0];
sayLine({ state: "ready" });
go = BigInt((await hear()).go);
await run(true);
sayLine({ state: "done" });
say(records.map((record) => JSON.stringify(record) + "\n").join(""));
sayLine({ state: "end" });
await told.next();
process.exit(0);
