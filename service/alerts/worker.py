"""The delivery worker: a thread that plans, passes on and delivers what stands in the outbox."""

from __future__ import annotations

import logging
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from service.alerts.channels import SendError
from service.alerts.digest import Digest
from service.alerts.opening import Channels
from service.alerts.records import Delivery, Message
from service.alerts.secrecy import masked
from service.alerts.tokens import Tokens
from service.alerts.wording import Outgoing, Words
from service.outbox import Outbox

log = logging.getLogger(__name__)

IDLE_S = 1.0
"""Seconds between two looks into the outbox."""


class Worker:
    """Carries out what the outbox holds. `step` is one round; `start` goes round by round in a thread."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Channels,
        words: Words,
        tokens: Tokens,
        *,
        digest: Callable[[Message], Digest],
        now: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._outbox, self._channels, self._words, self._tokens = outbox, channels, words, tokens
        self._digest, self._now, self._chance = digest, now, chance
        self._busy: dict[str, Future[None]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._pool = ThreadPoolExecutor(max(1, len(channels.senders)), thread_name_prefix="alerts")

    def start(self) -> None:
        """Work until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """End after the delivery under way; what is left is done after the next start."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._pool.shutdown()

    def step(self) -> None:
        """One round: messages of what is due, next routes of what nobody acknowledged, all due deliveries.

        Channels are served beside each other, each one's deliveries one after the other; a slow channel is
        served on while others have their next round.
        """
        now = self._now()
        self._outbox.tell_week(now)
        self._outbox.pass_on(now)
        self._outbox.plan(now)
        by_channel: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in self._outbox.due(now):
            by_channel[delivery.channel].append(delivery)
        self._reap()
        for channel, deliveries in by_channel.items():
            if channel not in self._busy:
                self._busy[channel] = self._pool.submit(self._serve, deliveries)

    def settle(self) -> None:
        """Wait for the deliveries that `step` has begun."""
        wait(self._busy.values())
        self._reap()

    def _reap(self) -> None:
        """Forget the channels that are done. Raises what went wrong with the store meanwhile."""
        done = [channel for channel, future in self._busy.items() if future.done()]
        for future in [self._busy.pop(channel) for channel in done]:
            future.result()

    def _run(self) -> None:
        while not self._stopped.wait(IDLE_S):
            try:
                self.step()
            except SQLAlchemyError as error:
                # A database that is away comes back; the outbox is in it, so nothing is lost meanwhile.
                log.warning("alerts wait for the store: %s", type(error).__name__)
            except Exception as error:
                log.error("alerts: a round failed, the next one follows", exc_info=error)

    def _serve(self, deliveries: Sequence[Delivery]) -> None:
        """Deliver to one channel until it fails: the rest waits for the next round, not for time-outs."""
        for delivery in deliveries:
            if self._stopped.is_set() or not self._deliver(delivery):
                break

    def _deliver(self, delivery: Delivery) -> bool:
        if not self._outbox.claim(delivery, self._now()):
            return True
        sender = self._channels.senders.get(delivery.channel)
        if sender is None:
            self._outbox.dead(delivery, "the site has no such channel any more")
            return True
        message = self._outbox.message(delivery.message)
        try:
            sender.send(self._outgoing(delivery, message))
        except SendError as error:
            return self._fail(delivery, str(error))
        except Exception as error:  # noqa: BLE001 - a library's fault in one channel must not stop the others
            return self._fail(delivery, f"{type(error).__name__} in the channel")
        self._outbox.sent(delivery, self._now())
        return True

    def _outgoing(self, delivery: Delivery, message: Message) -> Outgoing:
        if message.kind == "digest":
            return self._words.digest(delivery.id, message, self._digest(message))
        token = self._tokens.make(message.id) if message.alerts else None
        return self._words.outgoing(delivery.id, message, token)

    def _fail(self, delivery: Delivery, error: str) -> bool:
        told = masked(error, self._channels.secrets)
        log.warning("delivery %s, try %s: %s", delivery.id, delivery.tries + 1, told)
        self._outbox.failed(delivery, told, self._now(), self._chance())
        return False
