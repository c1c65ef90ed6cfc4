"""Write the embedded server's settings, measured against this machine's memory."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from ringfence.services.ports import HOST
from ringfence.services.postgres_place import Place

MEGABYTE = 1024 * 1024
CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)

# Errors quote values ("invalid input syntax … "), their DETAIL whole keys: neither may reach a
# log. `log` as the least level leaves out ERROR but keeps starts, checkpoints and refused logins;
# the client that caused an error is told all the same.
SILENT_LOG = """
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_statement = none
log_min_duration_statement = -1
log_lock_waits = off
log_checkpoints = off
"""

ACCESS = f"""# Written by Ringfence at every start.
host all all {HOST}/32 scram-sha-256
"""


def memory_of_machine() -> int:
    """Return the bytes we may count on: the machine's, or the container's if that is less."""
    limits = [int(psutil.virtual_memory().total)]
    for path in CGROUP_LIMITS:
        try:
            limits.append(int(path.read_text("ascii")))
        except (OSError, ValueError):
            continue  # no such file, or the word `max`
    return min(limits)


def tuning(memory: int, cores: int) -> dict[str, str]:
    """Return the settings that depend on the machine."""
    size = memory // MEGABYTE
    return {
        "shared_buffers": f"{max(64, min(2048, size // 4))}MB",
        "effective_cache_size": f"{max(128, size // 2)}MB",
        "work_mem": f"{max(64, min(128, size // 128))}MB",
        "maintenance_work_mem": f"{max(64, min(1024, size // 16))}MB",
        "max_worker_processes": str(max(4, cores + 2)),
        "max_parallel_workers": str(cores),
        "max_parallel_workers_per_gather": str(min(2, cores)),
    }


def write_configuration(place: Place, port: int) -> None:
    """Write postgresql.conf and pg_hba.conf; own additions go to postgresql.local.conf beside."""
    machine = tuning(memory_of_machine(), os.cpu_count() or 1)
    machine_lines = "\n".join(f"{name} = {value}" for name, value in machine.items())
    configuration = f"""# Written at every start; your own lines belong into the file named last.
listen_addresses = '{HOST}'
port = {port}
unix_socket_directories = ''
password_encryption = scram-sha-256
max_connections = 100
timezone = UTC
log_timezone = UTC
datestyle = 'iso, ymd'
jit = off
synchronous_commit = on
wal_compression = on
# A table made and filled in one transaction is then written once, not twice. Backups are dumps.
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
random_page_cost = 1.1
dynamic_shared_memory_type = {_shared_memory_type()}
{machine_lines}
logging_collector = on
log_directory = '{_quoted(place.log)}'
log_filename = 'postgres-%a.log'
log_file_mode = 0600
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
{SILENT_LOG}
include_if_exists = '{_quoted(place.folder / "postgresql.local.conf")}'
"""
    for name, text in (("postgresql.conf", configuration), ("pg_hba.conf", ACCESS)):
        path = place.data / name
        path.write_text(text, "utf-8")
        path.chmod(0o600)
        place.give(path)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _shared_memory_type() -> str:
    """Choose where parallel workers share memory: a container's /dev/shm holds only 64 MB."""
    try:
        shm = os.statvfs("/dev/shm")  # noqa: S108  the kernel's own folder, not a temporary file
    except OSError:
        return "posix"
    return "posix" if shm.f_bavail * shm.f_frsize > 1024 * MEGABYTE else "sysv"
