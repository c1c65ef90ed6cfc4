"""Name what decides: the packages' versions, and hashes of the seeds and of the models' SQL.

Recorded with each run (ledger.decision_runs.versions), so that a changed verdict can be told from a
changed policy. The registers' hashes are in ledger.config_versions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from ringfence.settings import product_folder

PACKAGES = ("dbt-core", "dbt-postgres")
MODELS = "models_and_macros"


def in_use() -> dict[str, str]:
    """Return versions by package, SHA-256 by seed, and one SHA-256 over all models and macros."""
    project = product_folder("dbt_project")
    seeds = sorted((project / "seeds").glob("*.csv"))
    models = [*(project / "models").rglob("*.sql"), *(project / "macros").rglob("*.sql")]
    return {
        **{name: _version(name) for name in PACKAGES},
        **{seed.stem: hashlib.sha256(seed.read_bytes()).hexdigest() for seed in seeds},
        MODELS: _hash_of(project, models),
    }


def _hash_of(project: Path, files: Iterable[Path]) -> str:
    """Return one hash over names and contents, the same wherever the project lies."""
    told = hashlib.sha256()
    for file in sorted(files):
        name = file.relative_to(project).as_posix().encode()
        told.update(name + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return told.hexdigest()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
