"""Make the two national registers: TPS in its 14-byte records, a receipt of NIX that is too old."""

from __future__ import annotations

from ringfence.sample.model import File, Part, delimited
from ringfence.sample.reserved_numbers import national, number, split_area

TPS = "gb_tps"
NIX = "se_nix"
COUNT_OTHERS = 120


def build(listed: list[str], asked: dict[str, bool]) -> Part:
    """Return both registers.

    `listed` are the leads' numbers that TPS must hold; `asked` are those that NIX was asked about,
    and whether it lists them.
    """
    others = [number("GB", "fixed", 5_000 + index) for index in range(COUNT_OTHERS)]
    answers = asked | {number("SE", "mobile", 70 + index): True for index in range(20)}
    receipt = [
        {"Telefonnummer": national(phone, "SE"), "Svar": "spärrad" if is_listed else "fri"}
        for phone, is_listed in sorted(answers.items())
    ]
    return Part(
        files=[
            File(TPS, "tps_2026-11-20.txt", tps_records([*listed, *others]).encode("ascii")),
            File(
                NIX,
                "nix_2026-08-28.csv",
                delimited(("Telefonnummer", "Svar"), receipt, ";").encode("utf-8"),
            ),
        ]
    )


def tps_records(phones: list[str]) -> str:
    """Write one number a line: 12 characters and CR LF, in either of the two layouts in use.

    Either the area code left-justified in 5 and the rest right-justified in 7, or all digits
    left-justified in 12.
    """
    records = []
    for phone in sorted(phones):
        area, rest = split_area(phone, "GB")
        spread = f"{area:<5}{rest:>7}"
        is_spread = len(area) <= 5 and len(rest) <= 7 and int(phone[-1]) % 2 == 0
        records.append(spread if is_spread else f"{area}{rest}".ljust(12))
    return "".join(f"{record}\r\n" for record in records)
