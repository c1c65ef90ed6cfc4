"""Serve the auditor's pages to people who are logged in to Airflow, and to nobody else.

Airflow does not ask for a login in front of a plugin's app, and a mounted StaticFiles answers
anyone even where the app's own dependencies do ask: every file goes through the route below.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ringfence.home import Home
from ringfence.settings import load_settings

PREFIX = "/ringfence"
HEADERS = {
    # dbt's page needs inline scripts and eval; nothing may be loaded from anywhere else.
    "Content-Security-Policy": (
        "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


class LazySite:
    """Be the app, built at the first request: every task loads the plugin, few serve pages."""

    def __init__(self) -> None:
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            self._app = build_app()
        await self._app(scope, receive, send)


def build_app() -> Any:
    """Return the FastAPI app: one route, behind Airflow's login and its right to see the site."""
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
    from airflow.api_fastapi.core_api.security import requires_access_view
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.responses import FileResponse

    app = FastAPI(
        title="Ringfence",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(requires_access_view(AccessView.WEBSITE))],
    )

    def page(path: str = "") -> FileResponse:
        found = find_page(Home(load_settings().home).site, path)
        if found is None:
            raise HTTPException(404, "No such page. Has the DAG build_auditor_site run yet?")
        return FileResponse(found, headers=HEADERS)

    app.add_api_route("/{path:path}", page, methods=["GET"])
    return app


def find_page(site: Path, path: str) -> Path | None:
    """Return the file behind a path, or None; nothing outside the site, not even by a link."""
    root = site.resolve()
    try:
        wanted = (root / path).resolve()
        if wanted.is_dir():
            wanted = wanted / "index.html"
        is_page = wanted.is_relative_to(root) and wanted.resolve() == wanted and wanted.is_file()
    except (OSError, ValueError):
        return None
    return wanted if is_page else None
