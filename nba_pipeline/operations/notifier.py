"""The notifier: an alert, the channels it goes to, and how often the same may be told.

What an alert says about a run is decided in ``alerts``.

What a reader may rely on:

- One message per (asset, cause) and hour, in all processes of a home; the next one says how many were held back.
- Everything told stands in ``<home>/reports/alerts.log``, one JSON document a line, written before it is sent. A
  channel that refuses a message breaks nothing: its refusal is a line of that file.
"""

import datetime as dt
import fcntl
import json
import logging
import os
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import dagster as dg

from nba_pipeline.home import current_home
from nba_pipeline.keys import PREFIX

ADDRESSES_VARIABLE = "NBA_PIPELINE_ALERTS"
LOG_NAME = "alerts.log"
QUIET_PERIOD = dt.timedelta(hours=1)

_MEMORY = f"{PREFIX}alert/"
_CHANNEL_SECONDS = 10
_LONGEST_TEXT = 1_500

_log = logging.getLogger("nba_pipeline.alerts")


class Severity(StrEnum):
    """How urgent an alert is. Only ``info`` stays in the log."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    SUCCESS = "success"


@dataclass(frozen=True)
class Alert:
    """One thing to tell: what happened, where, and what to run.

    Args:
        severity: decides where it goes.
        asset: the table it is about, or the job.
        cause: name of the failed fact, ``DependencyError``, ``gate_failed``, another error class, ``stalled`` …
        what: what happened, for people.
        where: run and dates.
        command: what to run now; empty when nothing needs to be run.
        run_id: the run it was found in.
        topic: what the hourly rule counts; (asset, cause) unless stated.
    """

    severity: Severity
    asset: str
    cause: str
    what: str
    where: str = ""
    command: str = ""
    run_id: str = ""
    topic: str = ""

    @property
    def title(self) -> str:
        """One line."""
        return f"{self.severity.upper()} {self.asset}: {self.cause}"

    @property
    def text(self) -> str:
        """What happened, where and what to run, one line each."""
        lines = [shortened(self.what)]
        lines += [f"Where: {self.where}"] if self.where else []
        lines += [f"Run: {self.command}"] if self.command else []
        return "\n".join(lines)

    @property
    def counted_as(self) -> str:
        """Name under which the alert is remembered."""
        return self.topic or f"{self.asset}|{self.cause}"


# Channels


class Channel(Protocol):
    """A place alerts are sent to; ``name`` is for people and holds no secret."""

    @property
    def name(self) -> str: ...

    def send(self, alert: Alert) -> str | None:
        """Send; returns None, or why it was refused."""


@dataclass(frozen=True)
class Address:
    """A channel reached through ``apprise``: Slack, mail and others."""

    service: Any

    @property
    def name(self) -> str:
        # The path of an address may hold a token that apprise takes for a plain path.
        place, _, _ = self.service.url(privacy=True).partition("?")
        shown = re.match(r"[^:]+://[^/]*", place)
        assert shown is not None, "apprise writes every address as scheme://…"
        return f"{self.service.service_name} {shown[0]}{'/…' if len(place.rstrip('/')) > shown.end() else ''}"

    def send(self, alert: Alert) -> str | None:
        from apprise import Apprise, NotifyType

        kinds = {
            Severity.CRITICAL: NotifyType.FAILURE,
            Severity.ERROR: NotifyType.FAILURE,
            Severity.WARNING: NotifyType.WARNING,
            Severity.INFO: NotifyType.INFO,
            Severity.SUCCESS: NotifyType.SUCCESS,
        }
        sender = Apprise()
        sender.add(self.service)
        result = sender.notify(
            alert.text,
            title=f"nba_pipeline: {alert.title}",
            notify_type=kinds[alert.severity],
            timeout=_CHANNEL_SECONDS,
        )
        if result:
            return None
        said = [entry.message for entry in result.logs()]
        return " ".join(said[-2:]) or f"not delivered ({result.status.name.lower()})"


@dataclass(frozen=True)
class WrongAddress:
    """An address nobody understands: refuses everything, and says so."""

    name: str

    def send(self, alert: Alert) -> str | None:  # noqa: ARG002  refuses all alike
        return (
            f"no address that apprise understands: correct it in {ADDRESSES_VARIABLE}, for example "
            "slack://TOKEN_A/TOKEN_B/TOKEN_C or mailtos://USER:PASSWORD@HOST"
        )


def channels_of(addresses: str) -> list[Channel]:
    """The channels of comma-separated apprise addresses; a wrong one becomes a channel that refuses. Never raises."""
    pieces: list[str] = []
    for piece in (part.strip() for part in addresses.split(",")):
        if piece and "://" not in piece and pieces and "?" in pieces[-1]:
            pieces[-1] += f",{piece}"  # a comma inside the parameters of an address, as in ?to=a@x.org,b@x.org
        elif piece:
            pieces.append(piece)
    return [_channel(piece) for piece in pieces]


def _channel(address: str) -> Channel:
    from apprise import Apprise

    service = Apprise.instantiate(address)
    if service is None or isinstance(service, list):
        scheme, found, _ = address.partition("://")
        return WrongAddress(f"{scheme}://…" if found else f"{address[:3]}…")
    return Address(service)


# The notifier


@dataclass
class Notifier:
    """Tells alerts: to the log always, to the channels if they are urgent and not just told.

    A channel that refuses once is left alone for the life of the notifier (one command, one tick of a sensor).

    Args:
        instance: remembers in its cursor storage what was sent, for all processes.
        reports: folder of ``alerts.log``.
        channels: where alerts go besides the log.
    """

    instance: dg.DagsterInstance
    reports: Path
    channels: Sequence[Channel] = ()
    _refused: set[str] = field(default_factory=set)

    def send(self, alert: Alert, now: dt.datetime) -> bool:
        """Tell an alert unless the same was told within the hour; returns whether it was told."""
        with self._alone():
            told = self._remembered(alert.counted_as)
            held_back = int(told.get("held_back", 0))
            if told and now - dt.datetime.fromisoformat(str(told["at"])) < QUIET_PERIOD:
                self._remember(alert.counted_as, {**told, "held_back": held_back + 1})
                return False
            if held_back:
                alert = replace(alert, what=f"{alert.what} ({held_back} more since {told['at']} were not sent)")
            self._write(alert, now, held_back)
            self._remember(alert.counted_as, {"at": now.isoformat(timespec="seconds"), "held_back": 0})
        self._deliver(alert, now)
        return True

    def send_once(self, alert: Alert, now: dt.datetime) -> bool:
        """Tell an alert unless it was told ever before; returns whether it was told."""
        with self._alone():
            if self._remembered(alert.counted_as):
                return False
            self._write(alert, now, 0)
            self._remember(alert.counted_as, {"at": now.isoformat(timespec="seconds")})
        self._deliver(alert, now)
        return True

    def already_told(self, topics: Iterable[str]) -> set[str]:
        """Those of the topics that were told at some time."""
        wanted = {f"{_MEMORY}{topic}" for topic in topics}
        found = self.instance.daemon_cursor_storage.get_cursor_values(wanted) if wanted else {}
        return {key.removeprefix(_MEMORY) for key in found}

    def _remembered(self, topic: str) -> Mapping[str, str | int]:
        key = f"{_MEMORY}{topic}"
        stored = self.instance.daemon_cursor_storage.get_cursor_values({key}).get(key)
        return json.loads(stored) if stored else {}

    def _remember(self, topic: str, value: Mapping[str, str | int]) -> None:
        # One key a call: given a known and a new key together, the SQLite storage keeps the known one only.
        self.instance.daemon_cursor_storage.set_cursor_values({f"{_MEMORY}{topic}": json.dumps(value)})

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Looking up and remembering as one, against other processes: the storage cannot compare and set."""
        self.reports.mkdir(parents=True, exist_ok=True)
        with (self.reports / f".{LOG_NAME}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, alert: Alert, now: dt.datetime, held_back: int) -> None:
        log_alert(self.reports, alert, now, self._receivers(alert), held_back)

    def _receivers(self, alert: Alert) -> list[Channel]:
        return [] if alert.severity is Severity.INFO else list(self.channels)

    def _deliver(self, alert: Alert, now: dt.datetime) -> None:
        for channel in self._receivers(alert):
            if channel.name in self._refused:
                continue
            reason = deliver(channel, alert)
            if reason is not None:
                self._refused.add(channel.name)
                refusal = Alert(
                    Severity.WARNING,
                    channel.name,
                    "channel_refused",
                    f"Not delivered: {alert.title}. {reason}",
                    command="nba-pipeline notify test",
                )
                with self._alone():
                    log_alert(self.reports, refusal, now)


def notifier_of(instance: dg.DagsterInstance) -> Notifier:
    """The notifier of this process: its home's log, and the channels of ``NBA_PIPELINE_ALERTS``."""
    return Notifier(instance, current_home().reports, channels_of(os.environ.get(ADDRESSES_VARIABLE, "")))


def deliver(channel: Channel, alert: Alert) -> str | None:
    """Send through one channel; returns None, or why it was refused. Never raises."""
    try:
        return channel.send(alert)
    except Exception as error:  # noqa: BLE001  whatever a channel does, the run goes on
        return f"{type(error).__name__}: {error}"


def log_alert(
    reports: Path, alert: Alert, now: dt.datetime, channels: Sequence[Channel] = (), held_back: int = 0
) -> None:
    """Write one line to ``alerts.log`` and the same to Python's logging."""
    levels = {Severity.CRITICAL: logging.CRITICAL, Severity.ERROR: logging.ERROR, Severity.WARNING: logging.WARNING}
    _log.log(levels.get(alert.severity, logging.INFO), "%s. %s", alert.title, alert.text.replace("\n", " | "))
    document = {"at": now.isoformat(timespec="seconds"), **asdict(alert), "held_back": held_back}
    document.pop("topic")
    document["channels"] = [channel.name for channel in channels]
    reports.mkdir(parents=True, exist_ok=True)
    with (reports / LOG_NAME).open("a", encoding="utf-8") as file:
        file.write(json.dumps(document, ensure_ascii=False) + "\n")


def shortened(text: str, longest: int = _LONGEST_TEXT) -> str:
    """A text cut to what a channel shows."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
