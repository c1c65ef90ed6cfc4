"""Decide: one run, one instant of knowledge, one dbt build, and what changed is frozen.

decide.py      a run from lock to totals
versions.py    which code, policy and models a run decided with
dbt_runner.py  dbt in this process, errors in our words
freeze.py      changed decisions, screenings and totals into the ledger
replay.py      a past day again, beside the present
policy_diff.py whose verdict another day's law would change
funnel.py      the way from rows read to rows callable, for the closing table
"""
