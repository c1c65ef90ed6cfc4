"""Tell the story of one number: why it may or may not be called on a day, and all that led there.

number.py      what was typed → the one subject it means
queries.py     what is asked of landing, the ledgers and the registers
sealed.py      rows that were set aside, opened to see whether the number stands in one
sentences.py   a row → a sentence
verdicts.py    the day's decisions with their reasons and evidence
basis.py       what a callable verdict rests on, from the registers of that run and the ledgers
policy_basis.py  the law in it: policy rows, their signatures, overlays
lookup.py      all of it, gathered and logged
memo.py        the text that a person reads
"""

from ringfence.explain.lookup import explain
from ringfence.explain.model import Explanation

__all__ = ["Explanation", "explain"]
