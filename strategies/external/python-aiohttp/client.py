"""aiohttp: as many coroutines as lanes, over one session that may have a connection for each."""
import asyncio
import ssl
import sys

import aiohttp

sys.path.insert(0, "..")
import asyncio_lanes
import participant


def error_of(error):
    if isinstance(error, asyncio.TimeoutError):
        return "timed out"
    if isinstance(error, aiohttp.ClientSSLError):
        return f"tls failed: {error}"
    if isinstance(error, aiohttp.TooManyRedirects):
        return "too many redirects"
    if isinstance(error, aiohttp.ClientConnectorError):
        is_name = "resolve" in str(error).lower() or "name" in str(error.os_error).lower()
        return f"{'could not resolve' if is_name else 'could not connect'}: {error}"
    if isinstance(error, (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, aiohttp.ClientOSError)):
        return f"connection lost: {error}"
    return f"bad response: {error!r}"


async def send(experiment, session, place, lane, request):
    """Is the batch to go on?"""
    task = experiment.task
    started = experiment.now()
    try:
        async with session.request(request["method"], request["url"], headers=participant.headers_of(request),
                                   data=participant.body_of(request), allow_redirects=task["redirects"] > 0,
                                   max_redirects=task["redirects"] or 1, proxy=task["proxy"]) as response:
            body = await response.read()
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
        return experiment.keep(place, lane, started, error=error_of(error))
    return experiment.keep(place, lane, started, response.status, len(body))


async def main():
    experiment = participant.Experiment(f"aiohttp {aiohttp.__version__}")
    task = experiment.task
    verified = ssl.create_default_context(cafile=task["ca_file"]) if task["ca_file"] else True
    # Without a limit there are as many connections as lanes; by default there would be 100.
    connector = aiohttp.TCPConnector(limit=0, force_close=not task["reuse"], ssl=verified if task["verify"] else False)
    timeout = aiohttp.ClientTimeout(total=task["timeout_s"], sock_connect=task["connect_timeout_s"])
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as session:
        if task["warm"]:
            await asyncio_lanes.run(experiment, send, session, False)
        experiment.begin()
        await asyncio_lanes.run(experiment, send, session, True)
        experiment.end()


asyncio.run(main())
