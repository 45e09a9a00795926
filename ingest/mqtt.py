"""The MQTT door: QoS 1, acknowledged after the commit, connected for ever.

A message is de-identified the moment it arrives; what waits for the commit is sealed, and all that
is kept of the message is its packet number.
"""

import asyncio
from collections import OrderedDict
from functools import partial
from hashlib import blake2b
from typing import Final

import aiomqtt
import structlog
from paho.mqtt.client import MQTTMessage

from ingest.commits import Fate, Group
from ingest.intake import Intake, Receipt
from ingest.message import RawMessage
from ingest.mqtt_address import MqttAddress
from ingest.mqtt_link import MqttLink
from ingest.ports import Transport
from ingest.rules import Rule
from ingest.topics import Sender, parse_topic
from kernel.ids import IdSource
from serving.failures import describe

_log = structlog.get_logger("odori.ingest")
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 30.0
_REMEMBERED: Final = 8_192


class MqttDoor:
    """Takes measures from an MQTT broker. `run` never ends by itself.

    Args:
        intake: takes the messages.
        address: of the broker.
        ids: makes the key under which repeated deliveries are recognised, in memory only.
    """

    def __init__(self, intake: Intake, address: MqttAddress, ids: IdSource) -> None:
        self._intake = intake
        self._address = address
        self._digest_key = ids.random_bytes(16)
        self._recent: OrderedDict[bytes, Receipt] = OrderedDict()
        self._waiting: dict[Group, list[int]] = {}
        self._link: MqttLink | None = None
        self._pause_s = _FIRST_PAUSE_S
        self._was_lost = False
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Be connected, for ever: back-off between attempts, one line when lost, one when back."""
        while True:
            try:
                await self._serve()
            except (aiomqtt.MqttError, OSError, TimeoutError) as error:
                self._note_loss(error)
            finally:
                self._leave()
            _honour_cancellation()
            await asyncio.sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    async def _serve(self) -> None:
        self._link = MqttLink(self._address, self._arrived)
        async with self._link as link:
            _honour_cancellation()
            self._note_return()
            self.connected.set()
            await link.lost()

    def _leave(self) -> None:
        """Forget what the lost connection owes: the broker sends it again."""
        self.connected.clear()
        self._link = None
        self._waiting.clear()

    def _note_loss(self, error: BaseException) -> None:
        if not self._was_lost:
            self._was_lost = True
            _log.warning("mqtt connection lost", **describe(error))

    def _note_return(self) -> None:
        if self._was_lost:
            self._was_lost = False
            _log.info("mqtt connection back")

    def _arrived(self, link: MqttLink, message: MQTTMessage) -> None:
        """Called by the client for each message; returns at once and never raises."""
        if link is not self._link or not link.is_up:
            return
        if any(_found_no_place(group) for group in self._waiting):
            link.drop()  # before anything overtakes what has to come again
            return
        receipt = None if message.retain else self._receive(message)
        if not message.qos:
            return
        if receipt is None:
            link.acknowledge(message.mid)
        elif receipt.denied is Rule.BUSY:
            link.drop()
        elif receipt.group is None or receipt.group.fate.done():
            self._acknowledge(link, [message.mid])
        else:
            self._await(link, receipt.group, message.mid)

    def _receive(self, message: MQTTMessage) -> Receipt | None:
        """Hand a message in; None if there is nothing to hand in.

        A retained copy is old news: whoever publishes live reaches us through our session.
        """
        sender = _sender(message)
        if sender is None:
            self._intake.reject(Transport.MQTT, Rule.TOPIC)
            return None
        digest = self._digest(message) if message.qos else b""
        if message.dup and (known := self._recall(digest)) is not None:
            return known
        raw = RawMessage(bytes(message.payload), sender.dialect, Transport.MQTT, name=sender.name)
        receipt = self._intake.offer(sender.api_key, sender.device_id, raw)
        if digest and receipt.denied is None:
            self._remember(digest, receipt)
        return receipt

    def _digest(self, message: MQTTMessage) -> bytes:
        digest = blake2b(message.payload, key=self._digest_key, digest_size=16)
        digest.update(message.topic.encode())
        return digest.digest()

    def _recall(self, digest: bytes) -> Receipt | None:
        """The receipt of the same message in an earlier delivery, unless that came to nothing."""
        receipt = self._recent.get(digest)
        if receipt is not None and receipt.group is not None and _found_no_place(receipt.group):
            return None
        return receipt

    def _remember(self, digest: bytes, receipt: Receipt) -> None:
        self._recent[digest] = receipt
        if len(self._recent) > _REMEMBERED:
            self._recent.popitem(last=False)

    def _await(self, link: MqttLink, group: Group, number: int) -> None:
        """Acknowledge a message when its group is durable."""
        numbers = self._waiting.get(group)
        if numbers is not None:
            numbers.append(number)
            return
        self._waiting[group] = [number]
        group.fate.add_done_callback(partial(self._committed, link, group))

    def _committed(self, link: MqttLink, group: Group, fate: asyncio.Future[Fate]) -> None:
        if link is not self._link:
            return
        numbers = self._waiting.pop(group, [])
        if fate.result() is Fate.DURABLE:
            self._acknowledge(link, numbers)
        else:
            link.drop()

    def _acknowledge(self, link: MqttLink, numbers: list[int]) -> None:
        for number in numbers:
            link.acknowledge(number)
        self._pause_s = _FIRST_PAUSE_S


def _honour_cancellation() -> None:
    """End a task that was told to end while aiomqtt waited for the broker.

    `asyncio.wait_for` swallows the cancellation if the answer comes in the same moment (mended in
    Python 3.12), and then the door would be connected for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _found_no_place(group: Group) -> bool:
    return group.fate.done() and group.fate.result() is Fate.AWAY


def _sender(message: MQTTMessage) -> Sender | None:
    try:
        return parse_topic(message.topic)
    except UnicodeDecodeError:
        return None
