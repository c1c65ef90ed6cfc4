"""Say when a DAG runs. All times are wall-clock times of the zone they are given in.

A demo's clock stands still, so there nothing runs by the hour: runs are triggered, Assets do the
rest, and two demos of the same day agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zlib import crc32

from airflow.sdk import Asset, AssetOrTimeSchedule, CronTriggerTimetable
from airflow.timetables.trigger import CronTriggerTimetable as CoreCronTriggerTimetable
from airflow.timetables.trigger import MultipleCronTriggerTimetable

from ringfence.registers.campaigns import Campaign
from ringfence.registers.sources import Source


class CutOffTimetable(MultipleCronTriggerTimetable):  # type: ignore[misc]
    """Fire at the cut-off of every campaign, each in its own time zone.

    Airflow's own timetable of several crons knows one zone only. `cut_offs` look like
    "05:00 Europe/Berlin". The scheduler finds this class through RingfencePlugin.
    """

    def __init__(self, *cut_offs: str) -> None:
        self.cut_offs = cut_offs
        self._timetables = [
            CoreCronTriggerTimetable(cron(clock), timezone=zone)
            for clock, zone in (cut_off.split(" ") for cut_off in cut_offs)
        ]
        self.description = "At the cut-offs " + ", ".join(cut_offs)

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> CutOffTimetable:
        return cls(*data["cut_offs"])

    def serialize(self) -> dict[str, Any]:
        return {"cut_offs": list(self.cut_offs)}

    @property
    def summary(self) -> str:
        return ", ".join(self.cut_offs)


def cron(clock: str) -> str:
    """Return the cron line of a time of day such as `05:00`."""
    hour, minute = clock.split(":")
    return f"{int(minute)} {int(hour)} * * *"


def at_cut_offs(campaigns: Iterable[Campaign], mode: str) -> CutOffTimetable | None:
    """Return a timetable over the cut-offs of active campaigns; None if there is none."""
    cut_offs = {f"{one.cut_off} {one.timezone}" for one in campaigns if one.active}
    return CutOffTimetable(*sorted(cut_offs)) if cut_offs and mode != "demo" else None


def of_source(source: Source, mode: str) -> CronTriggerTimetable | None:
    """Return a source's own schedule, else once an hour at a minute of its own.

    The minute comes from the name: sources without a schedule do not all start at once.
    """
    own = source.delivery.schedule or f"{crc32(source.source_id.encode()) % 60} * * * *"
    return daily(own, mode, source.timezone or "UTC")


def daily(line: str, mode: str, zone: str = "UTC") -> CronTriggerTimetable | None:
    """Return a cron line's timetable, None in a demo."""
    return None if mode == "demo" else CronTriggerTimetable(line, timezone=zone)


def after(asset: Asset, line: str, mode: str) -> AssetOrTimeSchedule | list[Asset]:
    """Run after each event of an Asset, and by a cron line as well."""
    if mode == "demo":
        return [asset]
    return AssetOrTimeSchedule(timetable=CronTriggerTimetable(line, timezone="UTC"), assets=[asset])
