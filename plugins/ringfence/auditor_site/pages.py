"""Turn facts into pages: one template each, one style for all, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from ringfence.auditor_site.first_page import in_words

TEMPLATES = Path(__file__).parent / "templates"
PAGES = (
    ("index.html", "Today"),
    ("lists.html", "Lists"),
    ("doors.html", "Doors"),
    ("deliveries.html", "Deliveries"),
    ("registers.html", "Registers"),
    ("decisions.html", "Decisions"),
    ("retention.html", "Retention"),
    ("models.html", "Data models"),
)


def render_pages(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (file name, HTML) for each page that has a template here."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": count,
        "when": when,
        "plain_when": lambda value: f"{_instant(value):%Y-%m-%d %H:%M}",
        "short": short,
        "words": words,
        "span": in_words,
    }
    style = (TEMPLATES / "style.css").read_text("utf-8")
    for page, _ in PAGES:
        template = TEMPLATES / f"{page}.j2"
        if template.exists():
            html = environment.get_template(template.name).render(
                **facts, page=page, pages=PAGES, style=style, policy=policy(style)
            )
            yield page, html


def policy(style: str) -> str:
    """Return the page's content security policy: our one style, by its hash, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def count(value: int | None) -> str:
    """Return a number with thousands apart, a dash where there is none."""
    return "–" if value is None else f"{value:,}"


def words(identifier: str) -> str:
    """Return an identifier as words: `register_not_shrunk` becomes `Register not shrunk`."""
    return identifier.replace("_", " ").capitalize()


def when(value: datetime | str | None) -> Any:
    """Return an instant as a `time` element in UTC."""
    from markupsafe import Markup

    if value is None:
        return "–"
    instant = _instant(value)
    return Markup('<time datetime="{}">{}</time>').format(
        instant.isoformat(), f"{instant:%Y-%m-%d %H:%M}"
    )


def short(value: object) -> Any:
    """Return the head of an id, with the whole of it for those who ask."""
    from markupsafe import Markup

    text = str(value)
    return Markup('<code title="{}">{}</code>').format(text, text[:8])


def _instant(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
