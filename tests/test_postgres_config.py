"""Measure the server's settings against machines of several sizes."""

from __future__ import annotations

import pytest

from ringfence.services.postgres_config import MEGABYTE, memory_of_machine, tuning


@pytest.mark.parametrize(
    ("gigabytes", "shared", "work"),
    [
        (0.5, "128MB", "64MB"),
        (4, "1024MB", "64MB"),
        (16, "2048MB", "128MB"),
        (256, "2048MB", "128MB"),
    ],
)
def test_memory_is_shared_out_by_the_size_of_the_machine(
    gigabytes: float, shared: str, work: str
) -> None:
    settings = tuning(int(gigabytes * 1024) * MEGABYTE, cores=2)
    assert settings["shared_buffers"] == shared
    assert settings["work_mem"] == work


def test_one_core_gets_no_second_worker_for_a_query() -> None:
    assert tuning(1024 * MEGABYTE, cores=1)["max_parallel_workers_per_gather"] == "1"


def test_the_machine_has_memory() -> None:
    assert memory_of_machine() > 100 * MEGABYTE
