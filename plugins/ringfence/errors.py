"""Say what went wrong, where, and what to do; never a phone number, a name or an e-mail.

RingfenceError
├── Refusal              exit 1: a stated reason stops the work; nothing half done
│   ├── RejectedBatch    the door check or the file's shape says no
│   ├── Busy             somebody else holds the lock
│   └── MachineFault     the disk is full or Postgres is away: nothing else would work either
└── Misconfigured        exit 2: a register, a setting or an argument is wrong
"""

from __future__ import annotations


class RingfenceError(Exception):
    """Carry the three things a reader needs; `exit_code` is what the command line returns."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.remedy:
            lines.append(f"  do:    {self.remedy}")
        return "\n".join(lines)


class Refusal(RingfenceError):
    """The work was refused for a stated reason and left no trace but the refusal."""


class RejectedBatch(Refusal):
    """A delivery cannot be accepted; its stops have taken effect all the same."""

    def __init__(self, what: str, *, code: str, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.code = code


class Busy(Refusal):
    """Another process holds the advisory lock this work needs."""


class MachineFault(Refusal):
    """The machine cannot do any work of this kind at present; whoever goes on, goes on in vain."""


class Misconfigured(RingfenceError):
    """A register, a setting or an argument is wrong; nothing was started."""

    exit_code = 2
