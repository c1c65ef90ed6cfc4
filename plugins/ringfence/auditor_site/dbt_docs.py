"""Bring dbt's own documentation into the site: one file, shut off from every network."""

from __future__ import annotations

import re

from ringfence.decision import dbt_runner
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.settings import Settings

# dbt's page needs its inline scripts and eval; the rest is shut.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
)

WAY_BACK = (
    '<a href="models.html" style="position:fixed;left:1rem;bottom:1rem;z-index:9999;padding:.4rem '
    '.8rem;background:#17605a;color:#fff;border-radius:.3rem;font:14px system-ui,sans-serif">'
    "← The models, as plain pages</a>"
)

# What dbt leaves in its page and a browser would ask for: two dead links, and icons whose address
# is still a template when they appear.
DEAD_LINKS = re.compile(r'<link rel="(?:canonical|shortcut icon)"[^>]*>')
EARLY_ICON, LATE_ICON = 'xlink:href="{{', 'ng-attr-href="{{'


def render(settings: Settings) -> str:
    """Return `dbt docs generate --static` as a page with a closed content security policy."""
    dbt_runner.run_dbt(settings, "daily", ["docs", "generate", "--static"])
    file = Home(settings.home).dbt / "daily" / "static_index.html"
    html = DEAD_LINKS.sub("", file.read_text("utf-8")).replace(EARLY_ICON, LATE_ICON)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    for tag, added in (("head", meta), ("body", WAY_BACK)):
        found = re.search(rf"(?i)<{tag}\b[^>]*>", html)
        if found is None:
            raise Refusal(
                "dbt's documentation page is not built as expected.",
                where=str(file),
                remedy="install the dbt version of requirements.lock",
            )
        html = html[: found.end()] + added + html[found.end() :]
    return html
