"""httpx.AsyncClient: as many coroutines as lanes, over one client that may have a connection for each."""
import asyncio
import ssl
import sys

import httpx

sys.path.insert(0, "..")
import asyncio_lanes
import participant


def error_of(error):
    if isinstance(error, httpx.TimeoutException):
        return "timed out"
    if isinstance(error, httpx.TooManyRedirects):
        return "too many redirects"
    if isinstance(error, httpx.ConnectError):
        text = str(error)
        if "name" in text.lower():
            return f"could not resolve: {text}"
        return f"{'tls failed' if 'SSL' in text or 'certificate' in text.lower() else 'could not connect'}: {text}"
    if isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in str(error) and "peer closed" not in str(error):
        return f"bad response: {error}"
    if isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError)):
        return f"connection lost: {error!r}"
    return f"bad response: {error!r}"


async def send(experiment, client, place, lane, request):
    """Is the batch to go on?"""
    headers = participant.headers_of(request)
    if not experiment.task["reuse"]:
        headers.append(("Connection", "close"))
    started = experiment.now()
    try:
        response = await client.request(request["method"], request["url"], headers=headers,
                                        content=participant.body_of(request))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return experiment.keep(place, lane, started, error=error_of(error))
    return experiment.keep(place, lane, started, response.status_code, len(response.content))


async def main():
    experiment = participant.Experiment(f"httpx {httpx.__version__}")
    task = experiment.task
    lanes = task["concurrency"]
    verified = ssl.create_default_context(cafile=task["ca_file"]) if task["ca_file"] else task["verify"]
    # As many connections as lanes; by default there would be 100, and 20 kept.
    limits = httpx.Limits(max_connections=lanes, max_keepalive_connections=lanes if task["reuse"] else 0)
    timeout = httpx.Timeout(task["timeout_s"], connect=task["connect_timeout_s"], pool=None)
    async with httpx.AsyncClient(limits=limits, timeout=timeout, verify=verified, trust_env=False,
                                 follow_redirects=task["redirects"] > 0, max_redirects=task["redirects"]) as client:
        if task["warm"]:
            await asyncio_lanes.run(experiment, send, client, False)
        experiment.begin()
        await asyncio_lanes.run(experiment, send, client, True)
        experiment.end()


asyncio.run(main())
