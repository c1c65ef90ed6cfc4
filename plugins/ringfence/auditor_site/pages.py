"""Turn facts into pages: one template each, one style for all, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from ringfence.auditor_site.first_page import instant
from ringfence.auditor_site.runs import kind_and_name
from ringfence.feeds import in_words

TEMPLATES = Path(__file__).parent / "templates"
PAGES = (
    ("index.html", "Today"),
    ("lists.html", "Lists"),
    ("stops.html", "Stops"),
    ("doors.html", "Doors"),
    ("deliveries.html", "Deliveries"),
    ("registers.html", "Registers"),
    ("decisions.html", "Decisions"),
    ("retention.html", "Retention"),
    ("models.html", "Models"),
)
DBT_PAGE = "dbt.html"


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
        "plain_when": lambda value: instant(_parsed(value)),
        "prose": prose,
        "kind_and_name": kind_and_name,
        "short": short,
        "words": words,
        "span": in_words,
    }
    style = (TEMPLATES / "style.css").read_text("utf-8")
    script = (TEMPLATES / "models.js").read_text("utf-8")
    for page, _ in PAGES:
        own = script if page == "models.html" else ""
        yield (
            page,
            environment.get_template(f"{page}.j2").render(
                **facts,
                page=page,
                pages=PAGES,
                dbt_page=DBT_PAGE,
                style=style,
                script=own,
                policy=policy(style, own),
            ),
        )


def policy(style: str, script: str = "") -> str:
    """Return the page's content security policy: our style and script by hash, nothing else."""
    allowed = f"script-src '{_digest(script)}'; " if script else ""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; {allowed}img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


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
    parsed = _parsed(value)
    return Markup('<time datetime="{}">{}</time>').format(parsed.isoformat(), instant(parsed))


def prose(text: str) -> Any:
    """Return a description as paragraphs: **strong** and `code` are all that it may use."""
    from markupsafe import Markup, escape

    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        told = str(escape(" ".join(paragraph.split())))
        told = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", told)
        told = re.sub(r"`(.+?)`", r"<code>\1</code>", told)
        paragraphs.append(f"<p>{told}</p>")
    return Markup("".join(paragraphs))  # noqa: S704, every piece was escaped


def short(value: object) -> Any:
    """Return the head of an id, with the whole of it for those who ask."""
    from markupsafe import Markup

    text = str(value)
    return Markup('<code title="{}">{}</code>').format(text, text[:8])


def _parsed(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
