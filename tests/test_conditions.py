"""Conditions of `when`: few words, read exactly, refused with a position."""

from __future__ import annotations

import pytest

from ringfence.registers.conditions import ConditionError, parse_condition

CELLS = {
    "DoNotCall": " TRUE ", "Lead Status": "New", "Empty": " ", "Phone (home)": "1",
    "contact's basis": "Freely given, in writing", "is in": "x = y", "Do not call": "-1",
    "Remark": "new; DNC_2 - asked   by-mail",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("DoNotCall = true", True),
        ("DoNotCall=true", True),
        ("DoNotCall = false", False),
        ("Lead Status = new and DoNotCall in (1, TRUE, 'yes')", True),
        ("Lead Status = new AND DoNotCall in (0, no)", False),
        ("Lead Status is not empty", True),
        ("Empty is not empty", False),
        ("No such column = x", False),
        ("No such column is not empty", False),
        ('"Phone (home)" is not empty', True),
        ("contact's basis = 'freely given, in writing'", True),
        ('contact\'s basis in (other, "Freely given, in writing")', True),
        ("'is in' = 'x = y'", True),
        ("Do not call not in (no, 0)", True),
        ("Do not call not in (no, -1)", False),
        ("DoNotCall not in (no, True)", False),
        ("Empty not in (no)", False),
        ("No such column not in (no)", False),
        ("Empty is not empty or Do not call = -1", True),
        ("Lead Status = old or Do not call = 1", False),
        ("Lead Status = new or Empty is not empty and Do not call = 1", True),
        ("Lead Status = old and Empty is not empty or Do not call = -1", True),
        ("Do not call = 'this or that'", False),
        ("Remark contains (DNC)", True),
        ("Remark contains (call never, asked by mail)", True),
        ("Remark contains (ask, mai)", False),
        ("Empty contains (x)", False),
    ],
)
def test_a_condition_compares_without_case_and_outer_blanks(text, holds):
    assert parse_condition(text).holds(CELLS) is holds


def test_a_condition_names_its_columns():
    assert parse_condition("A B = 1 and C is not empty or D not in (x)").columns == {
        "A B", "C", "D",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("DoNotCall", 10),
        ("DoNotCall =", 12),
        ("= true", 1),
        ("DoNotCall == true", 12),
        ("DoNotCall in true", 14),
        ("DoNotCall in (true", 19),
        ("DoNotCall in ()", 15),
        ("DoNotCall is empty", 14),
        ("DoNotCall = true or", 20),
        ("DoNotCall = true xor x = 1", 24),
        ("DoNotCall not in true", 18),
        ("DoNotCall contains dnc", 20),
        ("DoNotCall contains (dnc, -)", 20),
        ("DoNotCall = 'true", 13),
        ("DoNotCall = true and", 21),
        ("Phone (home) = 1", 7),
    ],
)
def test_a_condition_that_cannot_be_read_says_where(text, position):
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)
    assert caught.value.position == position
