"""What the participants that use asyncio have in common: a coroutine for each lane."""
import asyncio


async def _run_lane(experiment, send, client, lane, is_timed):
    while (index := experiment.take()) is not None:
        while is_timed and (seconds := experiment.seconds_until_due(index)) > 0:
            await asyncio.sleep(seconds)
        for number, request in enumerate(experiment.batch(index)):
            if not await send(experiment, client, (index, number), lane, request):
                break


async def run(experiment, send, client, is_timed):
    """All batches. `send(experiment, client, place, lane, request)` says whether the batch is to go on."""
    lanes = range(experiment.task["concurrency"])
    await asyncio.gather(*(_run_lane(experiment, send, client, lane, is_timed) for lane in lanes))
