"""Show the auditor's pages inside Airflow, and tell its scheduler the cut-off timetable."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from ringfence.airflow_dags.timetables import CutOffTimetable
from ringfence.ui.site_routes import PREFIX, LazySite


def _address() -> str:
    """Return where the pages lie, also when Airflow itself lies below a path of its server."""
    from urllib.parse import urlsplit

    base = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")
    return f"{base}{PREFIX}/index.html"


class RingfencePlugin(AirflowPlugin):  # type: ignore[misc]
    """Register what Airflow cannot find by itself."""

    name = "ringfence"
    timetables: ClassVar[list[Any]] = [CutOffTimetable]
    fastapi_apps: ClassVar[list[Any]] = [
        {"name": "ringfence", "app": LazySite(), "url_prefix": PREFIX}
    ]
    external_views: ClassVar[list[Any]] = [
        {
            "name": "Ringfence audit",
            "href": _address(),
            "destination": "nav",
            "url_route": "ringfence-audit",
        }
    ]
