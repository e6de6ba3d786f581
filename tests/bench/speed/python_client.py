"""Asks for a URL again and again, as Python programs do: with aiohttp, or with requests in a pool of threads.

    python_client.py aiohttp|requests REQUESTS CONNECTIONS URL

Prints the CPU time and the wall time of the requests alone as JSON. Exits with 3 if the module is not installed.
"""

import asyncio
import concurrent.futures
import importlib
import json
import sys
import threading
import time


def with_aiohttp(aiohttp, requests, connections, url):
    async def worker(session, numbers):
        for _ in numbers:
            async with session.get(url) as answer:
                answer.raise_for_status()
                await answer.read()

    async def everything():
        numbers = iter(range(requests))
        connector = aiohttp.TCPConnector(limit=connections)
        async with aiohttp.ClientSession(connector=connector) as session:
            await asyncio.gather(*(worker(session, numbers) for _ in range(connections)))

    asyncio.run(everything())


def with_requests(module, requests, connections, url):
    of_thread = threading.local()

    def one(_):
        if not hasattr(of_thread, "session"):
            of_thread.session = module.Session()
            of_thread.session.trust_env = False
        of_thread.session.get(url).raise_for_status()

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        for _ in pool.map(one, range(requests)):
            pass


def main():
    name, requests, connections, url = sys.argv[1:]
    try:
        module = importlib.import_module(name)
    except ImportError:
        return 3
    before_cpu, before_wall = time.process_time(), time.monotonic()
    {"aiohttp": with_aiohttp, "requests": with_requests}[name](module, int(requests), int(connections), url)
    print(json.dumps({"cpu_s": time.process_time() - before_cpu, "wall_s": time.monotonic() - before_wall}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
